"""Credit memos and deposits under their locks: used for invoices, given back, and moved with payments."""

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.db.unapplied import Move, UnappliedRepository
from billing_api.invoices.applying import Shortfall
from billing_api.invoices.sources import Source, SourceKind, SourceUse
from billing_api.invoices.using import UseSources
from billing_api.ledger.postings import Document


class SourceRow(Protocol):
    """The row of a credit memo or deposit; amounts in minor units."""

    @property
    def id(self) -> UUID: ...
    @property
    def unapplied(self) -> int: ...
    @property
    def reserved(self) -> int: ...
    @property
    def available(self) -> int: ...


RowT = TypeVar("RowT", bound=SourceRow)


class SourceDocuments(Generic[RowT]):
    """The documents of one kind that pay invoices, of one account at a time."""

    def __init__(
        self,
        rows: UnappliedRepository[RowT],
        using: UseSources,
        kind: SourceKind,
        document_of: Callable[[RowT], Document],
    ) -> None:
        self._rows = rows
        self._using = using
        self._source = kind
        self._document_of = document_of

    async def apply(
        self, account: LockedAccount, uses: Mapping[UUID, Sequence[SourceUse]]
    ) -> Mapping[UUID, Sequence[Shortfall]]:
        """Use parts of documents, by their ids, for invoices, each as far as its invoice has room.

        Return the parts that got less, by the same ids.
        Raise the kind's `not_found`, `exceeded`, InvoiceNotFoundError, OtherCurrencyError, DateInFutureError,
        BooksClosedError.
        """
        locked = {row.id: row for row in await self._rows.lock(account.id, uses)}
        sources = {row.id: Source(self._document_of(row), row.available) for row in locked.values()}
        used = await self._using.use(account, self._source, sources, uses)
        left = {one.id: one.unapplied + locked[one.id].reserved for one in used if one.applications}
        await self._rows.update_all(account.id, left)
        return {one.id: one.shortfalls for one in used}

    async def restore(self, account: LockedAccount, document_id: UUID, amount: int) -> Document:
        """Add an amount back to a document, and return it. Raise the kind's `not_found`."""
        row = await self._lock_one(account, document_id)
        await self._rows.update_all(account.id, {document_id: row.unapplied + amount})
        return self._document_of(row)

    def move(self, account: LockedAccount, moves: Mapping[UUID, Move]) -> None:
        """Move the amounts left and reserved at the transaction's end, for a payment of this account."""
        if moves:
            self._rows.update_at_end(account.id, moves)

    async def _lock_one(self, account: LockedAccount, document_id: UUID) -> RowT:
        found = await self._rows.lock(account.id, [document_id])
        if not found:
            raise self._source.not_found(document_id)
        return found[0]
