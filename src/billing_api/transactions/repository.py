"""The SQL of the transaction history: one statement over the books and the documents that they refer to."""

from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from billing_api.db.database import Database
from billing_api.db.exports import Exports
from billing_api.db.paging import Listing, Natural, Search
from billing_api.db.statements import constant
from billing_api.db.streams import RowStream
from billing_api.deposits.model import deposits
from billing_api.invoices.model import invoices
from billing_api.kit.pagination import Rows
from billing_api.ledger.model import ledger_entries
from billing_api.ledger.values import INVOICE_KINDS
from billing_api.payments.model import ALLOCATED_KINDS, payment_allocations, payments
from billing_api.transactions.schemas import TransactionFilters, TransactionQuery, TransactionRead


@dataclass
class HistoryEntry(TransactionRead):
    """An entry as the transaction history shows it, and its place in the history, which is not sent."""

    seq: int


@dataclass
class ExportedEntry(HistoryEntry):
    """An entry with further values of its documents."""

    invoice_number: str | None
    po_number: str | None
    reference: str | None
    allocations: list[dict[str, Any]] | None  # of a payment: `number` and `amount` of each invoice
    contested: int | None  # the part of an invoice's amount due that the customer contests now


_e = ledger_entries.c
_OWN: BindParameter[UUID] = bindparam("account_id")


class _Search(Search):
    """A search in an entry's number and in the texts of its documents, which are read once for the whole search."""

    def condition(self, name: str) -> ColumnElement[bool]:
        """Return the condition with a parameter of this name."""
        pattern: BindParameter[str] = bindparam(name)
        by_po_number = select(invoices.c.id).where(invoices.c.account_id == _OWN, invoices.c.po_number.ilike(pattern))
        by_reference = [
            select(table.c.id).where(table.c.account_id == _OWN, table.c.reference.ilike(pattern))
            for table in (payments, deposits)
        ]
        return or_(
            _e.number.ilike(pattern),
            _e.invoice_id.in_(by_po_number),
            *(_e.document_id.in_(found) for found in by_reference),
        )


_DERIVED: dict[str, ColumnElement[Any]] = {"type": _e.kind, "balance_effect": _e.receivable + _e.customer_credit}
_COLUMNS: list[ColumnElement[Any]] = [
    *(
        _DERIVED[field.name].label(field.name) if field.name in _DERIVED else _e[field.name]
        for field in fields(HistoryEntry)
    ),
]


def _text_of(table: FromClause, column: str, key: ColumnElement[UUID]) -> ColumnElement[str]:
    """Return a text of the document with this id, looked up for each row that is sent and for no other."""
    found = select(table.c[column]).where(table.c.account_id == _e.account_id, table.c.id == key)
    return found.correlate(ledger_entries).scalar_subquery()


def _allocations() -> ColumnElement[Any]:
    """Return the parts that the invoices of a payment got, as a JSON array."""
    part = payment_allocations.c
    pair = func.jsonb_build_object(constant("number"), part.invoice_number, constant("amount"), part.amount)
    found = (
        select(func.jsonb_agg(aggregate_order_by(pair, part.id)))
        .where(part.account_id == _e.account_id, part.payment_id == _e.document_id, part.amount > literal_column("0"))
        .correlate(ledger_entries)
        .scalar_subquery()
    )
    return case((_e.kind.in_([constant(kind) for kind in ALLOCATED_KINDS]), found))


def _contested() -> ColumnElement[Any]:
    """Return the contested part of what is due on an invoice."""
    found = (
        select(func.least(invoices.c.contested, invoices.c.amount_due))
        .where(
            invoices.c.account_id == _e.account_id, invoices.c.id == _e.document_id, invoices.c.contested.is_not(None)
        )
        .correlate(ledger_entries)
        .scalar_subquery()
    )
    return case((_e.kind.in_([constant(kind) for kind in INVOICE_KINDS]), found))


def _listing(row: type[Any], query: type[Any], *more: ColumnElement[Any]) -> Listing[Any]:
    return Listing(
        select(*_COLUMNS, *more).where(_e.account_id == _OWN),
        row,
        query,
        columns={"type": _e.kind, "date": _e.effective_on},
        filters={"q": _Search()},
        sorts=[_e.effective_on, Natural(_e.number), _e.amount],
        unique=_e.seq,
    )


_LIST: Listing[HistoryEntry] = _listing(HistoryEntry, TransactionQuery)
_EXPORT: Listing[ExportedEntry] = _listing(
    ExportedEntry,
    TransactionFilters,
    _text_of(invoices, "number", _e.invoice_id).label("invoice_number"),
    _text_of(invoices, "po_number", _e.invoice_id).label("po_number"),
    func.coalesce(
        _text_of(payments, "reference", _e.document_id), _text_of(deposits, "reference", _e.document_id)
    ).label("reference"),
    _allocations().label("allocations"),
    _contested().label("contested"),
)


class TransactionRepository:
    """The history of one account at a time."""

    def __init__(self, db: Database, exports: Exports) -> None:
        self._db = db
        self._exports = exports

    async def list_page(self, account_id: UUID, query: TransactionQuery) -> Rows[HistoryEntry]:
        """Return one page in one round trip, whatever its depth. Raise BadCursorError."""
        found = await _LIST.fetch(self._db, query, account_id=account_id)
        for entry in found.rows:
            del entry.seq  # the cursor has it: a row is sent as it is
        return found

    async def export(self, account_id: UUID, filters: TransactionFilters) -> RowStream[ExportedEntry]:
        """Begin to read all entries that the filters find. Raise TooManyExportsError, ExportsBusyError."""
        return await _EXPORT.export(self._exports, account_id, filters)
