"""Making transactions through the SDK."""

from decimal import Decimal
from typing import Any

import pytest
from braintree.error_codes import ErrorCodes
from braintree.exceptions.not_found_error import NotFoundError
from braintree.test.nonces import Nonces

from braintree_sandbox.testing import Gateway, Sandbox

from .conftest import Unique
from .errors import codes

Codes = ErrorCodes.Transaction
VISA = {"number": "4111111111111111", "expiration_date": "05/2030"}
SALE: dict[str, Any] = {"amount": "100.00", "credit_card": VISA}


class TestSources:
    def test_a_card_number_pays(self, gateway: Gateway) -> None:
        transaction = gateway.transaction.sale({**SALE}).transaction
        assert (transaction.type, transaction.status, transaction.amount) == ("sale", "authorized", Decimal(100))
        assert (transaction.credit_card_details.masked_number, transaction.credit_card_details.token) == (
            "41111111****1111", None,
        )  # fmt: skip
        assert (transaction.merchant_account_id, transaction.currency_iso_code) == ("sandbox_credit_card", "USD")
        assert transaction.processor_response_code == "1000"
        assert transaction.vault_credit_card is None

    def test_a_nonce_pays(self, gateway: Gateway) -> None:
        transaction = gateway.transaction.sale({"amount": "10.00", "payment_method_nonce": Nonces.TransactableAmEx})
        assert transaction.transaction.credit_card_details.card_type == "American Express"

    def test_a_token_pays(self, gateway: Gateway, customer_id: str, card_token: str) -> None:
        transaction = gateway.transaction.sale({"amount": "10.00", "payment_method_token": card_token}).transaction
        assert (transaction.customer_details.id, transaction.customer_details.email) == (customer_id, "pat@example.com")
        assert transaction.vault_credit_card.token == card_token
        assert transaction.vault_customer.id == customer_id

    def test_a_customers_default_method_pays(self, gateway: Gateway, customer_id: str, card_token: str) -> None:
        transaction = gateway.transaction.sale({"amount": "10.00", "customer_id": customer_id}).transaction
        assert transaction.credit_card_details.token == card_token

    def test_a_three_d_secure_nonce_brings_its_outcome(self, gateway: Gateway) -> None:
        nonce = Nonces.ThreeDSecureVisaFailedAuthentication
        info = gateway.transaction.sale({"amount": "10.00", "payment_method_nonce": nonce}).transaction
        assert info.three_d_secure_info.status == "authenticate_failed"
        assert not info.three_d_secure_info.liability_shifted

    @pytest.mark.parametrize(
        ("source", "attribute", "code"),
        [
            ({}, "base", Codes.CreditCardIsRequired),
            ({"customer_id": "nobody"}, "customer_id", Codes.CustomerIdIsInvalid),
            ({"payment_method_token": "nothing"}, "payment_method_token", Codes.PaymentMethodTokenIsInvalid),
            ({"payment_method_nonce": "nothing"}, "payment_method_nonce", Codes.PaymentMethodNonceUnknown),
            ({"payment_method_nonce": Nonces.Consumed}, "payment_method_nonce", Codes.PaymentMethodNonceConsumed),
            ({"payment_method_nonce": Nonces.Transactable, "credit_card": VISA}, "base", Codes.PaymentMethodConflict),
        ],
    )
    def test_that_cannot_pay_are_named(
        self, gateway: Gateway, source: dict[str, Any], attribute: str, code: str
    ) -> None:
        assert codes(gateway.transaction.sale({"amount": "1.00", **source}), "transaction", attribute) == [code]

    def test_a_customer_without_a_method_cannot_pay(self, gateway: Gateway, customer_id: str) -> None:
        result = gateway.transaction.sale({"amount": "1.00", "customer_id": customer_id})
        assert codes(result, "transaction", "customer_id") == [Codes.CustomerDoesNotHaveCreditCard]

    def test_another_customers_token_cannot_pay(self, gateway: Gateway, card_token: str) -> None:
        stranger = gateway.customer.create().customer
        result = gateway.transaction.sale(
            {"amount": "1.00", "customer_id": stranger.id, "payment_method_token": card_token}
        )
        assert codes(result, "transaction", "base") == [Codes.PaymentMethodDoesNotBelongToCustomer]


