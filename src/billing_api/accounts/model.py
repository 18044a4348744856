"""The tables of customers: accounts, the back office's own keys, and the counters."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text

from billing_api.accounts.schemas import Terms
from billing_api.db.base import account_key, table

_TERMS = 1024  # that are remembered: a vendor has few


@dataclass(frozen=True, slots=True)
class Account:
    """A customer of the vendor; its id is every tenant row's `account_id`."""

    id: UUID
    name: str
    status: str
    currency: str
    net_days: int
    discount_basis_points: int
    discount_days: int
    discount_includes_tax: bool
    credit_limit: int | None
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def terms(self) -> Terms:
        """The due dates of its invoices, and the discount for paying early."""
        return _terms(self.net_days, self.discount_basis_points, self.discount_days, self.discount_includes_tax)


@lru_cache(_TERMS)
def _terms(net_days: int, discount_basis_points: int, discount_days: int, discount_includes_tax: bool) -> Terms:
    return Terms(
        net_days=net_days,
        discount_basis_points=discount_basis_points,
        discount_days=discount_days,
        discount_includes_tax=discount_includes_tax,
    )


@dataclass(frozen=True, slots=True)
class ExternalReference:
    """Global: the back office's key of an account or a document, unique for each kind across all accounts."""

    kind: str
    external_id: str
    account_id: UUID
    object_id: UUID
    digest: str | None  # of the line that the back office sent: distinguishes a repeat from a change


@dataclass(frozen=True, slots=True)
class Counter:
    """A gapless number of one account, taken under its row's lock: `UPDATE … RETURNING`."""

    account_id: UUID
    name: str
    value: int


accounts = table(
    "accounts",
    Account,
    CheckConstraint("status IN ('active', 'suspended', 'closed')", name="status"),
    CheckConstraint("net_days BETWEEN 0 AND 365", name="net_days"),
    CheckConstraint("discount_basis_points BETWEEN 0 AND 10000", name="discount_basis_points"),
    CheckConstraint("discount_days BETWEEN 0 AND 365", name="discount_days"),
    CheckConstraint("credit_limit >= 0", name="credit_limit"),
    key=("id",),
)
external_references = table(
    "external_references",
    ExternalReference,
    ForeignKeyConstraint(["account_id"], ["accounts.id"]),
    Index(None, "account_id"),
    # One of an account is its own; a large customer has a hundred thousand of documents.
    Index("ix_external_references_of_accounts", "account_id", postgresql_where=text("kind = 'account'")),
    key=("kind", "external_id"),
)
counters = table(
    "counters",
    Counter,
    account_key(),
    CheckConstraint("value >= 0", name="value"),
    key=("account_id", "name"),
)
