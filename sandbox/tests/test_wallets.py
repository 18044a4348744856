"""Payment methods besides typed cards and bank accounts, through the SDK: every test nonce, vaulted and charged."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import braintree
import pytest
from braintree.error_codes import ErrorCodes
from braintree.exceptions.not_found_error import NotFoundError
from braintree.test.nonces import Nonces

from braintree_sandbox.testing import Gateway

from .conftest import Unique
from .errors import codes
from .terms import TransactionSearch

pytestmark = pytest.mark.filterwarnings(
    "ignore:MasterpassCard is deprecated:UserWarning", "ignore:AmexExpressCheckoutCard is deprecated:UserWarning"
)

VERIFICATION = ErrorCodes.ApplePay.Options.Verification

# By the beginning of a nonce's name: the SDK's class, the customer's list, the transaction's type and details.
WALLETS: dict[str, tuple[str, str, str, str]] = {
    "AmexExpress": (
        "AmexExpressCheckoutCard", "amex_express_checkout_cards", "amex_express_checkout_card",
        "amex_express_checkout_card_details",
    ),
    "AndroidPay": ("AndroidPayCard", "android_pay_cards", "android_pay_card", "android_pay_card_details"),
    "ApplePay": ("ApplePayCard", "apple_pay_cards", "apple_pay_card", "apple_pay_details"),
    "Europe": ("EuropeBankAccount", "europe_bank_accounts", "europe_bank_account", "europe_bank_account_details"),
    "Masterpass": ("MasterpassCard", "masterpass_cards", "masterpass_card", "masterpass_card_details"),
    "PayPal": ("PayPalAccount", "paypal_accounts", "paypal_account", "paypal_details"),
    "SamsungPay": ("SamsungPayCard", "samsung_pay_cards", "samsung_pay_card", "samsung_pay_card_details"),
    "SepaDirectDebit": (
        "SepaDirectDebitAccount", "sepa_direct_debit_accounts", "sepa_debit_account",
        "sepa_direct_debit_account_details",
    ),
    "VenmoAccount": ("VenmoAccount", "venmo_accounts", "venmo_account", "venmo_account_details"),
    "VisaCheckout": ("VisaCheckoutCard", "visa_checkout_cards", "visa_checkout_card", "visa_checkout_card_details"),
}  # fmt: skip
ONCE_ONLY = {
    Nonces.LocalPayment: "local_payment",
    Nonces.MetaCheckoutCard: "meta_checkout_card",
    Nonces.MetaCheckoutToken: "meta_checkout_token",
    Nonces.PayPalOneTimePayment: "paypal_account",
}


def _vaultable() -> list[Any]:
    return [
        pytest.param(nonce, *expected, id=name)
        for name, nonce in sorted(vars(Nonces).items())
        for start, expected in WALLETS.items()
        if name.startswith(start) and nonce not in ONCE_ONLY
    ]


def _vault(gateway: Gateway, customer_id: str, nonce: str, **params: object) -> Any:
    result = gateway.payment_method.create({"customer_id": customer_id, "payment_method_nonce": nonce, **params})
    assert result.is_success, result.message
    return result.payment_method


class TestEveryKind:
    @pytest.mark.parametrize(("nonce", "kind", "listed", "instrument", "details"), _vaultable())
    def test_is_vaulted_listed_and_charged_as_what_it_is(
        self, gateway: Gateway, nonce: str, kind: str, listed: str, instrument: str, details: str
    ) -> None:
        customer = gateway.customer.create({"payment_method_nonce": nonce}).customer

        [method] = getattr(customer, listed)
        assert (type(method).__name__, method.default, method.customer_id) == (kind, True, customer.id)
        assert [one.token for one in customer.payment_methods] == [method.token]
        assert gateway.payment_method.find(method.token).image_url.startswith("https://")
        if nonce != Nonces.VenmoAccountTokenIssuanceError:
            transaction = gateway.transaction.sale({"amount": "10.00", "customer_id": customer.id}).transaction
            assert (transaction.status, transaction.payment_instrument_type) == ("authorized", instrument)
            assert getattr(transaction, details, method).token == method.token

    @pytest.mark.parametrize(("nonce", "instrument"), ONCE_ONLY.items(), ids=ONCE_ONLY.values())
    def test_that_pays_only_once_is_not_vaulted(
        self, gateway: Gateway, customer_id: str, nonce: str, instrument: str
    ) -> None:
        refused = gateway.payment_method.create({"customer_id": customer_id, "payment_method_nonce": nonce})
        paid = gateway.transaction.sale(
            {"amount": "10.00", "payment_method_nonce": nonce, "options": {"store_in_vault": True}}
        )

        assert codes(refused, instrument, "base")
        assert (paid.is_success, paid.transaction.payment_instrument_type) == (True, instrument)

    def test_that_is_unknown_to_the_client_has_a_token_all_the_same(self, gateway: Gateway, customer_id: str) -> None:
        method = _vault(gateway, customer_id, Nonces.AbstractTransactable)
        assert isinstance(method, braintree.UnknownPaymentMethod)
        assert gateway.transaction.sale({"amount": "1.00", "payment_method_token": method.token}).is_success

    @pytest.mark.parametrize(
        ("nonce", "name"),
        [
            (Nonces.ApplePayVisa, "ApplePayDetail"),
            (Nonces.LocalPayment, "LocalPaymentDetail"),
            (Nonces.MetaCheckoutToken, "MetaCheckout"),
            (Nonces.PayPalOneTimePayment, "PayPalDetail"),
            (Nonces.SepaDirectDebit, "SEPADebitAccount"),
            (Nonces.VisaCheckoutVisa, "visa_checkout_card"),
        ],
    )
    def test_is_searched_by_its_name(self, gateway: Gateway, nonce: str, name: str) -> None:
        sale = gateway.transaction.sale({"amount": "10.00", "payment_method_nonce": nonce}).transaction
        found = gateway.transaction.search(
            TransactionSearch.id == sale.id, TransactionSearch.payment_instrument_type == name
        )
        assert [one.id for one in found.items] == [sale.id]

    def test_changes_its_token_and_becomes_the_default(
        self, gateway: Gateway, customer_id: str, card_token: str, unique: Unique
    ) -> None:
        method = _vault(gateway, customer_id, Nonces.VenmoAccount)
        result = gateway.payment_method.update(
            method.token, {"token": unique("venmo"), "options": {"make_default": True}}
        )
        assert (result.payment_method.token, result.payment_method.default) == (unique("venmo"), True)
        assert not gateway.payment_method.find(card_token).default
        with pytest.raises(NotFoundError):
            gateway.payment_method.find(method.token)

    @pytest.mark.parametrize(
        ("nonce", "kind", "code"),
        [
            (Nonces.ApplePayVisa, "apple_pay", "93507"),
            (Nonces.PayPalFuturePayment, "paypal_account", "92914"),
            (Nonces.VenmoAccount, "venmo_account", "93102"),
        ],
    )
    def test_is_not_replaced_by_a_nonce(
        self, gateway: Gateway, customer_id: str, nonce: str, kind: str, code: str
    ) -> None:
        token = _vault(gateway, customer_id, nonce).token
        result = gateway.payment_method.update(token, {"payment_method_nonce": nonce})
        assert codes(result, kind, "base") == [code]


class TestWalletCards:
    def test_of_apple_pay_tell_device_and_source(self, gateway: Gateway, customer_id: str) -> None:
        card = _vault(gateway, customer_id, Nonces.ApplePayMpan)
        assert (card.card_type, card.source_description) == ("Apple Pay - Visa", "Visa 2006")
        assert (card.merchant_token_identifier, card.source_card_last4) == ("DNITHE302308980427388297", "2006")

    def test_of_google_pay_tell_virtual_and_source(self, gateway: Gateway, customer_id: str) -> None:
        card = _vault(gateway, customer_id, Nonces.AndroidPayCardDiscover)
        assert (card.virtual_card_last_4, card.source_card_last_4, card.last_4) == ("1117", "1111", "1117")
        assert not card.is_network_tokenized
        token = _vault(gateway, customer_id, Nonces.AndroidPayCardMasterCard)
        assert (token.last_4, token.source_description, token.is_network_tokenized) == ("4444", "MasterCard 0005", True)

    def test_take_name_and_address_from_the_request(self, gateway: Gateway, customer_id: str) -> None:
        card = _vault(
            gateway,
            customer_id,
            Nonces.SamsungPayVisa,
            cardholder_name="Ann Page",
            billing_address={"street_address": "1 Main St", "country_code_alpha2": "MX"},
        )
        assert (card.cardholder_name, card.billing_address.country_name) == ("Ann Page", "Mexico")

    def test_of_apple_pay_are_verified_by_options_beside_the_nonce(self, gateway: Gateway) -> None:
        options = {"verify_card": True, "verification_amount": "10.00"}
        nonce = {"payment_method_nonce": Nonces.ApplePayVisa}

        verified = gateway.customer.create({**nonce, "apple_pay_card": {"options": options}}).customer
        plain = gateway.customer.create({**nonce, "apple_pay_card": {"options": {"verify_card": False}}}).customer

        verification = verified.apple_pay_cards[0].verification
        assert (verification.status, verification.amount) == ("verified", Decimal("10.00"))
        assert plain.apple_pay_cards[0].verification is None

    @pytest.mark.parametrize(
        ("option", "value", "found"),
        [
            ("amount", "-1.00", [VERIFICATION.AmountCannotBeNegative]),
            ("amount", "abc", [VERIFICATION.AmountFormatIsInvalid]),
            ("amount", "21474837.48", [VERIFICATION.AmountIsTooLarge]),
            ("merchant_account_id", "nowhere", [VERIFICATION.MerchantAccountIdIsInvalid]),
            (
                "merchant_account_id",
                "suspended_account",
                [VERIFICATION.NotSupportedByProcessor, VERIFICATION.MerchantAccountIsSuspended],
            ),
            ("account_type", "debit", [VERIFICATION.AccountTypeNotSupported]),
        ],
    )
    def test_of_apple_pay_have_codes_of_their_own_for_verifications(
        self, gateway: Gateway, customer_id: str, option: str, value: str, found: list[str]
    ) -> None:
        options = {"verify_card": True, f"verification_{option}": value}
        nonce = {"payment_method_nonce": Nonces.ApplePayVisa}

        method = gateway.payment_method.create({**nonce, "customer_id": customer_id, "options": options})
        customer = gateway.customer.create({**nonce, "apple_pay_card": {"options": options}})

        assert codes(method, "apple_pay.options", f"verification_{option}") == found
        assert codes(customer, "apple_pay.options", f"verification_{option}") == found

    def test_of_apple_pay_are_not_verified_beside_another_network_transaction(self, gateway: Gateway) -> None:
        card = {"network_transaction_id": "1", "options": {"verify_card": True, "verification_account_type": "ach"}}
        result = gateway.customer.create({"payment_method_nonce": Nonces.ApplePayVisa, "apple_pay_card": card})
        where = "network_transaction_id_not_allowed"
        assert codes(result, "apple_pay", where) == [ErrorCodes.ApplePay.NetworkTransactionIdNotAllowed]
        assert codes(result, "apple_pay", "verification_account_type") == [VERIFICATION.AccountTypeIsInvalid]

    def test_are_verified_when_asked(self, gateway: Gateway, customer_id: str) -> None:
        card = _vault(gateway, customer_id, Nonces.VisaCheckoutVisa, options={"verify_card": True})
        assert (card.call_id, card.verification.status) == ("abc123", "verified")

        result = gateway.payment_method.create(
            {
                "customer_id": customer_id,
                "payment_method_nonce": Nonces.VisaCheckoutVisa,
                "options": {"verify_card": True, "verification_amount": "2000.00"},
            }
        )
        assert result.credit_card_verification.status == "processor_declined"
        assert len(gateway.customer.find(customer_id).payment_methods) == 1

    def test_of_meta_checkout_carry_their_container(self, gateway: Gateway) -> None:
        sale = gateway.transaction.sale({"amount": "10.00", "payment_method_nonce": Nonces.MetaCheckoutToken})
        details = sale.transaction.meta_checkout_token_details
        next_year = datetime.now(UTC).year + 1
        assert (details.container_id, details.expiration_date) == ("container123", f"12/{next_year}")
        assert details.is_network_tokenized

    def test_of_a_phone_are_charged_and_vaulted_without_a_nonce(self, gateway: Gateway) -> None:
        card = {
            "number": "4012888888881881",
            "expiration_month": "10",
            "expiration_year": "14",
            "google_transaction_id": "12345",
            "cryptogram": "AAAAAAAA",
        }
        sale = gateway.transaction.sale({"amount": "10.00", "android_pay_card": card}).transaction
        customer = gateway.customer.create({"android_pay_network_token": card}).customer

        details = sale.android_pay_card_details
        assert (details.google_transaction_id, details.expiration_year) == ("12345", "14")
        assert customer.android_pay_cards[0].is_network_tokenized

    def test_of_a_phone_must_be_whole(self, gateway: Gateway) -> None:
        result = gateway.transaction.sale({"amount": "10.00", "apple_pay_card": {"cardholder_name": "Ann"}})
        here = result.errors.for_object("transaction").for_object("apple_pay")
        assert {error.attribute: error.code for error in here.deep_errors} == {
            "number": "93508", "expiration_month": "93509", "expiration_year": "93510", "cryptogram": "93511",
        }  # fmt: skip


class TestVenmo:
    def test_can_be_refused_whatever_the_amount(self, gateway: Gateway) -> None:
        sale = gateway.transaction.sale(
            {"amount": "10.00", "payment_method_nonce": Nonces.VenmoAccountTokenIssuanceError}
        )
        assert sale.transaction.gateway_rejection_reason == "token_issuance"


class TestSepa:
    def test_settles_at_once_and_is_given_back(self, gateway: Gateway, customer_id: str) -> None:
        account = _vault(gateway, customer_id, Nonces.SepaDirectDebit)
        sale = gateway.transaction.sale(
            {"amount": "1.23", "payment_method_token": account.token, "options": {"submit_for_settlement": True}}
        ).transaction
        refund = gateway.transaction.refund(sale.id).transaction

        details = sale.sepa_direct_debit_account_details
        assert (sale.status, details.transaction_fee_amount, details.refund_id) == ("settling", "0.01", None)
        assert refund.sepa_direct_debit_account_details.refund_id

    def test_accounts_are_found_and_deleted(self, gateway: Gateway, customer_id: str, card_token: str) -> None:
        token = _vault(gateway, customer_id, Nonces.SepaDirectDebit).token
        assert gateway.sepa_direct_debit_account.find(token).mandate_type == "RECURRENT"
        assert gateway.sepa_direct_debit_account.delete(token).is_success
        for gone in (token, card_token):
            with pytest.raises(NotFoundError):
                gateway.sepa_direct_debit_account.find(gone)
