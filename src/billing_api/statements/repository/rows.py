"""The rows that a statement is made of: selected, numbered and stored by the database.

They come from the tables of the books and of invoices, which is why this feature reads its neighbours'.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Select,
    Subquery,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
)

from billing_api.db.base import rows_of
from billing_api.db.statements import Command, Statement, constant
from billing_api.invoices.model import invoice_applications, invoices, open_on
from billing_api.ledger.model import ledger_entries
from billing_api.ledger.values import INVOICE_KINDS
from billing_api.statements.fields import LineSection
from billing_api.statements.model import statement_lines
from billing_api.statements.repository.matching import allocations_of, reference_of


@dataclass(frozen=True, slots=True)
class Period:
    """The days of a statement of activity; amounts that were posted after `since_seq` are shown as adjustments.

    `adjusted_through` and `since_seq` are None where no statement comes before.
    """

    date_from: date
    date_to: date
    adjusted_through: date | None
    since_seq: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The sums of all rows of one section and type in a currency."""

    section: LineSection
    currency: str
    kind: str
    count: int
    amount: int
    balance_effect: int
    charges: int
    credits: int


@dataclass(frozen=True, slots=True)
class OpenParts:
    """The parts of open invoices in a currency that the customer contests, and that payments under way settle."""

    currency: str
    contested: int
    pending: int


_e, _i, _applied = ledger_entries.c, invoices.c, invoice_applications.c
_OWN = bindparam("account_id", type_=Uuid())
_STATEMENT = bindparam("statement_id", type_=Uuid())
_NOTHING = literal_column("0", BigInteger())
_NO_DAY, _NO_AMOUNT = cast(null(), Date()), cast(null(), BigInteger())


def _contested(contested: ColumnElement[int | None], amount_open: ColumnElement[int]) -> ColumnElement[int]:
    """Return the contested part of what is open."""
    return case((contested.is_(None), _NOTHING), else_=func.least(contested, amount_open))


def _list_open_parts() -> Statement[OpenParts]:
    """Return the contested amounts of open invoices, and those under way, by currency."""
    invoice = open_on().c
    contested = func.sum(_contested(invoice.contested, invoice.amount_open)).cast(BigInteger())
    pending = func.sum(func.least(invoice.amount_pending, invoice.amount_open)).cast(BigInteger())
    return Statement(
        select(invoice.currency, contested.label("contested"), pending.label("pending"))
        .where(or_(invoice.contested.is_not(None), invoice.amount_pending != _NOTHING))
        .group_by(invoice.currency),
        OpenParts,
    )


def _activity() -> Subquery:
    """Return the entries of a period, and those that adjust earlier ones, with the columns of lines."""
    is_bill = _e.kind.in_([constant(kind) for kind in INVOICE_KINDS])

    def _entries(section: str, *where: ColumnElement[bool]) -> Select[tuple[object, ...]]:
        return (
            select(
                constant(section).label("section"),
                *(_e[name] for name in ("currency", "kind", "number", "document_id", "invoice_id")),
                _i.number.label("invoice_number"),
                _i.po_number,
                _e.effective_on,
                case((is_bill, _i.due_on), else_=_NO_DAY).label("due_on"),
                _e.amount,
                (_e.receivable + _e.customer_credit).label("balance_effect"),
                _NO_AMOUNT.label("contested"),
                _NO_AMOUNT.label("pending"),
                _e.effective_on.label("by_day"),
                _e.seq.label("by_place"),
            )
            .select_from(
                ledger_entries.outerjoin(invoices, and_(_i.account_id == _e.account_id, _i.id == _e.invoice_id))
            )
            .where(_e.account_id == _OWN, *where)
        )

    # Entries are looked for by `seq`, of which few are new, and not by their days, of which most are earlier:
    # an expression keeps the planner from the index by day.
    day = _e.effective_on + literal_column("0", Integer())
    adjusted = [_e.seq > bindparam("since_seq", type_=BigInteger()), day <= bindparam("adjusted_through", type_=Date())]
    in_period = _e.effective_on.between(bindparam("date_from", type_=Date()), bindparam("date_to", type_=Date()))
    return union_all(_entries("adjustment", *adjusted), _entries("movement", in_period)).subquery("activity")


