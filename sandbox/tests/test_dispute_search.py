"""Search of disputes, by the unmodified SDK."""

from datetime import date
from typing import Any

import httpx
import pytest
from braintree import Dispute
from braintree.test.credit_card_numbers import CreditCardNumbers

from braintree_sandbox.testing import Gateway, Sandbox

from .receiver import PATIENCE_SECONDS
from .terms import DisputeSearch, TransactionSearch


def ids(gateway: Gateway, *terms: Any) -> list[str]:
    """Return the ids of the disputes that are found."""
    return [dispute.id for dispute in gateway.dispute.search(*terms).disputes.items]


@pytest.fixture
def sale(gateway: Gateway, customer_id: str) -> Any:
    """Return a disputed sale of a customer of its own."""
    card = {"number": CreditCardNumbers.Disputes.Chargeback, "expiration_date": "12/2030"}
    sold = {"amount": "77.00", "credit_card": card, "customer_id": customer_id}
    return gateway.transaction.sale(sold).transaction


class TestFields:
    def test_one_term_or_a_list(self, gateway: Gateway) -> None:
        assert ids(gateway, DisputeSearch.id == "open_dispute") == ["open_dispute"]
        assert ids(gateway, [DisputeSearch.id == "no_such_dispute"]) == []

    def test_by_each_of_them(self, gateway: Gateway, sale: Any) -> None:
        dispute = sale.disputes[0]
        event = dispute.status_history[0]
        only = DisputeSearch.customer_id == sale.customer_details.id
        terms = [
            DisputeSearch.transaction_id == sale.id,
            DisputeSearch.case_number == dispute.case_number,
            DisputeSearch.reference_number == dispute.reference_number,
            DisputeSearch.kind.in_list([Dispute.Kind.Chargeback]),
            DisputeSearch.status.in_list([Dispute.Status.Open, Dispute.Status.Won]),
            DisputeSearch.reason == Dispute.Reason.Fraud,
            DisputeSearch.reason_code == dispute.reason_code,
            DisputeSearch.merchant_account_id == sale.merchant_account_id,
            DisputeSearch.pre_dispute_program == Dispute.PreDisputeProgram.NONE,
            DisputeSearch.protection_level == Dispute.ProtectionLevel.NoProtection,
            DisputeSearch.transaction_source == "api",
            DisputeSearch.amount_disputed.between("76.00", "78.00"),
            DisputeSearch.amount_won <= "0.00",
            DisputeSearch.received_date == dispute.received_date,
            DisputeSearch.reply_by_date >= dispute.reply_by_date,
            DisputeSearch.effective_date.between(event.effective_date, event.effective_date),
            DisputeSearch.disbursement_date.between(event.disbursement_date, event.disbursement_date),
        ]
        assert ids(gateway, only, *terms) == [dispute.id]
        assert [ids(gateway, only, term) for term in terms] == [[dispute.id]] * len(terms)

    def test_refuse_other_values(self, gateway: Gateway, sale: Any) -> None:
        only = DisputeSearch.customer_id == sale.customer_details.id
        terms = [
            DisputeSearch.kind == Dispute.Kind.Retrieval,
            DisputeSearch.amount_disputed >= "78.00",
            DisputeSearch.amount_won >= "0.01",
            DisputeSearch.received_date <= date(2020, 1, 1),
            DisputeSearch.protection_level == Dispute.ProtectionLevel.StandardCBP,
        ]
        assert [ids(gateway, only, term) for term in terms] == [[]] * len(terms)

    def test_by_days_as_americans_write_them(self, gateway: Gateway) -> None:
        found = gateway.dispute.search(DisputeSearch.received_date.between("03/03/2014", "03/05/2014"))
        assert [dispute.received_date for dispute in found.disputes.items] == [date(2014, 3, 4)]
        term = TransactionSearch.dispute_date
        for bounds, count in ((("02/28/2014", "03/02/2014"), 1), (("02/26/2014", "02/28/2014"), 0)):
            known = (TransactionSearch.id == "disputedtransaction", term.between(*bounds))
            assert gateway.transaction.search(*known).maximum_size == count

    def test_by_several_reasons_and_programs(self, gateway: Gateway) -> None:
        reasons = DisputeSearch.reason.in_list([Dispute.Reason.ProductUnsatisfactory, Dispute.Reason.Retrieval])
        assert {"unsatisfactory_dispute", "retrieval_dispute"} <= set(ids(gateway, reasons))
        protected = DisputeSearch.protection_level == Dispute.ProtectionLevel.EffortlessCBP
        program = DisputeSearch.pre_dispute_program == Dispute.PreDisputeProgram.VisaRdr
        with pytest.warns(DeprecationWarning, match="protection_level"):
            assert "effortless_dispute" in ids(gateway, protected)
        assert "rdr_dispute" in ids(gateway, program)

    def test_of_transactions_by_the_day_of_the_dispute(self, gateway: Gateway, sale: Any) -> None:
        opened = sale.disputes[0].created_at
        terms = (TransactionSearch.id == sale.id, TransactionSearch.dispute_date.between(opened, opened))
        assert gateway.transaction.search(*terms).ids == [sale.id]


class TestPages:
    def test_come_one_after_the_other(self, sandbox: Sandbox, gateway: Gateway, sale: Any) -> None:
        with httpx.Client(base_url=sandbox.url, trust_env=False, timeout=PATIENCE_SECONDS) as client:
            for _ in range(50):
                client.post(f"/sandbox/transactions/{sale.id}/dispute", json={"amount": "1.00"}).raise_for_status()
        found = ids(gateway, DisputeSearch.transaction_id == sale.id)
        assert (len(found), len(set(found))) == (51, 51)
        assert found[-1] == sale.disputes[0].id