class TestWhatIsKept:
    def test_everything_that_was_sent_comes_back(self, gateway: Gateway) -> None:
        address = {
            "first_name": "Carl",
            "last_name": "Jones",
            "street_address": "123 E Main St",
            "locality": "Chicago",
            "region": "IL",
            "postal_code": "60622",
            "country_name": "Mexico",
        }
        customer = {"first_name": "Dan", "email": "dan@example.com", "phone": "419-555-1234"}

        created = gateway.transaction.sale(
            {
                **SALE,
                "order_id": "123",
                "channel": "Cart",
                "purchase_order_number": "12345",
                "tax_amount": Decimal("10.00"),
                "tax_exempt": True,
                "transaction_source": "recurring",
                "customer": customer,
                "billing": address,
                "shipping": address,
                "descriptor": {"name": "abc*shop", "phone": "3334445555", "url": "example.com"},
                "custom_fields": {"store_me": "extra"},
                "merchant_account_id": "sandbox_credit_card_non_default",
            }
        ).transaction
        found = gateway.transaction.find(created.id)

        assert {name: getattr(found.billing_details, name) for name in address} == address
        assert {name: getattr(found.shipping_details, name) for name in address} == address
        assert {name: getattr(found.customer_details, name) for name in customer} == customer
        assert (found.order_id, found.channel, found.purchase_order_number) == ("123", "Cart", "12345")
        assert (found.tax_amount, found.tax_exempt, found.recurring) == (Decimal("10.00"), True, True)
        assert (found.descriptor.name, found.descriptor.url) == ("abc*shop", "example.com")
        assert found.custom_fields == {"store_me": "extra"}
        assert found.merchant_account_id == "sandbox_credit_card_non_default"
        assert (found.avs_postal_code_response_code, found.cvv_response_code) == ("M", "I")

    def test_submitting_at_once_shows_both_steps(self, gateway: Gateway) -> None:
        transaction = gateway.transaction.sale({**SALE, "options": {"submit_for_settlement": True}}).transaction
        assert [(event.status, event.amount) for event in transaction.status_history] == [
            ("authorized", Decimal(100)),
            ("submitted_for_settlement", Decimal(100)),
        ]

    def test_a_credit_is_submitted(self, gateway: Gateway) -> None:
        transaction = gateway.transaction.credit({**SALE}).transaction
        assert (transaction.type, transaction.status) == ("credit", "submitted_for_settlement")

    def test_an_unknown_transaction_is_not_found(self, gateway: Gateway) -> None:
        with pytest.raises(NotFoundError):
            gateway.transaction.find("nothing")


class TestStoring:
    def test_keeps_customer_card_and_addresses(self, gateway: Gateway, unique: Unique) -> None:
        result = gateway.transaction.sale(
            {
                **SALE,
                "credit_card": {**VISA, "token": unique("t")},
                "customer": {"id": unique("c"), "first_name": "Adam"},
                "billing": {"street_address": "1 Main St"},
                "shipping": {"street_address": "2 Main St"},
                "options": {
                    "store_in_vault": True,
                    "add_billing_address_to_payment_method": True,
                    "store_shipping_address_in_vault": True,
                },
            }
        )

        assert result.is_success, result.message
        transaction = result.transaction
        assert transaction.vault_customer.first_name == "Adam"
        assert (transaction.credit_card_details.token, transaction.customer_details.id) == (unique("t"), unique("c"))
        assert transaction.vault_billing_address.street_address == "1 Main St"
        assert transaction.vault_credit_card.billing_address.id == transaction.billing_details.id
        streets = {address.street_address for address in transaction.vault_customer.addresses}
        assert streets == {"1 Main St", "2 Main St"}

    def test_on_success_keeps_nothing_of_a_declined_sale(self, gateway: Gateway) -> None:
        options = {"store_in_vault_on_success": True}
        transaction = gateway.transaction.sale({**SALE, "amount": "2000.00", "options": options}).transaction
        assert (transaction.customer_details.id, transaction.credit_card_details.token) == (None, None)

    def test_names_a_token_that_is_in_use(self, gateway: Gateway, card_token: str) -> None:
        card = {**VISA, "token": card_token}
        result = gateway.transaction.sale({**SALE, "credit_card": card, "options": {"store_in_vault": True}})
        assert codes(result, "transaction.credit_card", "token") == [ErrorCodes.CreditCard.TokenIsInUse]


