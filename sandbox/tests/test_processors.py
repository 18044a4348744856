"""Effects of merchant accounts, card networks and fraud tools on a sale."""

from decimal import Decimal
from typing import Any

import braintree
import pytest
from braintree.error_codes import ErrorCodes
from braintree.test.credit_card_numbers import CreditCardNumbers
from braintree.test.nonces import Nonces

from braintree_sandbox.testing import Gateway, Sandbox

from .errors import codes
from .terms import TransactionSearch

Codes = ErrorCodes.Transaction
VISA = {"number": CreditCardNumbers.Visa, "expiration_date": "05/2030"}
HIPER = {"number": CreditCardNumbers.Hiper, "expiration_date": "10/2030", "cvv": "737"}
NETWORK_TOKENIZED = "network_tokenized_credit_card"


def _sale(gateway: Gateway, **params: Any) -> Any:
    paid = {} if {"payment_method_nonce", "payment_method_token"} & params.keys() else {"credit_card": VISA}
    return gateway.transaction.sale({"amount": "1000.00", **paid, **params})


class TestAccounts:
    @pytest.mark.parametrize(
        ("account", "sent", "attribute", "code"),
        [
            ("suspended_account", {}, "merchant_account_id", Codes.MerchantAccountIsSuspended),
            ("aib_swe_ma", {}, "tax_amount", Codes.TaxAmountIsRequiredForAibSwedish),
            ("hiper_brl", {"amount": "0.2", "credit_card": HIPER}, "amount", Codes.AmountNotSupportedByProcessor),
            ("card_processor_brl_sdwo", {}, "base", Codes.TransferDetailsAreRequired),
            (
                "sandbox_credit_card",
                {"transfer": {"type": "wallet_transfer"}},
                "base", Codes.TransferDetailsAreNotApplicableForThisMerchantAccount,
            ),
            ("sandbox_credit_card", {"payment_facilitator": {"payment_facilitator_id": "9"}}, "base", "97405"),
        ],
    )  # fmt: skip
    def test_refuse_sales_that_their_processor_does_not_take(
        self, gateway: Gateway, account: str, sent: dict[str, Any], attribute: str, code: str
    ) -> None:
        assert codes(_sale(gateway, merchant_account_id=account, **sent), "transaction", attribute) == [code]

    @pytest.mark.parametrize(("kind", "submit"), [("credit", False), ("debit", True)])
    def test_take_both_kinds_of_card(self, gateway: Gateway, kind: str, submit: bool) -> None:
        options = {"submit_for_settlement": submit, "credit_card": {"account_type": kind}}
        made = _sale(gateway, merchant_account_id="hiper_brl", credit_card=HIPER, options=options).transaction
        assert (made.credit_card_details.account_type, made.credit_card_details.card_type) == (kind, "Hiper")
        assert made.currency_iso_code == "BRL"

    @pytest.mark.parametrize(
        ("account", "kind", "code"),
        [
            ("hiper_brl", "debit", Codes.Options.CreditCard.AccountTypeDebitDoesNotSupportAuths),
            ("hiper_brl", "other", Codes.Options.CreditCard.AccountTypeIsInvalid),
            ("sandbox_credit_card", "debit", Codes.Options.CreditCard.AccountTypeNotSupported),
        ],
    )
    def test_kinds_of_account_are_checked(self, gateway: Gateway, account: str, kind: str, code: str) -> None:
        card = HIPER if account == "hiper_brl" else VISA
        options = {"credit_card": {"account_type": kind}}
        result = _sale(gateway, merchant_account_id=account, credit_card=card, options=options)
        assert codes(result, "transaction.options.credit_card", "account_type") == [code]

    def test_installments(self, gateway: Gateway) -> None:
        sale = {"merchant_account_id": "card_processor_brl", "installments": {"count": 4}}
        authorised = _sale(gateway, **sale).transaction
        assert (authorised.installment_count, hasattr(authorised, "installments")) == (4, False)
        made = _sale(gateway, **sale, options={"submit_for_settlement": True}).transaction
        assert [(one["id"], one["amount"]) for one in made.installments] == [
            (f"{made.id}_INST_{number}", "250.00") for number in (1, 2, 3, 4)
        ]
        refund = gateway.transaction.refund(made.id, "20.00").transaction
        taken_off = [one["adjustments"][0] for one in refund.refunded_installments]
        assert taken_off == [{"kind": "REFUND", "amount": "-5.00"}] * 4

    def test_pinless_debit(self, gateway: Gateway) -> None:
        def network(**card_options: Any) -> str | None:
            options = {"submit_for_settlement": True, "credit_card": card_options}
            made = _sale(
                gateway,
                merchant_account_id="pinless_debit",
                payment_method_nonce=Nonces.TransactablePinlessDebitVisa,
                options=options,
            ).transaction
            return str(made.debit_network) if made.debit_network else None

        assert network() == "STAR"
        assert network(process_debit_as_credit=True) is None


