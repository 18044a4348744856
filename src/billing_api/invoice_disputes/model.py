"""The table of disputes: what customers say against invoices. A bank's chargeback is another thing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text

from billing_api.db.base import table, tenant_key, user_key
from billing_api.invoice_disputes.fields import DisputeReason, DisputeSettlement, DisputeStatus

_OPEN = text("status = 'open'")


@dataclass(frozen=True, slots=True)
class InvoiceDispute:
    """An objection to an invoice, or to a part of it; an invoice has at most one that is open."""

    account_id: UUID
    id: UUID
    invoice_id: UUID
    user_id: UUID  # who contested it
    status: DisputeStatus
    reason: DisputeReason
    text: str
    currency: str
    amount: int
    answer: str | None  # of the back office
    settlement: DisputeSettlement | None
    closed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class OpenDispute:
    """A dispute as the back office looks through all that are open."""

    account_id: UUID
    id: UUID
    account_name: str
    invoice_number: str
    reason: DisputeReason
    text: str
    currency: str
    amount: int
    created_at: datetime


invoice_disputes = table(
    "invoice_disputes",
    InvoiceDispute,
    tenant_key("invoice_id", "invoices"),
    user_key(stored_as="person_id"),
    CheckConstraint("status IN ('open', 'withdrawn', 'accepted', 'rejected', 'settled')", name="status"),
    CheckConstraint("settlement IN ('invoice_paid', 'invoice_voided')", name="settlement"),
    CheckConstraint("(status = 'settled') = (settlement IS NOT NULL)", name="settled"),
    CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="closed"),
    CheckConstraint("amount > 0", name="amount"),
    Index(None, "account_id", "invoice_id", "id"),
    Index("uq_invoice_disputes_open", "account_id", "invoice_id", unique=True, postgresql_where=_OPEN),
    # Of all accounts: those that wait for an answer, the oldest first.
    Index("ix_invoice_disputes_open", "id", postgresql_where=_OPEN),
)
