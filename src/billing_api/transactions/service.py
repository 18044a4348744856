"""The transaction history: the books, as the customer reads them."""

from uuid import UUID

from billing_api.kit.pagination import Page
from billing_api.ledger.schemas import TransactionQuery
from billing_api.ledger.service import Ledger
from billing_api.ledger.values import EntryKind, HistoryEntry
from billing_api.transactions.schemas import TransactionRead


class Transactions:
    """The history of one account."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def list(self, account_id: UUID, query: TransactionQuery) -> Page[TransactionRead]:
        """Return one page in one round trip, whatever its depth. Raise BadCursorError."""
        return Page[TransactionRead].of(await self._ledger.list_page(account_id, query), _read)


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