PARTY = {
    "first_name": "Alice", "last_name": "Silva", "account_reference_number": "1000012345", "tax_id": "12345678900",
    "address": {"locality": "São Paulo", "country_code_alpha2": "BR"},
}  # fmt: skip


class TestParties:
    @pytest.mark.parametrize("kind", ["account_to_account", "boleto_ticket", "person_to_person", "wallet_transfer", ""])
    def test_can_be_those_of_a_transfer(self, gateway: Gateway, kind: str) -> None:
        transfer = {"type": kind, "sender": PARTY, "receiver": PARTY}
        made = _sale(gateway, merchant_account_id="card_processor_brl_sdwo", transfer=transfer).transaction
        assert (made.status, made.transfer.sender.first_name) == ("authorized", "Alice")

    def test_can_fund_an_account(self, gateway: Gateway) -> None:
        sender = PARTY | {"account_reference_number_type": "PHONE_NUMBER"}
        made = _sale(
            gateway,
            merchant_account_id="aft_first_data_wallet_transfer",
            transfer={"type": "wallet_transfer", "sender": sender},
        ).transaction
        assert made.account_funding_transaction is True

    @pytest.mark.parametrize(
        ("transfer", "attribute", "code"),
        [
            ({"type": "gift"}, "type", Codes.TransferTypeIsInvalid),
            (
                {"sender": PARTY | {"account_reference_number_type": "SHOE_SIZE"}},
                "sender_account_reference_number_type", Codes.TransferSenderAccountReferenceNumberTypeIsNotValid,
            ),
            (
                {"receiver": PARTY | {"account_reference_number_type": "SHOE_SIZE"}},
                "receiver_account_reference_number_type", Codes.TransferReceiverAccountReferenceNumberTypeIsNotValid,
            ),
            ({"sender": PARTY | {"tax_id": "1"}}, "sender_tax_id", Codes.TransferSenderTaxIdIsNotValid),
            ({"receiver": PARTY | {"last_name": "4"}}, "receiver_last_name", Codes.TransferReceiverLastNameIsNotValid),
        ],
    )  # fmt: skip
    def test_of_a_transfer_are_checked(
        self, gateway: Gateway, transfer: dict[str, Any], attribute: str, code: str
    ) -> None:
        result = _sale(gateway, merchant_account_id="aft_first_data_wallet_transfer", transfer=transfer)
        assert codes(result, "account_funding_transaction", attribute) == [code]

    def test_can_include_a_payment_facilitator(self, gateway: Gateway) -> None:
        merchant = {"reference_number": "123456789012345", "legal_name": "Fooda", "address": {"locality": "Araraquara"}}
        made = _sale(
            gateway,
            merchant_account_id="card_processor_brl_payfac",
            payment_facilitator={"payment_facilitator_id": "98765432109", "sub_merchant": merchant},
        ).transaction
        assert made.payment_facilitator.sub_merchant.legal_name == "Fooda"


class TestNetworks:
    def test_less_may_be_accepted_than_was_asked_for(self, gateway: Gateway) -> None:
        partly = _sale(gateway, amount="1004.00", accept_partial_authorization=True).transaction
        assert (partly.processor_response_code, partly.partially_authorized) == ("1004", True)
        assert not _sale(gateway, amount="1004.00").transaction.partially_authorized

    def test_checks_can_be_skipped(self, gateway: Gateway) -> None:
        made = _sale(gateway, options={"skip_cvv": True, "skip_avs": True}).transaction
        assert (made.cvv_response_code, made.avs_street_address_response_code) == ("B", "B")

    def test_advice_after_a_decline(self, gateway: Gateway) -> None:
        card = {"number": CreditCardNumbers.MasterCard, "expiration_date": "05/2030"}
        declined = _sale(gateway, amount="2000.00", credit_card=card).transaction
        assert declined.merchant_advice_code == "01"
        assert declined.merchant_advice_code_text == "New account information available"

    def test_a_networks_token(self, gateway: Gateway) -> None:
        attributes = {"cryptogram": "/wAAAAAAAcb8AlGUF/1JQEkAAAA=", "token_requestor_id": "05"}
        made = _sale(gateway, credit_card=VISA | {"network_tokenization_attributes": attributes}).transaction
        assert made.processed_with_network_token
        assert made.network_token["is_network_tokenized"] is True
        assert not _sale(gateway).transaction.processed_with_network_token
        del attributes["cryptogram"]
        result = _sale(gateway, credit_card=VISA | {"network_tokenization_attributes": attributes})
        assert codes(result, "transaction.credit_card", "network_tokenization_attributes") == [
            ErrorCodes.CreditCard.NetworkTokenizationAttributeCryptogramIsRequired
        ]

    def test_its_decline_is_tried_again_with_the_number(self, gateway: Gateway) -> None:
        assert _sale(gateway, payment_method_token=NETWORK_TOKENIZED).transaction.processed_with_network_token
        declined = _sale(gateway, amount="2000.00", payment_method_token=NETWORK_TOKENIZED).transaction
        (retry_id,) = declined.retry_ids
        assert (declined.retried, declined.retried_transaction_id) == (True, None)
        retry = gateway.transaction.search(TransactionSearch.id == retry_id).first
        assert (retry.retried_transaction_id, retry.processed_with_network_token) == (declined.id, False)

    def test_a_card_reader(self, gateway: Gateway) -> None:
        def read(data: str) -> Any:
            details = {"encrypted_card_data": data, "key_serial_number": "FFFFFF02000572A00005"}
            return _sale(gateway, credit_card={"payment_reader_card_details": details})

        assert read("8F34DFB312DC79C24FD5320622F3E11682D79E6B0C0FD881").is_success
        assert codes(read("invalid"), "transaction", "base") == [Codes.PaymentInstrumentNotSupportedByMerchantAccount]

    def test_ach_types(self, gateway: Gateway) -> None:
        made = _sale(
            gateway,
            payment_method_nonce=Nonces.UsBankAccount,
            merchant_account_id="us_bank_merchant_account",
            options={"submit_for_settlement": True, "us_bank_account": {"ach_type": "same_day"}},
            us_bank_account={"ach_mandate_text": "words", "ach_mandate_accepted_at": "2026-01-01T00:00:00Z"},
        ).transaction
        assert (made.ach_type, made.requested_ach_type) == ("same_day", "same_day")
        assert made.us_bank_account.ach_mandate.text == "words"


