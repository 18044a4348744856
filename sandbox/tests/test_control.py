"""The control API: clock, ledger, returns, rules, reset."""

import httpx
import pytest
from braintree.exceptions.not_found_error import NotFoundError
from braintree.test.nonces import Nonces

from braintree_sandbox.testing import Sandbox

from .conftest import Unique
from .receiver import PATIENCE_SECONDS
from .terms import TransactionSearch

DEBIT = {
    "amount": "10.00",
    "payment_method_nonce": Nonces.UsBankAccount,
    "merchant_account_id": "us_bank_merchant_account",
    "options": {"submit_for_settlement": True},
}


class TestReturns:
    def test_before_settlement_a_debit_is_declined(self, sandbox: Sandbox) -> None:
        gateway = sandbox.gateway()
        debit = gateway.transaction.sale({**DEBIT}).transaction
        sandbox.control("POST", f"/transactions/{debit.id}/return", {"code": "R01"})
        found = gateway.transaction.find(debit.id)
        assert (found.status, found.ach_return_code) == ("settlement_declined", "R01")

    def test_after_settlement_it_stays_settled_and_has_a_code(self, sandbox: Sandbox) -> None:
        gateway = sandbox.gateway()
        debit = gateway.transaction.sale({**DEBIT}).transaction
        sandbox.control("POST", f"/transactions/{debit.id}/settle")
        sandbox.control("POST", f"/transactions/{debit.id}/return", {"code": "R10"})
        found = gateway.transaction.find(debit.id)
        assert (found.status, found.ach_return_code) == ("settled", "R10")
        by_reason = TransactionSearch.reason_code.in_list(["R10"])
        assert gateway.transaction.search(TransactionSearch.id == debit.id, by_reason).ids == [debit.id]

    def test_a_card_cannot_be_returned_nor_a_debit_without_a_reason(self, sandbox: Sandbox) -> None:
        gateway = sandbox.gateway()
        card = gateway.transaction.sale({"amount": "1.00", "payment_method_nonce": Nonces.Transactable}).transaction
        with pytest.raises(AssertionError, match="409"):
            sandbox.control("POST", f"/transactions/{card.id}/return", {"code": "R01"})
        with pytest.raises(AssertionError, match="409"):
            sandbox.control("POST", f"/transactions/{card.id}/settle")
        with pytest.raises(AssertionError, match="400"):
            sandbox.control("POST", f"/transactions/{card.id}/return", {"code": "because"})
        with pytest.raises(AssertionError, match="404"):
            sandbox.control("POST", "/transactions/nothing/return", {"code": "R01"})


class TestLedger:
    def test_lists_sales_of_all_merchants_with_what_became_of_them(self, sandbox: Sandbox, unique: Unique) -> None:
        sale = {"payment_method_nonce": Nonces.Transactable, "order_id": unique("order")}
        sandbox.gateway().transaction.sale({**sale, "amount": "1.10"})
        sandbox.gateway("integration2").transaction.sale({**sale, "amount": "2000.00"})

        entries = sandbox.transactions(order_id=unique("order"))
        declined = sandbox.transactions(order_id=unique("order"), status="processor_declined")

        assert [(one["merchant_id"], one["amount"], one["status"]) for one in entries] == [
            ("integration_merchant_id", "1.10", "authorized"),
            ("integration2_merchant_id", "2000.00", "processor_declined"),
        ]
        assert [one["amount"] for one in declined] == ["2000.00"]

    def test_refuses_a_filter_it_does_not_have(self, sandbox: Sandbox) -> None:
        with pytest.raises(AssertionError, match="400"):
            sandbox.transactions(colour="red")


class TestNonces:
    def test_refuse_a_wrong_card_or_account_number(self, sandbox: Sandbox) -> None:
        with pytest.raises(AssertionError, match="81717"):
            sandbox.card_nonce("4539578763621486")
        with pytest.raises(AssertionError, match="422"):
            sandbox.bank_nonce("12")
        with pytest.raises(AssertionError, match="400"):
            sandbox.control("POST", "/nonces", {})


class TestClock:
    def test_moves_ahead_for_everything_that_is_made_then(self, clockwork: Sandbox) -> None:
        gateway = clockwork.gateway()
        before = gateway.customer.create().customer.created_at
        clockwork.advance(days=10, hours=1)
        assert (gateway.customer.create().customer.created_at - before).days == 10

    @pytest.mark.parametrize("step", [{}, {"days": -1}, {"years": 1}, {"days": "many"}])
    def test_refuses_steps_that_make_no_sense(self, clockwork: Sandbox, step: dict[str, object]) -> None:
        with pytest.raises(AssertionError, match="400"):
            clockwork.control("POST", "/clock/advance", step)


class TestMerchants:
    def test_are_listed_with_keys_and_accounts(self, sandbox: Sandbox) -> None:
        merchants = {one["id"]: one for one in sandbox.control("GET", "/merchants")["merchants"]}
        exempt, compliant = merchants["integration_merchant_id"], merchants["integration2_merchant_id"]
        assert (exempt["ach_exempt"], compliant["ach_exempt"]) == (True, False)
        assert [one["id"] for one in exempt["merchant_accounts"] if one["default"]] == ["sandbox_credit_card"]

    def test_an_exemption_from_the_ach_rules_can_be_taken_away(self, sandbox: Sandbox) -> None:
        name = "dup_checking_integration"
        sandbox.control("PUT", f"/merchants/{name}_merchant_id/rules", {"ach_exempt": False})
        sale = {
            "amount": "10.00",
            "merchant_account_id": "us_bank_merchant_account",
            "payment_method_nonce": sandbox.bank_nonce(merchant=name),
            "options": {"submit_for_settlement": True},
        }
        refused = sandbox.gateway(name).transaction.sale(sale)
        sandbox.control("PUT", f"/merchants/{name}_merchant_id/rules", {"ach_exempt": True})
        assert [error.code for error in refused.errors.deep_errors] == ["915171"]
        assert sandbox.gateway(name).transaction.sale(sale).is_success

    def test_have_no_rules_but_the_known_ones(self, sandbox: Sandbox) -> None:
        with pytest.raises(AssertionError, match="400"):
            sandbox.control("PUT", "/merchants/integration_merchant_id/rules", {"be_kind": True})


class TestReset:
    def test_forgets_everything(self, clockwork: Sandbox) -> None:
        gateway = clockwork.gateway()
        customer = gateway.customer.create().customer
        clockwork.control("POST", "/reset")
        with pytest.raises(NotFoundError):
            gateway.customer.find(customer.id)
        assert clockwork.transactions() == []


def test_an_unknown_path_or_a_broken_body_is_an_error_in_json(sandbox: Sandbox) -> None:
    """People type these by hand."""
    with httpx.Client(base_url=sandbox.url, trust_env=False, timeout=PATIENCE_SECONDS) as client:
        unknown = client.get("/sandbox/nothing")
        broken = client.post("/sandbox/faults", content=b"{")
        no_object = client.post("/sandbox/faults", content=b"[]")
    assert (unknown.status_code, broken.status_code, no_object.status_code) == (404, 400, 400)
    assert all("error" in response.json() for response in (unknown, broken, no_object))
