"""Transactions that are there from the start, read from `data/known_transactions.toml`.

They are found by id and through their disputes, and are in no ledger. One that is acted upon is stored as it then is.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from braintree_sandbox import data
from braintree_sandbox.processor.responses import APPROVED, response
from braintree_sandbox.records.banks import BankFacts
from braintree_sandbox.records.disputes import Dispute, DisputeEvent
from braintree_sandbox.records.transactions import Adjustment, Instrument, StatusEvent, Transaction
from braintree_sandbox.resources.bank_verifications import account_fields
from braintree_sandbox.vault.kinds import kind_of_facts
from braintree_sandbox.vault.known_nonces import facts_of
from braintree_sandbox.wire.values import Fields

_MERCHANT = "integration_merchant_id"
_VISA = "4111111111111111"
_REPLY_WITHIN = timedelta(days=20)
_WON_AFTER = timedelta(days=6)
_PAYPAL_HERE_IDS = ("authorization_id", "capture_id", "refund_id")


def all_of(merchant_id: str) -> tuple[Transaction, ...]:
    """Return the transactions that this merchant has from the start, and that happened long ago."""
    return _old() if merchant_id == _MERCHANT else ()


def on(merchant_id: str, today: date) -> tuple[Transaction, ...]:
    """Return the same, and those that always happened in the last days."""
    return (*_old(), *_recent(today)) if merchant_id == _MERCHANT else ()


def find(merchant_id: str, transaction_id: str, today: date) -> Transaction | None:
    """Return the known transaction of that id."""
    return next((one for one in on(merchant_id, today) if one.id == transaction_id), None)


def of_dispute(merchant_id: str, dispute_id: str) -> Transaction | None:
    """Return the transaction that this known dispute is part of."""
    known = all_of(merchant_id)
    return next((one for one in known if any(dispute.id == dispute_id for dispute in one.disputes)), None)


@cache
def _data() -> dict[str, Any]:
    return data.toml("known_transactions")


@cache
def _old() -> tuple[Transaction, ...]:
    known = _data()["transactions"].items()
    return tuple(_transaction(key, facts) for key, facts in known if "days_ago" not in facts)


@lru_cache(maxsize=2)
def _recent(today: date) -> tuple[Transaction, ...]:
    return tuple(
        _changed_today(_transaction(key, {"day": today - timedelta(days=facts["days_ago"]), **facts}), facts, today)
        for key, facts in _data()["transactions"].items()
        if "days_ago" in facts
    )


def _changed_today(made: Transaction, facts: dict[str, Any], today: date) -> Transaction:
    """Return the transaction after the events of last midnight, or with those that follow tomorrow."""
    midnight = datetime.combine(today, time(), UTC)
    if facts["today"] == "returned":
        return replace(made, updated_at=midnight, ach_returned_at=midnight)
    if facts["today"] == "expired":
        expired = StatusEvent(status="authorization_expired", amount=made.amount, at=midnight)
        return replace(
            made,
            status=expired.status,
            updated_at=midnight,
            authorization_expires_at=midnight,
            status_history=(made.status_history[0], expired),
        )
    retry = {"upcoming_retry_date": (today + timedelta(days=1)).isoformat()}
    return replace(made, details={**made.details, **retry})


def _transaction(transaction_id: str, facts: dict[str, Any]) -> Transaction:
    facts = _data()["defaults"] | facts
    at, amount, status = _noon(facts["day"]), Decimal(facts["amount"]), facts.get("status", "settled")
    of_bank = facts.get("instrument") == "us_bank_account"
    return Transaction(
        id=transaction_id,
        type=facts.get("type", "sale"),
        status=status,
        amount=amount,
        authorized_amount=amount,
        currency="USD",
        merchant_account_id="us_bank_merchant_account" if of_bank else "sandbox_credit_card",
        instrument=_instrument(facts),
        created_at=at,
        updated_at=at,
        status_history=tuple(
            StatusEvent(status=step, amount=amount, at=at)
            for step in ("authorized", "submitted_for_settlement", status)
        ),
        details=facts.get("details", {}),
        acquirer_reference_number=facts.get("acquirer_reference_number"),
        adjustments=(_adjustment(facts["adjustment"], at),) if "adjustment" in facts else (),
        disbursed_at=facts.get("disbursed_at"),
        ach_return_code=facts.get("ach_return_code"),
        ach_returned_at=at if "ach_return_code" in facts else None,
        disputes=tuple(_dispute(**dispute) for dispute in facts.get("disputes", ())),
    )


def _instrument(facts: dict[str, Any]) -> Instrument:
    """Return how it was paid: by a test nonce, one of the file's instruments, a bank account, or else a Visa."""
    name = facts.get("instrument")
    if "nonce" in facts:
        details = facts_of(facts["nonce"])
        paid = kind_of_facts(details).instrument(details, None)
    elif name == "us_bank_account":
        account = BankFacts(**_data()["bank_account"])
        paid = Instrument(
            kind=name,
            element=name,
            fields=account_fields(account, None),
            identifier=account.identifier,
            number=account.account_number,
        )
    elif name is not None:
        known = _data()["instruments"][name]
        absent: Fields = dict.fromkeys(_PAYPAL_HERE_IDS if name == "paypal_here" else ("token",))
        paid = Instrument(**known | {"fields": absent | known["fields"]}, number="")
    else:
        paid = Instrument(kind="credit_card", element="credit_card", fields=_visa(), identifier="", number=_VISA)
    return replace(
        paid, fields={**paid.fields, **facts.get("fields", {})}, three_d_secure_info=facts.get("three_d_secure_info")
    )


def _visa() -> Fields:
    return {
        "token": None, "bin": _VISA[:6], "last_4": _VISA[-4:], "card_type": "Visa", "expiration_month": "12",
        "expiration_year": "2030", "cardholder_name": None, "expired": False, "customer_location": "US",
    }  # fmt: skip


def _adjustment(facts: dict[str, Any], at: datetime) -> Adjustment:
    said = response(facts["response"])
    return Adjustment(
        amount=Decimal(facts["amount"]),
        at=at,
        success=said.type == APPROVED,
        processor_response_code=said.code,
        processor_response_text=said.text,
        processor_response_type=said.type,
    )


def _dispute(
    *,
    id: str,  # noqa: A002 - the name in the file
    amount: str,
    received: date,
    status: str = "open",
    kind: str = "chargeback",
    reason: str = "fraud",
    protection: str | None = None,
    program: str = "none",
) -> Dispute:
    at = _noon(received)
    won = status == "won"
    return Dispute(
        id=id,
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
        case_number=f"CASE-{id}",
        reference_number=f"REF-{id}",
        status_history=tuple(
            DisputeEvent(status=step, at=at, effective_date=received, disbursement_date=received + timedelta(days=1))
            for step in (("open",) if status == "open" else ("open", status))
        ),
        protection=protection,
        pre_dispute_program=program,
    )


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
