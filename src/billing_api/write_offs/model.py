"""The write-offs' table."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from billing_api.db.base import account_key, table, tenant_key


@dataclass(frozen=True, slots=True)
class WriteOff:
    """An amount of an invoice that the vendor has given up."""

    account_id: UUID
    id: UUID
    number: str
    external_id: str | None
    invoice_id: UUID
    invoice_number: str  # documents never change, so it can stand here too
    currency: str
    amount: int
    written_off_on: date
    reason: str | None
    reversed_on: date | None  # the day from which it is undone
    reversal_reason: str | None  # the vendor's words for why it is undone
    created_at: datetime
    updated_at: datetime


write_offs = table(
    "write_offs",
    WriteOff,
    account_key(),
    tenant_key("invoice_id", "invoices"),
    UniqueConstraint("account_id", "number"),
    CheckConstraint("amount > 0", name="amount"),
    Index(None, "account_id", "invoice_id"),
)
