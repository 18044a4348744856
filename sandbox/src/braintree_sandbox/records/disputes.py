"""Disputes, which are part of the transaction that they are about, and the documents that may be evidence in one."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from braintree_sandbox.state.records import record, value


@value("dispute_event")
@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeEvent:
    """One step of a dispute's life, and the days on which it moves money."""

    status: str
    at: datetime
    effective_date: date
    disbursement_date: date


@value("dispute_evidence")
@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The merchant's evidence: a text, or the address of a document."""

    id: str
    created_at: datetime
    comment: str | None = None
    url: str | None = None
    category: str | None = None
    sequence_number: int | None = None
    # Bytes of the document.
    size: int = 0
    sent_to_processor_at: datetime | None = None


@value("dispute")
@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A customer's bank wants a payment back, all of it or a part."""

    id: str
    status: str
    kind: str
    reason: str
    reason_code: str
    reason_description: str
    amount: Decimal
    created_at: datetime
    updated_at: datetime
    received_date: date
    reply_by_date: date
    case_number: str
    reference_number: str
    status_history: tuple[DisputeEvent, ...]
    amount_won: Decimal = Decimal("0.00")
    date_won: date | None = None
    evidence: tuple[Evidence, ...] = ()
    original_dispute_id: str | None = None
    pre_dispute_program: str = "none"
    # `effortless` or `standard`, where the sale was protected against chargebacks.
    protection: str | None = None
    # That of the bank, where it is another than the transaction's.
    currency: str | None = None


@record("dispute_place")
@dataclass(frozen=True, slots=True, kw_only=True)
class DisputePlace:
    """The transaction that a dispute is about."""

    dispute_id: str
    transaction_id: str

    @property
    def key(self) -> str:
        """The dispute's id."""
        return self.dispute_id


@record("document")
@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that was uploaded and found good; its content is not kept."""

    id: str
    kind: str
    name: str
    content_type: str
    size: int
    created_at: datetime

    @property
    def key(self) -> str:
        """The id."""
        return self.id
