"""Disputes that are there before anything happens, as in the merchant that Braintree's client libraries are tried with.

They are in no ledger. One that is acted upon is stored as it then is.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

from braintree_sandbox.records.disputes import Dispute, DisputeEvent
from braintree_sandbox.records.transactions import Instrument, StatusEvent, Transaction

_MERCHANT = "integration_merchant_id"
_VISA = "4111111111111111"


def transactions(merchant_id: str) -> tuple[Transaction, ...]:
    """The disputed transactions that this merchant has from the start."""
    return _transactions() if merchant_id == _MERCHANT else ()


def of_dispute(merchant_id: str, dispute_id: str) -> Transaction | None:
    """The transaction that this known dispute is part of."""
    known = transactions(merchant_id)
    return next((one for one in known if any(dispute.id == dispute_id for dispute in one.disputes)), None)


def transaction(merchant_id: str, transaction_id: str) -> Transaction | None:
    """The known transaction of that id."""
    return next((one for one in transactions(merchant_id) if one.id == transaction_id), None)


@cache
def _transactions() -> tuple[Transaction, ...]:
    return (
        _disputed("open_disputed_transaction", "31.00", _dispute("open_dispute", "31.00", date(2016, 3, 1))),
        _disputed("wells_disputed_transaction", "20.00", _dispute("wells_dispute", "20.00", date(2016, 2, 1), "won")),
        _disputed(
            "unsatisfied_transaction",
            "40.00",
            _dispute("unsatisfactory_dispute", "40.00", date(2014, 3, 4), "lost", reason="product_unsatisfactory"),
        ),
        _disputed(
            "retrieval_transaction",
            "50.00",
            _dispute("retrieval_dispute", "50.00", date(2015, 5, 5), "lost", kind="retrieval", reason="retrieval"),
        ),
        _disputed(
            "protected_transaction",
            "60.00",
            _dispute("effortless_dispute", "60.00", date(2021, 6, 1), "won", protection="effortless"),
        ),
        _disputed(
            "rdr_transaction",
            "70.00",
            _dispute("rdr_dispute", "70.00", date(2022, 7, 1), "auto_accepted", program="visa_rdr"),
        ),
    )


def _dispute(
    dispute_id: str,
    amount: str,
    received: date,
    status: str = "open",
    *,
    kind: str = "chargeback",
    reason: str = "fraud",
    protection: str | None = None,
    program: str = "none",
) -> Dispute:
    at = _moment(received)
    steps = ("open",) if status == "open" else ("open", status)
    won = status == "won"
    return Dispute(
        id=dispute_id,
        status=status,
        kind=kind,
        reason=reason,
        reason_code="83",
        reason_description="Fraudulent Processing of Transaction" if reason == "fraud" else reason.capitalize(),
        amount=Decimal(amount),
        amount_won=Decimal(amount if won else "0.00"),
        date_won=received + timedelta(days=9) if won else None,
        created_at=at,
        updated_at=at,
        received_date=received,
        reply_by_date=received + timedelta(days=10),
        case_number=f"CASE-{dispute_id}",
        reference_number=f"REF-{dispute_id}",
        status_history=tuple(
            DisputeEvent(status=step, at=at, effective_date=received, disbursement_date=received + timedelta(days=1))
            for step in steps
        ),
        protection=protection,
        pre_dispute_program=program,
    )


def _disputed(transaction_id: str, amount: str, dispute: Dispute) -> Transaction:
    at = _moment(dispute.received_date) - timedelta(days=30)
    value = Decimal(amount)
    card = {
        "token": None, "bin": _VISA[:6], "last_4": _VISA[-4:], "card_type": "Visa", "expiration_month": "12",
        "expiration_year": "2030", "cardholder_name": None, "expired": False, "customer_location": "US",
    }  # fmt: skip
    return Transaction(
        id=transaction_id,
        type="sale",
        status="settled",
        amount=value,
        authorized_amount=value,
        currency="USD",
        merchant_account_id="sandbox_credit_card",
        instrument=Instrument(
            kind="credit_card", element="credit_card", fields=dict(card), identifier="", number=_VISA
        ),
        created_at=at,
        updated_at=at,
        status_history=tuple(
            StatusEvent(status=step, amount=value, at=at)
            for step in ("authorized", "submitted_for_settlement", "settled")
        ),
        disputes=(dispute,),
    )


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
