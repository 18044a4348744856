"""The deposits' table."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text

from billing_api.db.base import account_key, added_amount, table


@dataclass(frozen=True, slots=True)
class Deposit:
    """Money received ahead of any invoice."""

    account_id: UUID
    id: UUID
    number: str
    external_id: str | None
    currency: str
    received_on: date
    reference: str | None
    amount: int
    unapplied: int
    reserved: int  # of what is unapplied: by payments under way
    created_at: datetime
    version: int

    @property
    def available(self) -> int:
        """The amount that is neither applied nor reserved by a payment under way."""
        return self.unapplied - self.reserved


deposits = table(
    "deposits",
    Deposit,
    added_amount("reserved"),
    account_key(),
    UniqueConstraint("account_id", "number"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("0 <= unapplied AND unapplied <= amount", name="unapplied"),
    CheckConstraint("0 <= reserved AND reserved <= unapplied", name="reserved"),
    Index("ix_deposits_unapplied", "account_id", "currency", "received_on", postgresql_where=text("unapplied > 0")),
)