class TestAuthorisation:
    @pytest.mark.parametrize(
        ("amount", "code", "text", "kind"),
        [
            ("2000.00", "2000", "Do Not Honor", "soft_declined"),
            ("2001.00", "2001", "Insufficient Funds", "soft_declined"),
            ("2004.99", "2004", "Expired Card", "hard_declined"),
            ("2999.99", "2999", "Processor Declined", "soft_declined"),
        ],
    )
    def test_amounts_that_are_declined(self, gateway: Gateway, amount: str, code: str, text: str, kind: str) -> None:
        result = gateway.transaction.sale({**SALE, "amount": amount})

        assert not result.is_success
        assert result.message == text
        declined = result.transaction
        assert (declined.status, declined.processor_response_code) == ("processor_declined", code)
        assert (declined.processor_response_text, declined.processor_response_type) == (text, kind)
        assert declined.additional_processor_response == f"{code} : {text}"
        assert gateway.transaction.find(declined.id).status == "processor_declined"

    @pytest.mark.parametrize("amount", ["0.01", "1999.99", "4000.00", "4001.50", "5000.99", "5001.01", "9000.00"])
    def test_amounts_that_are_authorised(self, gateway: Gateway, amount: str) -> None:
        assert gateway.transaction.sale({**SALE, "amount": amount}).transaction.status == "authorized"

    def test_amounts_that_fail_and_that_the_gateway_rejects(self, gateway: Gateway) -> None:
        failed = gateway.transaction.sale({**SALE, "amount": "3000.00"}).transaction
        rejected = gateway.transaction.sale({**SALE, "amount": "5001.00"}).transaction
        assert (failed.status, failed.processor_response_code) == ("failed", "3000")
        assert (rejected.status, rejected.gateway_rejection_reason) == ("gateway_rejected", "application_incomplete")

    @pytest.mark.parametrize(
        ("nonce", "status", "reason"),
        [
            (Nonces.ProcessorDeclinedVisa, "processor_declined", None),
            (Nonces.ProcessorDeclinedMasterCard, "processor_declined", None),
            (Nonces.ProcessorDeclinedAmEx, "processor_declined", None),
            (Nonces.ProcessorDeclinedDiscover, "processor_declined", None),
            (Nonces.ProcessorFailureJCB, "failed", None),
            (Nonces.GatewayRejectedFraud, "gateway_rejected", "fraud"),
            (Nonces.GatewayRejectedRiskThreshold, "gateway_rejected", "risk_threshold"),
        ],
    )
    def test_nonces_that_are_refused_whatever_the_amount(
        self, gateway: Gateway, nonce: str, status: str, reason: str | None
    ) -> None:
        result = gateway.transaction.sale({"amount": "10.00", "payment_method_nonce": nonce})
        assert (result.transaction.status, result.transaction.gateway_rejection_reason) == (status, reason)

    @pytest.mark.parametrize(
        ("cvv", "billing", "reason"),
        [
            ("200", {}, "cvv"),
            ("123", {"street_address": "200 Fake Street"}, "avs"),
            ("200", {"postal_code": "20000"}, "avs_and_cvv"),
        ],
    )
    def test_a_merchants_rules_reject_what_does_not_match(
        self, sandbox: Sandbox, cvv: str, billing: dict[str, str], reason: str
    ) -> None:
        strict = sandbox.gateway("processing_rules")
        result = strict.transaction.sale({"amount": "9.00", "credit_card": {**VISA, "cvv": cvv}, "billing": billing})
        assert result.message == f"Gateway Rejected: {reason}"
        assert result.transaction.gateway_rejection_reason == reason

    def test_a_code_sent_with_a_token_is_checked(self, gateway: Gateway, card_token: str) -> None:
        sale = {"amount": "10.00", "payment_method_token": card_token, "credit_card": {"cvv": "301"}}
        assert gateway.transaction.sale(sale).transaction.cvv_response_code == "S"

    def test_a_code_typed_in_the_browser_is_checked(self, gateway: Gateway, sandbox: Sandbox) -> None:
        sale = {"amount": "10.00", "payment_method_nonce": sandbox.card_nonce(cvv="200")}
        assert gateway.transaction.sale(sale).transaction.cvv_response_code == "N"


