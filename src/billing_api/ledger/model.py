"""The books' tables: entries, the balance of each currency, and monthly totals."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    Index,
    Subquery,
    UniqueConstraint,
    Uuid,
    bindparam,
    func,
    select,
    text,
    union_all,
)

from billing_api.db.base import account_key, table
from billing_api.db.natural_order import NATURAL_NUMBER

LEDGER_ACCOUNTS = ("receivable", "customer_credit", "revenue", "tax", "cash_clearing", "discounts", "write_offs")


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One document's journal, with all seven ledger accounts in one row. Debits are positive. Append-only by a trigger.

    So the database itself refuses a journal that does not sum to zero (docs/decisions/0003). An entry has ids and
    document numbers, never personal data.
    """

    account_id: UUID
    id: UUID
    seq: int  # without a gap in an account: the order of posting
    kind: str
    currency: str
    effective_on: date
    posted_at: datetime
    document_id: UUID  # of the document that was posted: an invoice, a payment, an application …
    number: str  # of that document
    amount: int  # of the document, also where the balance does not move
    invoice_id: UUID | None  # of the invoice that an application, discount or write-off belongs to
    receivable: int
    customer_credit: int
    revenue: int
    tax: int
    cash_clearing: int
    discounts: int
    write_offs: int


@dataclass(frozen=True, slots=True)
class LedgerBalance:
    """The balance of an account in a currency: maintained with every entry, so that reading it is one row."""

    account_id: UUID
    currency: str
    receivable: int
    customer_credit: int
    pending: int  # reserved by payments that are not final yet


@dataclass(frozen=True, slots=True)
class LedgerMonth:
    """A month's movements by effective date: an opening balance costs the months plus one month's entries."""

    account_id: UUID
    currency: str
    month: date  # its first day
    receivable: int
    customer_credit: int


ledger_entries = table(
    "ledger_entries",
    LedgerEntry,
    account_key(),
    UniqueConstraint("account_id", "seq"),
    CheckConstraint(" + ".join(LEDGER_ACCOUNTS) + " = 0", name="sums_to_zero"),
    CheckConstraint("amount >= 0", name="amount"),
    Index(None, "account_id", "effective_on", "seq"),
    Index("ix_ledger_entries_natural_number", "account_id", text(NATURAL_NUMBER), "seq"),
    Index(None, "account_id", "amount", "seq"),
    Index(None, "account_id", "kind", "effective_on", "seq"),
    Index(None, "account_id", "document_id"),
    # Credits and deposits, of which open items need every one.
    Index(
        "ix_ledger_entries_customer_credit", "account_id", "effective_on", postgresql_where=text("customer_credit <> 0")
    ),
)
ledger_balances = table(
    "ledger_balances",
    LedgerBalance,
    account_key(),
    CheckConstraint("customer_credit <= 0", name="customer_credit"),
    CheckConstraint("pending >= 0", name="pending"),
    key=("account_id", "currency"),
)
ledger_months = table(
    "ledger_months",
    LedgerMonth,
    account_key(),
    key=("account_id", "currency", "month"),
)


def totals_through() -> Subquery:
    """Return the sums at the end of a day, by account and currency: whole months, and entries of the day's own month.

    Its parameters are `account_id`, `through` and `month`, the first day of the month of `through`.
    """
    names = ("account_id", "currency", "receivable", "customer_credit")
    months, entries = ledger_months.c, ledger_entries.c
    own = bindparam("account_id", type_=Uuid)
    month, through = bindparam("month", type_=Date), bindparam("through", type_=Date)
    parts = union_all(
        select(*(months[name] for name in names)).where(months.account_id == own, months.month < month),
        select(*(entries[name] for name in names)).where(
            entries.account_id == own, entries.effective_on >= month, entries.effective_on <= through
        ),
    ).subquery()
    return (
        select(
            parts.c.account_id,
            parts.c.currency,
            func.sum(parts.c.receivable).cast(BigInteger).label("receivable"),
            func.sum(parts.c.customer_credit).cast(BigInteger).label("customer_credit"),
        )
        .group_by(parts.c.account_id, parts.c.currency)
        .subquery()
    )
