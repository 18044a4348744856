"""The books' tables: entries, the balance of each currency, and monthly totals."""

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
from sqlalchemy.orm import Mapped, mapped_column

from billing_api.db.base import Base, TenantRow, account_key
from billing_api.db.natural_order import NATURAL_NUMBER

LEDGER_ACCOUNTS = ("receivable", "customer_credit", "revenue", "tax", "cash_clearing", "discounts", "write_offs")


class LedgerEntry(TenantRow):
    """One document's journal, all seven ledger accounts in one row, so that the database itself refuses a journal
    that does not sum to zero (docs/decisions/0003). Debits are positive. Append-only by a trigger.

    It holds ids and document numbers, never personal data.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        account_key(),
        UniqueConstraint("account_id", "seq"),
        CheckConstraint(" + ".join(LEDGER_ACCOUNTS) + " = 0", name="sums_to_zero"),
        CheckConstraint("amount >= 0", name="amount"),
        Index(None, "account_id", "effective_on", "seq"),
        Index("ix_ledger_entries_natural_number", "account_id", text(NATURAL_NUMBER), "seq"),
        Index(None, "account_id", "amount", "seq"),
        Index(None, "account_id", "kind", "effective_on", "seq"),
        Index(None, "account_id", "document_id"),
    )

    seq: Mapped[int]  # gapless in an account: the posting order
    kind: Mapped[str]
    currency: Mapped[str]
    effective_on: Mapped[date]
    posted_at: Mapped[datetime]
    document_id: Mapped[UUID]  # of the document that was posted: an invoice, a payment, an application …
    number: Mapped[str]  # that document's number, as people know it
    amount: Mapped[int]  # the document's own amount, also where the balance does not move
    invoice_id: Mapped[UUID | None]  # the invoice an application, discount or write-off belongs to
    receivable: Mapped[int]
    customer_credit: Mapped[int]
    revenue: Mapped[int]
    tax: Mapped[int]
    cash_clearing: Mapped[int]
    discounts: Mapped[int]
    write_offs: Mapped[int]


class LedgerBalance(Base):
    """What an account owes in a currency: maintained with every entry, so that reading it is one row."""

    __tablename__ = "ledger_balances"
    __table_args__ = (
        account_key(),
        CheckConstraint("customer_credit <= 0", name="customer_credit"),
        CheckConstraint("pending >= 0", name="pending"),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    receivable: Mapped[int]
    customer_credit: Mapped[int]
    pending: Mapped[int]  # reserved by payments that are not final yet


class LedgerMonth(Base):
    """A month's movements by effective date: an opening balance costs the months plus one month's entries."""

    __tablename__ = "ledger_months"
    __table_args__ = (account_key(),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)  # its first day
    receivable: Mapped[int]
    customer_credit: Mapped[int]


def totals_through() -> Subquery:
    """The sums at the end of a day, by account and currency: whole months, and the entries of the day's own month.

    Binds `account_id`, `through` and `month`, the first day of the month of `through`.
    """
    names = ("account_id", "currency", "receivable", "customer_credit")
    months, entries = LedgerMonth.__table__.c, LedgerEntry.__table__.c
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
