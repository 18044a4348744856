"""Verifications of US bank accounts through the SDK."""

from typing import Any

import pytest
from braintree.error_codes import ErrorCodes
from braintree.exceptions.not_found_error import NotFoundError

from braintree_sandbox.testing import Gateway, Sandbox

from .errors import codes
from .terms import BankVerificationSearch

Codes = ErrorCodes.UsBankAccountVerification


def _account(sandbox: Sandbox, number: str, method: str) -> Any:
    """Return a fresh account of the compliant merchant, with one verification under way or done."""
    gateway = sandbox.gateway("integration2")
    result = gateway.payment_method.create(
        {
            "customer_id": gateway.customer.create().customer.id,
            "payment_method_nonce": sandbox.bank_nonce(number, merchant="integration2"),
            "options": {
                "verification_merchant_account_id": "another_us_bank_merchant_account",
                "us_bank_account_verification_method": method,
            },
        }
    )
    assert result.is_success, result.message
    return result.payment_method


class TestNetworkCheck:
    @pytest.mark.parametrize(
        ("number", "status", "code", "additional"),
        [
            ("1000000000", "verified", "1000", None),
            ("1000000001", "pending", None, None),
            ("1000000002", "failed", "3000", None),
            ("1000000004", "processor_declined", "2046", None),
            ("1000000005", "processor_declined", "2061", "Invalid routing number"),
            ("1000000006", "processor_declined", "2092", None),
            ("1000000008", "processor_declined", "2061", "Invalid account number"),
            ("1000000009", "processor_declined", "2061", "Invalid account type"),
            ("9876543210", "processor_declined", "2038", None),
        ],
    )
    def test_answers_by_account_number(
        self, sandbox: Sandbox, number: str, status: str, code: str | None, additional: str | None
    ) -> None:
        account = _account(sandbox, number, "network_check")
        found = account.verifications[0]
        assert (found.status, found.processor_response_code) == (status, code)
        assert found.additional_processor_response == additional
        assert account.verified == (status == "verified")

    def test_a_pending_one_is_decided_within_a_day(self, clockwork: Sandbox) -> None:
        account = _account(clockwork, "1000000001", "network_check")
        clockwork.advance(days=1)
        found = clockwork.gateway("integration2").us_bank_account_verification.find(account.verifications[0].id)
        assert (found.status, found.processor_response_code) == ("verified", "1003")
        assert clockwork.gateway("integration2").us_bank_account.find(account.token).verified

    def test_a_second_one_is_added_by_an_update(self, compliant: Gateway, sandbox: Sandbox) -> None:
        account = _account(sandbox, "1000000000", "independent_check")
        options = {"us_bank_account_verification_method": "network_check"}
        result = compliant.payment_method.update(account.token, {"options": options})
        methods = [one.verification_method for one in result.payment_method.verifications]
        assert methods == ["independent_check", "network_check"]


