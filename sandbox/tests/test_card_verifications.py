"""Verifications of cards through the SDK."""

from typing import Any

import pytest
from braintree.error_codes import ErrorCodes
from braintree.exceptions.not_found_error import NotFoundError
from braintree.test.credit_card_numbers import CreditCardNumbers

from braintree_sandbox.testing import Gateway, Sandbox

from .conftest import Unique
from .errors import codes
from .terms import CardVerificationSearch

ACCOUNT_TYPE = "verification_account_type"
VISA = {"number": "4111111111111111", "expiration_date": "05/2030"}
FAILS = CreditCardNumbers.FailsSandboxVerification


class TestVerifyCard:
    def test_a_good_card_brings_its_verification(self, gateway: Gateway, customer_id: str) -> None:
        options = {"verify_card": True, "verification_merchant_account_id": "sandbox_credit_card_non_default"}

        card = gateway.credit_card.create({**VISA, "customer_id": customer_id, "options": options}).credit_card

        verification = card.verification
        assert (verification.status, verification.processor_response_code) == ("verified", "1000")
        assert verification.merchant_account_id == "sandbox_credit_card_non_default"
        assert verification.risk_data.decision == "Not Evaluated"
        assert gateway.verification.find(verification.id) == verification

    @pytest.mark.parametrize(("number", "has_link"), [("5555555555554444", True), ("4111111111111111", False)])
    def test_mastercards_have_a_link_to_later_payments(
        self, gateway: Gateway, customer_id: str, number: str, has_link: bool
    ) -> None:
        card = {**VISA, "customer_id": customer_id, "number": number, "options": {"verify_card": True}}
        verification = gateway.credit_card.create(card).credit_card.verification
        assert bool(verification.mastercard_transaction_link_id) is has_link
        assert gateway.verification.find(verification.id) == verification

    @pytest.mark.parametrize("number", [FAILS.Visa, FAILS.MasterCard, FAILS.AmEx, FAILS.Discover])
    def test_a_bad_card_is_not_stored(self, gateway: Gateway, customer_id: str, unique: Unique, number: str) -> None:
        result = gateway.credit_card.create(
            {
                **VISA,
                "customer_id": customer_id,
                "number": number,
                "token": unique("t"),
                "options": {"verify_card": True},
            }
        )

        assert not result.is_success
        verification = result.credit_card_verification
        assert (verification.status, verification.processor_response_code) == ("processor_declined", "2000")
        assert verification.processor_response_text == result.message == "Do Not Honor"
        assert verification.cvv_response_code == verification.avs_postal_code_response_code == "I"
        with pytest.raises(NotFoundError):
            gateway.payment_method.find(unique("t"))
        assert gateway.verification.find(verification.id).status == "processor_declined"

    def test_the_same_card_is_stored_unverified(self, gateway: Gateway, customer_id: str) -> None:
        params = {**VISA, "customer_id": customer_id, "number": FAILS.Visa, "options": {"verify_card": False}}
        assert gateway.credit_card.create(params).is_success

    def test_an_amount_can_decline_it(self, gateway: Gateway, customer_id: str) -> None:
        options = {"verify_card": True, "verification_amount": "2010.00"}
        result = gateway.credit_card.create({**VISA, "customer_id": customer_id, "options": options})
        assert result.credit_card_verification.processor_response_code == "2010"

    @pytest.mark.parametrize(
        ("cvv", "address", "responses"),
        [
            ("123", {"street_address": "1 Elm St", "postal_code": "60622"}, ("M", "M", "M", None)),
            ("200", {"street_address": "200 Elm St", "postal_code": "20000"}, ("N", "N", "N", None)),
            ("201", {"street_address": "201 Elm St", "postal_code": "20001"}, ("U", "U", "U", None)),
            ("301", {"postal_code": "30000"}, ("S", "B", "B", "E")),
        ],
    )
    def test_code_and_address_are_answered(
        self,
        gateway: Gateway,
        customer_id: str,
        cvv: str,
        address: dict[str, str],
        responses: tuple[str, str, str, str | None],
    ) -> None:
        params = {**VISA, "cvv": cvv, "billing_address": address, "options": {"verify_card": True}}
        found = gateway.credit_card.create({**params, "customer_id": customer_id}).credit_card.verification
        assert responses == (
            found.cvv_response_code,
            found.avs_postal_code_response_code,
            found.avs_street_address_response_code,
            found.avs_error_response_code,
        )

    def test_a_merchants_rule_rejects_a_wrong_code(self, sandbox: Sandbox) -> None:
        gateway = sandbox.gateway("processing_rules")
        customer = gateway.customer.create().customer
        result = gateway.credit_card.create(
            {**VISA, "customer_id": customer.id, "cvv": "200", "options": {"verify_card": True}}
        )
        verification = result.credit_card_verification
        assert (verification.status, verification.gateway_rejection_reason) == ("gateway_rejected", "cvv")
        assert verification.processor_response_code == "1000"

    @pytest.mark.parametrize(
        ("option", "value", "code"),
        [
            (
                "verification_merchant_account_id",
                "nowhere",
                ErrorCodes.CreditCard.Options.VerificationMerchantAccountIdIsInvalid,
            ),
            ("verification_amount", "abc", ErrorCodes.CreditCard.Options.VerificationAmountFormatIsInvalid),
            ("verification_amount", "-1.00", ErrorCodes.CreditCard.Options.VerificationAmountCannotBeNegative),
            ("verification_amount", "100000.01", ErrorCodes.CreditCard.Options.VerificationAmountIsTooLarge),
            (
                "verification_merchant_account_id",
                "us_bank_merchant_account",
                ErrorCodes.CreditCard.VerificationNotSupportedOnThisMerchantAccount,
            ),
            (
                "verification_merchant_account_id",
                "suspended_account",
                ErrorCodes.CreditCard.Options.VerificationMerchantAccountIsSuspended,
            ),
            ("verification_account_type", "debit", ErrorCodes.CreditCard.VerificationAccountTypeNotSupported),
        ],
    )
    def test_wrong_options_are_named(
        self, gateway: Gateway, customer_id: str, option: str, value: str, code: str
    ) -> None:
        params = {**VISA, "customer_id": customer_id, "options": {"verify_card": True, option: value}}
        assert codes(gateway.credit_card.create(params), "credit_card.options", option) == [code]

    def test_the_type_of_a_card_that_is_not_verified_does_not_matter(self, gateway: Gateway, customer_id: str) -> None:
        assert gateway.credit_card.create(
            {**VISA, "customer_id": customer_id, "options": {ACCOUNT_TYPE: "debit"}}
        ).is_success

    def test_less_than_a_real_is_not_asked_of_a_brazilian_processor(self, gateway: Gateway, customer_id: str) -> None:
        account = {"verify_card": True, "verification_merchant_account_id": "card_processor_brl"}
        params = {**VISA, "customer_id": customer_id}

        result = gateway.credit_card.create({**params, "options": {**account, "verification_amount": "0.01"}})

        found = codes(result, "credit_card.options", "verification_amount")
        assert found == [ErrorCodes.CreditCard.Options.VerificationAmountNotSupportedByProcessor]
        assert gateway.credit_card.create({**params, "options": account}).is_success

    def test_a_card_that_is_two_in_one_is_verified_as_the_type_asked_for(
        self, gateway: Gateway, customer_id: str
    ) -> None:
        def options(kind: str) -> dict[str, Any]:
            account = {"verification_merchant_account_id": "hiper_brl", "verification_account_type": kind}
            return {"options": {"verify_card": True, **account}}

        hiper = {**VISA, "number": CreditCardNumbers.Hiper, "customer_id": customer_id}
        token = gateway.credit_card.create({**hiper, **options("credit")}).credit_card.token

        changed = gateway.credit_card.update(token, options("debit")).credit_card

        assert [one["credit_card"]["account_type"] for one in changed.verifications] == ["debit", "credit"]
        invalid = codes(gateway.credit_card.update(token, options("ach")), "credit_card.options", ACCOUNT_TYPE)
        assert invalid == [ErrorCodes.CreditCard.VerificationAccountTypeIsInvald]

    @pytest.mark.parametrize(
        ("merchant", "tool"),
        [("advanced_fraud_integration", "kount"), ("fraud_protection_enterprise_integration", "fraud_protection")],
    )
    def test_a_fraud_tool_looks_at_it_unless_told_not_to(self, sandbox: Sandbox, merchant: str, tool: str) -> None:
        gateway = sandbox.gateway(merchant)
        customer = gateway.customer.create().customer

        def verified(**options: bool) -> Any:
            sent = {**VISA, "customer_id": customer.id, "device_data": "{}"}
            card = gateway.credit_card.create({**sent, "options": {"verify_card": True, **options}}).credit_card
            return card.verification

        risk = verified().risk_data
        assert (risk.decision, risk.fraud_service_provider, risk.device_data_captured) == ("Approve", tool, True)
        assert verified(skip_advanced_fraud_checking=True).risk_data is None


class TestSearch:
    def test_finds_by_token_customer_and_status(self, gateway: Gateway, customer_id: str, unique: Unique) -> None:
        params = {**VISA, "customer_id": customer_id, "token": unique("t"), "options": {"verify_card": True}}
        wanted = gateway.credit_card.create(params).credit_card.verification
        for term in (
            CardVerificationSearch.payment_method_token == unique("t"),
            CardVerificationSearch.customer_id == customer_id,
            CardVerificationSearch.id == wanted.id,
        ):
            status = CardVerificationSearch.status.in_list(["verified"])
            assert [one.id for one in gateway.verification.search(term, status).items] == [wanted.id]
        declined = CardVerificationSearch.status.in_list(["processor_declined"])
        of_customer = CardVerificationSearch.customer_id == customer_id
        assert gateway.verification.search(of_customer, declined).maximum_size == 0
