"""The tables of customers: accounts, the back office's own keys, and the counters."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from billing_api.accounts.schemas import Terms
from billing_api.db.base import Base, account_key


class Account(Base):
    """A customer of the vendor; its id is every tenant row's `account_id`."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'suspended', 'closed')", name="status"),
        CheckConstraint("net_days BETWEEN 0 AND 365", name="net_days"),
        CheckConstraint("discount_basis_points BETWEEN 0 AND 10000", name="discount_basis_points"),
        CheckConstraint("discount_days BETWEEN 0 AND 365", name="discount_days"),
        CheckConstraint("credit_limit >= 0", name="credit_limit"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    status: Mapped[str]
    currency: Mapped[str]
    net_days: Mapped[int]
    discount_basis_points: Mapped[int]
    discount_days: Mapped[int]
    discount_includes_tax: Mapped[bool]
    credit_limit: Mapped[int | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int]

    @property
    def terms(self) -> Terms:
        """When its invoices are due, and what paying early earns."""
        return Terms.model_validate(self, from_attributes=True)


class ExternalReference(Base):
    """Global: the back office's key of an account or a document, unique for each kind across all accounts."""

    __tablename__ = "external_references"
    __table_args__ = (
        ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        Index(None, "account_id"),
    )

    kind: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    object_id: Mapped[UUID]
    digest: Mapped[str | None]  # of what the back office sent: tells a repeat from a change


class Counter(Base):
    """A gapless number of one account, taken under its row's lock: `UPDATE … RETURNING`."""

    __tablename__ = "counters"
    __table_args__ = (account_key(), CheckConstraint("value >= 0", name="value"))

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]