class TestFraudTools:
    @pytest.fixture
    def guarded(self, sandbox: Sandbox) -> Gateway:
        """Return the SDK of the merchant with fraud tools."""
        return sandbox.gateway("advanced_fraud_integration")

    @pytest.fixture
    def protected(self, sandbox: Sandbox) -> Gateway:
        """Return the SDK of the merchant with chargeback protection."""
        return braintree.BraintreeGateway(
            braintree.Configuration(
                environment=sandbox.environment,
                merchant_id="fraud_protection_effortless_chargeback_protection_merchant_id",
                public_key="effortless_chargeback_protection_public_key",
                private_key="effortless_chargeback_protection_private_key",
            )
        )

    @pytest.mark.parametrize(
        ("number", "reason"), [("4000111111111511", "fraud"), ("4111130000000003", "risk_threshold")]
    )
    def test_reject_by_number(self, guarded: Gateway, gateway: Gateway, number: str, reason: str) -> None:
        card = {"number": number, "expiration_date": "05/2030", "cvv": "333"}
        rejected = _sale(guarded, credit_card=card).transaction
        assert (rejected.gateway_rejection_reason, rejected.risk_data.decision) == (reason, "Decline")
        assert _sale(gateway, credit_card=card).is_success
        assert _sale(guarded, credit_card=card, options={"skip_advanced_fraud_checking": True}).is_success

    def test_reject_by_nonce(self, guarded: Gateway) -> None:
        result = _sale(guarded, payment_method_nonce=Nonces.GatewayRejectedRiskThreshold)
        assert result.transaction.gateway_rejection_reason == "risk_threshold"

    def test_tell_what_they_think(self, sandbox: Sandbox, gateway: Gateway, protected: Gateway) -> None:
        scored = _sale(sandbox.gateway("fraud_protection_enterprise_integration"), device_data="abc").transaction
        assert (scored.risk_data.decision, scored.risk_data.decision_reasons) == ("Approve", [])
        assert scored.risk_data.id
        assert scored.risk_data.transaction_risk_score
        shifted = _sale(protected, device_data="abc").transaction.risk_data.liability_shift
        assert (shifted.responsible_party, shifted.conditions) == ("paypal", ["unauthorized"])
        plain = _sale(gateway).transaction.risk_data
        assert (plain.id, plain.decision) == (None, "Not Evaluated")
        assert _sale(gateway, options={"skip_advanced_fraud_checking": True}).transaction.risk_data is None


class TestRefunds:
    def test_can_name_another_merchant_account(self, gateway: Gateway) -> None:
        sale = _sale(gateway, options={"submit_for_settlement": True}).transaction
        gateway.testing.settle_transaction(sale.id)
        options = {"amount": Decimal("1.00"), "merchant_account_id": "sandbox_credit_card_non_default"}
        refund = gateway.transaction.refund(sale.id, options).transaction
        assert refund.merchant_account_id == "sandbox_credit_card_non_default"
        result = gateway.transaction.refund(sale.id, options | {"merchant_account_id": "nothing"})
        assert codes(result, "transaction", "merchant_account_id") == [Codes.MerchantAccountIdIsInvalid]
        result = gateway.transaction.refund(sale.id, {"surcharge_amount": "1.00"})
        assert codes(result, "transaction", "surcharge_amount") == [Codes.OriginalTransactionNotSurcharged]
