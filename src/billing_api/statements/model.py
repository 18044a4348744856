"""The statements' tables: a statement, its figures by currency, its lines, and whom it is addressed to."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from billing_api.db.base import account_key, table, tenant_key
from billing_api.statements.fields import LineSection, StatementType


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """One statement. It never changes, as its figures and lines don't."""

    account_id: UUID
    id: UUID
    number: str
    kind: StatementType
    date_from: date | None  # None: from the account's beginning, and for open items
    date_to: date
    locale: str
    summary: bool
    as_of_seq: int  # of the last ledger entry that was posted when it was made
    previous_id: UUID | None  # of the statement that it continues
    previous_number: str | None
    line_count: int
    scheduled_on: date | None  # the mailing day of its schedule; None for one that a user has made
    letterhead_digest: str | None  # of the vendor's letterhead at its making; None: made before it was stored
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StatementBalance:
    """The figures of a statement in one currency, in minor units; the first four are null for open items."""

    account_id: UUID
    statement_id: UUID
    currency: str
    opening_balance: int | None
    adjustments: int | None
    charges: int | None
    credits: int | None
    closing_balance: int
    contested: int | None  # None: made before contested amounts were stored
    pending: int | None  # the part of `due` that payments under way settle; None: made before it was stored
    paid_since: int | None  # of the closing balance: between `date_to` and its making; None: made before it was stored
    left_to_pay: int | None  # of the closing balance, less this and payments under way; None: likewise
    place: int | None  # from 1, the account's own currency first; None: made before it was stored, by code
    unapplied_credits: int
    unapplied_deposits: int
    current: int
    days_1_30: int
    days_31_60: int
    days_61_90: int
    days_over_90: int

    @property
    def left(self) -> int:
        """The amount that the statement asks for, also of one that was made before it was stored."""
        if self.left_to_pay is not None:
            return self.left_to_pay
        return max(0, self.closing_balance - (self.pending or 0))

    @property
    def overdue(self) -> int:
        """The part of `due` whose day had passed."""
        return self.days_1_30 + self.days_31_60 + self.days_61_90 + self.days_over_90

    @property
    def due(self) -> int:
        """The amount that was open on invoices."""
        return self.current + self.overdue


# Not frozen, as all rows of long lists: each field of a frozen one is set by a call.
@dataclass(slots=True)
class StatementLine:
    """One line: a ledger entry, an open item, or in a summary all of one type.

    `balance` is the balance after it, by which a statement proves itself.
    """

    account_id: UUID
    statement_id: UUID
    position: int
    currency: str
    section: LineSection
    kind: str
    number: str | None
    document_id: UUID | None
    invoice_id: UUID | None
    invoice_number: str | None
    po_number: str | None
    effective_on: date | None
    due_on: date | None
    count: int
    amount: int
    balance_effect: int
    balance: int
    contested: int | None  # of an open invoice
    pending: int | None  # of an open invoice: the part that payments under way settle
    reference: str | None  # of a payment or deposit
    allocations: list[dict[str, Any]] | None  # of a payment: `invoice_id`, `invoice_number` and `amount` of each


@dataclass(frozen=True, slots=True)
class StatementAddressee:
    """The customer's name and billing address on the day of the statement: all of its personal data.

    It stands apart so that it can be erased, while the figures stay.
    """

    account_id: UUID
    statement_id: UUID
    company_name: str
    label: str  # lines from the name on, in the order of its country
    country: str | None
    account_number: str | None  # the back office's key


@dataclass(frozen=True, slots=True)
class StoredLetterhead:
    """Global: a letterhead of the vendor, once for all statements that were made with it. It never changes."""

    digest: str  # SHA-256 of the content, in hexadecimal
    content: dict[str, Any]
    created_at: datetime


statements = table(
    "statements",
    AccountStatement,
    account_key(),
    UniqueConstraint("account_id", "number"),
    CheckConstraint("kind IN ('activity', 'open_items')", name="kind"),
    CheckConstraint("date_from <= date_to", name="period"),
    CheckConstraint("kind = 'activity' OR (date_from IS NULL AND previous_id IS NULL)", name="open_items"),
    tenant_key("previous_id", "statements"),
    Index(None, "account_id", "date_to", "id"),
    Index(
        "uq_statements_scheduled_on",
        "account_id",
        "scheduled_on",
        unique=True,
        postgresql_where=text("scheduled_on IS NOT NULL"),
    ),
)
statement_balances = table(
    "statement_balances",
    StatementBalance,
    tenant_key("statement_id", "statements"),
    CheckConstraint("opening_balance + adjustments + charges + credits = closing_balance", name="proof"),
    CheckConstraint(
        "current + days_1_30 + days_31_60 + days_61_90 + days_over_90 - unapplied_credits - unapplied_deposits"
        " = closing_balance",
        name="ageing",
    ),
    key=("account_id", "statement_id", "currency"),
)
statement_lines = table(
    "statement_lines",
    StatementLine,
    tenant_key("statement_id", "statements"),
    Column("allocations", JSONB, nullable=True),
    CheckConstraint("section IN ('adjustment', 'movement', 'open_item')", name="section"),
    key=("account_id", "statement_id", "position"),
)
statement_addressees = table(
    "statement_addressees",
    StatementAddressee,
    tenant_key("statement_id", "statements"),
    key=("account_id", "statement_id"),
)
statement_letterheads = table("statement_letterheads", StoredLetterhead, key=("digest",))
