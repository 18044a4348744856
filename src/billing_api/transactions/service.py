"""The transaction history: the books, as the customer reads them."""

from datetime import date
from uuid import UUID

from billing_api.kit.pagination import Page
from billing_api.kit.search import contains
from billing_api.ledger.postings import EntryKind
from billing_api.ledger.service import Ledger
from billing_api.ledger.values import HistoryEntry
from billing_api.transactions.schemas import TransactionQuery, TransactionRead

# Of each sort: the type of its value in a cursor, and the entry's field.
_SORTS: dict[str, tuple[type, str]] = {
    "date": (date, "effective_on"),
    "number": (str, "number"),
    "amount": (int, "amount"),
}


class Transactions:
    """The history of one account."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def list(self, account_id: UUID, query: TransactionQuery) -> Page[TransactionRead]:
        """Return one page in one round trip, whatever its depth. Raise BadCursorError."""
        kind, field = _SORTS[query.sort.removeprefix("-")]
        rows = await self._ledger.history(
            account_id,
            filters={
                "kinds": query.type,
                "date_from": query.date_from,
                "date_to": query.date_to,
                "amount_min": query.amount_min,
                "amount_max": query.amount_max,
                "currency": query.currency,
                "q": None if query.q is None else contains(query.q),
            },
            sort=query.sort,
            after=query.position(kind, int),
            limit=query.limit + 1,
        )
        return Page[TransactionRead].of(query, rows, _read, lambda row: (getattr(row, field), row.seq))


def _read(row: HistoryEntry) -> TransactionRead:
    return TransactionRead(
        id=row.id,
        type=EntryKind(row.kind),
        number=row.number,
        document_id=row.document_id,
        invoice_id=row.invoice_id,
        effective_on=row.effective_on,
        posted_at=row.posted_at,
        currency=row.currency,
        amount=row.amount,
        balance_effect=row.balance_effect,
    )
