"""The deposits' table."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from billing_api.db.base import TenantRow, account_key


class Deposit(TenantRow):
    """Money received ahead of any invoice."""

    __tablename__ = "deposits"
    __table_args__ = (
        account_key(),
        UniqueConstraint("account_id", "number"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("0 <= unapplied AND unapplied <= amount", name="unapplied"),
        Index("ix_deposits_unapplied", "account_id", "currency", "received_on", postgresql_where=text("unapplied > 0")),
    )

    number: Mapped[str]
    external_id: Mapped[str | None]
    currency: Mapped[str]
    received_on: Mapped[date]
    reference: Mapped[str | None]
    amount: Mapped[int]
    unapplied: Mapped[int]
    created_at: Mapped[datetime]
    version: Mapped[int]