class TestDuplicateChecking:
    def test_rejects_the_same_order_amount_and_method(self, sandbox: Sandbox, unique: Unique) -> None:
        gateway = sandbox.gateway("dup_checking_integration")
        sale = {**SALE, "order_id": unique("order")}

        first = gateway.transaction.sale({**sale})
        again = gateway.transaction.sale({**sale})
        other_amount = gateway.transaction.sale({**sale, "amount": "101.00"})
        other_order = gateway.transaction.sale({**sale, "order_id": unique("other")})

        assert first.is_success
        assert (again.transaction.status, again.transaction.gateway_rejection_reason) == (
            "gateway_rejected", "duplicate",
        )  # fmt: skip
        assert other_amount.is_success
        assert other_order.is_success

    def test_is_off_unless_switched_on(self, gateway: Gateway, unique: Unique) -> None:
        sales = [gateway.transaction.sale({**SALE, "order_id": unique("order")}) for _ in range(2)]
        assert all(sale.is_success for sale in sales)

    def test_ends_after_thirty_seconds_and_can_be_switched(self, clockwork: Sandbox, unique: Unique) -> None:
        gateway = clockwork.gateway()
        clockwork.control("PUT", "/merchants/integration_merchant_id/rules", {"duplicate_checking": True})
        sale = {**SALE, "order_id": unique("order")}
        first, second = (gateway.transaction.sale({**sale}) for _ in range(2))
        clockwork.advance(seconds=31)
        third = gateway.transaction.sale({**sale})
        assert [result.is_success for result in (first, second, third)] == [True, False, True]


class TestValidation:
    @pytest.mark.parametrize(
        ("change", "attribute", "code"),
        [
            ({"amount": None}, "amount", Codes.AmountIsRequired),
            ({"amount": "abc"}, "amount", Codes.AmountFormatIsInvalid),
            ({"amount": "1.234"}, "amount", Codes.AmountFormatIsInvalid),
            ({"amount": "NaN"}, "amount", Codes.AmountFormatIsInvalid),
            ({"amount": "-1.00"}, "amount", Codes.AmountCannotBeNegative),
            ({"amount": "0.00"}, "amount", Codes.AmountMustBeGreaterThanZero),
            ({"amount": "100000000.00"}, "amount", Codes.AmountIsTooLarge),
            ({"order_id": "x" * 256}, "order_id", Codes.OrderIdIsTooLong),
            ({"channel": "x" * 256}, "channel", Codes.ChannelIsTooLong),
            ({"tax_amount": "abc"}, "tax_amount", Codes.TaxAmountFormatIsInvalid),
            ({"tax_amount": "-1.00"}, "tax_amount", Codes.TaxAmountCannotBeNegative),
            ({"purchase_order_number": "a" * 18}, "purchase_order_number", Codes.PurchaseOrderNumberIsTooLong),
            ({"purchase_order_number": "ß"}, "purchase_order_number", Codes.PurchaseOrderNumberIsInvalid),
            ({"merchant_account_id": "nowhere"}, "merchant_account_id", Codes.MerchantAccountIdIsInvalid),
            ({"merchant_account_id": "us_bank_merchant_account"}, "base",
             Codes.PaymentInstrumentNotSupportedByMerchantAccount),
            ({"custom_fields": {"other": "x"}}, "custom_fields", Codes.CustomFieldIsInvalid),
        ],
    )  # fmt: skip
    def test_names_what_is_wrong(self, gateway: Gateway, change: dict[str, Any], attribute: str, code: str) -> None:
        assert codes(gateway.transaction.sale({**SALE, **change}), "transaction", attribute) == [code]

    def test_names_what_is_wrong_inside(self, gateway: Gateway) -> None:
        descriptor = {"name": "invalid name", "phone": "%bad4445555", "url": "12345678901234"}
        card = {"number": "4111111111111111", "expiration_date": "99/2030"}

        result = gateway.transaction.sale({"amount": "1.00", "credit_card": card, "descriptor": descriptor})

        assert codes(result, "transaction.credit_card", "expiration_date") == [
            ErrorCodes.CreditCard.ExpirationDateIsInvalid
        ]
        assert codes(result, "transaction.descriptor", "name") == [ErrorCodes.Descriptor.NameFormatIsInvalid]
        assert codes(result, "transaction.descriptor", "phone") == [ErrorCodes.Descriptor.PhoneFormatIsInvalid]
        assert codes(result, "transaction.descriptor", "url") == [ErrorCodes.Descriptor.UrlFormatIsInvalid]
        assert result.errors.size == 4

    def test_needs_a_type(self, gateway: Gateway) -> None:
        assert codes(gateway.transaction.create({**SALE}), "transaction", "type") == [Codes.TypeIsRequired]
        assert codes(gateway.transaction.create({**SALE, "type": "loan"}), "transaction", "type") == [
            Codes.TypeIsInvalid
        ]

    def test_echoes_the_parameters_without_secrets(self, gateway: Gateway) -> None:
        result = gateway.transaction.sale({"amount": None, "credit_card": {**VISA, "cvv": "123"}})
        assert result.params == {
            "transaction": {"amount": None, "type": "sale", "credit_card": {"expiration_date": "05/2030"}}
        }
        assert result.message == "Amount is required."