def _open_items() -> Subquery:
    """Return the open invoices of a day, and every credit and deposit that was not applied then as a negative row.

    Money that was received for an invoice of a later day is open, too, until that day.
    """
    day = bindparam("on", type_=Date())
    open_invoices = open_on().c
    bills = select(
        constant("open_item").label("section"),
        open_invoices.currency,
        open_invoices.kind,
        open_invoices.number,
        open_invoices.id.label("document_id"),
        open_invoices.id.label("invoice_id"),
        open_invoices.number.label("invoice_number"),
        open_invoices.po_number,
        open_invoices.issued_on.label("effective_on"),
        open_invoices.due_on,
        open_invoices.total.label("amount"),
        open_invoices.amount_open.label("balance_effect"),
        _contested(open_invoices.contested, open_invoices.amount_open).label("contested"),
        func.least(open_invoices.amount_pending, open_invoices.amount_open).label("pending"),
        open_invoices.due_on.label("by_day"),
        _NOTHING.label("by_place"),
    ).where(open_invoices.amount_open != _NOTHING)
    kept = select(_e.document_id, _e.customer_credit.label("amount")).where(
        _e.account_id == _OWN, _e.customer_credit != _NOTHING, _e.effective_on <= day
    )
    # OFFSET keeps the planner from joining all that was ever applied to the few invoices of later days.
    early = (
        select(_applied.source_id, (-_applied.amount).label("amount"))
        .where(_applied.account_id == _i.account_id, _applied.invoice_id == _i.id, _applied.effective_on <= day)
        .offset(_NOTHING)
        .lateral("early")
    )
    ahead = (
        select(early.c.source_id, early.c.amount)
        .select_from(invoices.join(early, true()))
        .where(_i.account_id == _OWN, _i.issued_on > day)
    )
    parts = union_all(kept, ahead).subquery("parts")
    left = func.sum(parts.c.amount).cast(BigInteger())
    sources = (
        select(parts.c.document_id, left.label("amount"))
        .group_by(parts.c.document_id)
        .having(left != _NOTHING)
        .subquery("sources")
    )
    document = (
        select(_e.currency, _e.kind, _e.number, _e.effective_on, _e.amount, _e.seq)
        .where(_e.account_id == _OWN, _e.document_id == sources.c.document_id)
        .order_by(_e.seq)
        .limit(literal_column("1", BigInteger()))
        .lateral("document")
    )
    unapplied = select(
        constant("open_item"),
        document.c.currency,
        document.c.kind,
        document.c.number,
        sources.c.document_id,
        cast(null(), Uuid()),
        cast(null(), Text()),
        cast(null(), Text()),
        document.c.effective_on,
        _NO_DAY,
        document.c.amount,
        sources.c.amount,
        _NO_AMOUNT,
        _NO_AMOUNT,
        document.c.effective_on,
        document.c.seq,
    ).select_from(sources.join(document, true()))
    return union_all(bills, unapplied).subquery("open_items")


def _figures(rows: Subquery) -> Statement[Figures]:
    """Return the sums by currency, section and type."""
    effect = rows.c.balance_effect

    def total(amount: ColumnElement[int]) -> ColumnElement[int]:
        return func.coalesce(func.sum(amount), _NOTHING).cast(BigInteger())

    return Statement(
        select(
            rows.c.section,
            rows.c.currency,
            rows.c.kind,
            func.count().label("count"),
            total(rows.c.amount).label("amount"),
            total(effect).label("balance_effect"),
            total(func.greatest(effect, _NOTHING)).label("charges"),
            total(func.least(effect, _NOTHING)).label("credits"),
        )
        .group_by(rows.c.section, rows.c.currency, rows.c.kind)
        .order_by(rows.c.currency, rows.c.section, rows.c.kind),
        Figures,
    )


def _add_lines(rows: Subquery) -> Command:
    """Store rows as numbered lines with their running balances, in the order of the currencies' `places`.

    `openings` are the balances that the currencies in `codes` begin with.
    """
    opened = rows_of("opened", code=Text(), opening=BigInteger(), place=BigInteger())
    # Lines of open items stand in the order of invoices before credits, since these have no `due_on`.
    within = (rows.c.section, rows.c.due_on.is_(None) & (rows.c.section == constant("open_item")), rows.c.by_day)
    order = (*within, rows.c.by_place, rows.c.number)
    running = func.sum(rows.c.balance_effect).over(partition_by=rows.c.currency, order_by=order, rows=(None, 0))
    values = {
        "account_id": _OWN,
        "statement_id": _STATEMENT,
        "position": func.row_number().over(order_by=(opened.c.place, *order)),
        **{name: rows.c[name] for name in _FROM_ROWS},
        "count": literal_column("1", BigInteger()),
        "reference": reference_of(rows),
        "allocations": allocations_of(rows),
        "balance": (opened.c.opening + running).cast(BigInteger()),
    }
    return Command(
        insert(statement_lines).from_select(
            list(values), select(*values.values()).select_from(rows.join(opened, opened.c.code == rows.c.currency))
        )
    )


_FROM_ROWS = (
    "currency",
    "section",
    "kind",
    "number",
    "document_id",
    "invoice_id",
    "invoice_number",
    "po_number",
    "effective_on",
    "due_on",
    "amount",
    "balance_effect",
    "contested",
    "pending",
)
_activity_rows, _open_rows = _activity(), _open_items()
OPEN_PARTS = _list_open_parts()
ACTIVITY, ADD_ACTIVITY = _figures(_activity_rows), _add_lines(_activity_rows)
OPEN_ITEMS, ADD_OPEN_ITEMS = _figures(_open_rows), _add_lines(_open_rows)
