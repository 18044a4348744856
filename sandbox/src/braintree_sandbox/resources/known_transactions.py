"""Transactions that are there before anything happens, as in the merchant that Braintree's client libraries test with.

They are found by id and through their disputes, and are in no ledger. One that is acted upon is stored as it then is.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache

from braintree_sandbox.records.disputes import Dispute, DisputeEvent
from braintree_sandbox.records.transactions import Instrument, StatusEvent, Transaction
from braintree_sandbox.resources.known_payments import of_the_last_days, payments

_MERCHANT = "integration_merchant_id"
_VISA = "4111111111111111"
_REPLY_WITHIN = timedelta(days=20)
_WON_AFTER = timedelta(days=6)


def all_of(merchant_id: str) -> tuple[Transaction, ...]:
    """The transactions that this merchant has from the start, and that happened long ago."""
    return _transactions() if merchant_id == _MERCHANT else ()


def on(merchant_id: str, today: date) -> tuple[Transaction, ...]:
    """The same, and those that always happened in the last days."""
    return (*_transactions(), *_recent(today)) if merchant_id == _MERCHANT else ()


def find(merchant_id: str, transaction_id: str, today: date) -> Transaction | None:
    """The known transaction of that id."""
    return next((one for one in on(merchant_id, today) if one.id == transaction_id), None)


def of_dispute(merchant_id: str, dispute_id: str) -> Transaction | None:
    """The transaction that this known dispute is part of."""
    known = all_of(merchant_id)
    return next((one for one in known if any(dispute.id == dispute_id for dispute in one.disputes)), None)


@lru_cache(maxsize=2)
def _recent(today: date) -> tuple[Transaction, ...]:
    return of_the_last_days(_sale, today)


@cache
def _transactions() -> tuple[Transaction, ...]:
    spring = date(2014, 3, 1)
    return (
        _sale("deposittransaction", "100.00", date(2013, 4, 9), disbursed=datetime(2013, 4, 10, tzinfo=UTC)),
        _sale("sub_merchant_transaction", "100.00", date(2013, 4, 9), disbursed=datetime(2013, 4, 10, tzinfo=UTC)),
        _sale("open_disputed_transaction", "31.00", spring, _dispute("open_dispute", "31.00", date(2016, 3, 1))),
        _sale("wells_disputed_transaction", "20.00", spring, _dispute("wells_dispute", "20.00", spring, "won")),
        _sale("disputedtransaction", "1000.00", spring, _dispute("disputed_dispute", "250.00", spring, "won")),
        _sale(
            "2disputetransaction",
            "1000.00",
            spring,
            _dispute("first_dispute", "250.00", spring, "won"),
            _dispute("second_dispute", "250.00", date(2014, 3, 24), "lost"),
        ),
        _sale(
            "retrievaltransaction",
            "1000.00",
            spring,
            _dispute("retrieval_dispute", "1000.00", date(2015, 5, 5), kind="retrieval", reason="retrieval"),
        ),
        _sale(
            "unsatisfactorytransaction",
            "40.00",
            spring,
            _dispute("unsatisfactory_dispute", "40.00", date(2014, 3, 4), "lost", reason="product_unsatisfactory"),
        ),
        _sale(
            "protectedtransaction",
            "60.00",
            spring,
            _dispute("effortless_dispute", "60.00", date(2021, 6, 1), "won", protection="effortless"),
        ),
        _sale(
            "rdrtransaction",
            "70.00",
            spring,
            _dispute("rdr_dispute", "70.00", date(2022, 7, 1), "auto_accepted", program="visa_rdr"),
        ),
        *payments(_sale),
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
    at = _noon(received)
    won = status == "won"
    return Dispute(
        id=dispute_id,
        status=status,
        kind=kind,
        reason=reason,
        reason_code="83" if reason == "fraud" else "53",
        reason_description=reason.replace("_", " ").capitalize(),
        amount=Decimal(amount),
        amount_won=Decimal(amount if won else "0.00"),
        date_won=received + _WON_AFTER if won else None,
        created_at=at,
        updated_at=at,
        received_date=received,
        reply_by_date=received + _REPLY_WITHIN,
        case_number=f"CASE-{dispute_id}",
        reference_number=f"REF-{dispute_id}",
        status_history=tuple(
            DisputeEvent(status=step, at=at, effective_date=received, disbursement_date=received + timedelta(days=1))
            for step in (("open",) if status == "open" else ("open", status))
        ),
        protection=protection,
        pre_dispute_program=program,
    )


def _sale(
    transaction_id: str, amount: str, day: date, *disputes: Dispute, disbursed: datetime | None = None
) -> Transaction:
    at, value = _noon(day), Decimal(amount)
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
        disbursed_at=disbursed,
        disputes=disputes,
    )


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
