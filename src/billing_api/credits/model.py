"""The credit memos' tables."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from billing_api.db.base import TenantRow, account_key, tenant_key


class CreditMemo(TenantRow):
    """A credit the vendor granted; what is not applied to invoices yet lowers the balance all the same."""

    __tablename__ = "credit_memos"
    __table_args__ = (
        account_key(),
        UniqueConstraint("account_id", "number"),
        CheckConstraint("total = net + tax AND total > 0 AND net >= 0", name="total"),
        CheckConstraint("0 <= unapplied AND unapplied <= total", name="unapplied"),
        Index(
            "ix_credit_memos_unapplied", "account_id", "currency", "issued_on", postgresql_where=text("unapplied > 0")
        ),
    )

    number: Mapped[str]
    external_id: Mapped[str | None]
    currency: Mapped[str]
    issued_on: Mapped[date]
    reason: Mapped[str | None]
    net: Mapped[int]
    tax: Mapped[int]
    total: Mapped[int]
    unapplied: Mapped[int]
    created_at: Mapped[datetime]
    version: Mapped[int]


class CreditMemoTax(TenantRow):
    """One tax that a credit memo gives back."""

    __tablename__ = "credit_memo_taxes"
    __table_args__ = (
        tenant_key("credit_memo_id", "credit_memos"),
        UniqueConstraint("account_id", "credit_memo_id", "position"),
    )

    credit_memo_id: Mapped[UUID]
    position: Mapped[int]
    name: Mapped[str]
    rate: Mapped[object | None] = mapped_column(Numeric(9, 6))  # percent
    amount: Mapped[int]