class TestMicroTransfers:
    def test_the_right_amounts_verify_in_either_order(self, compliant: Gateway, sandbox: Sandbox) -> None:
        account = _account(sandbox, "1000000000", "micro_transfers")
        assert (account.verified, account.verifications[0].status) == (False, "pending")

        verification_id = account.verifications[0].id
        result = compliant.us_bank_account_verification.confirm_micro_transfer_amounts(verification_id, [29, 17])

        confirmed = result.us_bank_account_verification
        assert (confirmed.status, confirmed.us_bank_account.token) == ("verified", account.token)
        assert compliant.us_bank_account.find(account.token).verified

    def test_deposits_that_take_days_verify_when_they_have_arrived(self, clockwork: Sandbox) -> None:
        gateway = clockwork.gateway("integration2")
        account = _account(clockwork, "1000000001", "micro_transfers")
        verification_id = account.verifications[0].id

        result = gateway.us_bank_account_verification.confirm_micro_transfer_amounts(verification_id, [17, 29])
        assert result.us_bank_account_verification.status == "pending"
        assert not gateway.us_bank_account.find(account.token).verified

        clockwork.advance(days=2)
        assert gateway.us_bank_account_verification.find(verification_id).status == "verified"
        assert gateway.us_bank_account.find(account.token).verified

    def test_four_wrong_tries_are_counted_and_the_fifth_locks(self, compliant: Gateway, sandbox: Sandbox) -> None:
        account = _account(sandbox, "1000000000", "micro_transfers")
        confirm = compliant.us_bank_account_verification.confirm_micro_transfer_amounts
        verification_id = account.verifications[0].id

        tries = [codes(confirm(verification_id, [1, 1]), "us_bank_account_verification", "base") for _ in range(5)]

        assert tries == [[Codes.AmountsDoNotMatch]] * 4 + [[Codes.TooManyConfirmationAttempts]]
        assert compliant.us_bank_account_verification.find(verification_id).status == "gateway_rejected"
        result = confirm(verification_id, [17, 29])
        assert codes(result, "us_bank_account_verification", "base") == [Codes.NotConfirmable]
        assert not compliant.us_bank_account.find(account.token).verified

    def test_other_accounts_have_amounts_that_only_the_control_api_shows(
        self, compliant: Gateway, sandbox: Sandbox
    ) -> None:
        account = _account(sandbox, "5551234567", "micro_transfers")
        verification_id = account.verifications[0].id
        seen = sandbox.control("GET", "/bank-verifications")["verifications"]
        amounts = next(one["deposit_amounts"] for one in seen if one["id"] == verification_id)
        result = compliant.us_bank_account_verification.confirm_micro_transfer_amounts(verification_id, amounts)
        assert result.is_success

    @pytest.mark.parametrize("amounts", [[17], [17, 29, 1], [0, 17], [-17, 29], ["a", "b"]])
    def test_amounts_must_be_two_positive_numbers(
        self, compliant: Gateway, sandbox: Sandbox, amounts: list[object]
    ) -> None:
        verification_id = _account(sandbox, "1000000000", "micro_transfers").verifications[0].id
        result = compliant.us_bank_account_verification.confirm_micro_transfer_amounts(verification_id, amounts)
        assert codes(result, "us_bank_account_verification", "base") == [Codes.InvalidDepositAmounts]

    def test_another_method_has_no_amounts(self, compliant: Gateway, sandbox: Sandbox) -> None:
        verification_id = _account(sandbox, "1000000000", "network_check").verifications[0].id
        result = compliant.us_bank_account_verification.confirm_micro_transfer_amounts(verification_id, [17, 29])
        assert codes(result, "us_bank_account_verification", "base") == [Codes.MustBeMicroTransfersVerification]


class TestVerificationByOthers:
    @pytest.mark.parametrize(
        "method", ["independent_check", "tokenized_check", "instant_verification_account_validation"]
    )
    def test_verifies_at_once(self, sandbox: Sandbox, method: str) -> None:
        account = _account(sandbox, "9876543210", method)
        assert account.verified
        assert [one.verification_method for one in account.verifications] == [method]


class TestAddOns:
    def test_are_kept_with_a_network_check(self, compliant: Gateway, sandbox: Sandbox) -> None:
        account = _account(sandbox, "1000000000", "independent_check")
        options = {
            "us_bank_account_verification_method": "network_check",
            "verification_merchant_account_id": "another_us_bank_merchant_account",
            "verification_add_ons": "customer_verification",
        }
        changed = compliant.payment_method.update(account.token, {"options": options}).payment_method
        assert {one.verification_method: one.verification_add_ons for one in changed.verifications} == {
            "independent_check": None,
            "network_check": "customer_verification",
        }


class TestSearch:
    def test_finds_by_each_kind_of_term(self, compliant: Gateway, sandbox: Sandbox) -> None:
        account = _account(sandbox, "1000000000", "network_check")
        of_customer = BankVerificationSearch.customer_id == account.customer_id
        for term in (
            BankVerificationSearch.status.in_list(["verified"]),
            BankVerificationSearch.verification_method.in_list(["network_check"]),
            BankVerificationSearch.account_number.ends_with("0000"),
            BankVerificationSearch.payment_method_token == account.token,
            BankVerificationSearch.routing_number == "021000021",
            BankVerificationSearch.account_holder_name.starts_with("Dan"),
            BankVerificationSearch.account_type == "checking",
            BankVerificationSearch.ids.in_list([account.verifications[0].id]),
            BankVerificationSearch.id == account.verifications[0].id,
            BankVerificationSearch.created_at >= account.created_at,
        ):
            found = compliant.us_bank_account_verification.search(of_customer, term)
            assert [one.id for one in found.items] == [account.verifications[0].id]
        none = BankVerificationSearch.account_number.ends_with("1111")
        assert compliant.us_bank_account_verification.search(of_customer, none).maximum_size == 0


def test_an_unknown_verification_is_not_found(compliant: Gateway) -> None:
    """Neither to look at nor to confirm."""
    with pytest.raises(NotFoundError):
        compliant.us_bank_account_verification.find("nothing")
    with pytest.raises(NotFoundError):
        compliant.us_bank_account_verification.confirm_micro_transfer_amounts("nothing", [1, 2])
