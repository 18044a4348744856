"""Credit memos, deposits and unapplied money, used for invoices: in these, in the books and in the events."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.invoices.service import Invoices
from billing_api.invoices.sources import Source, SourceKind, SourceUse, Used, use
from billing_api.ledger.service import Ledger


class UseSources:
    """Uses locked documents of one kind for the invoices of their account."""

    def __init__(self, core: Core, invoices: Invoices, ledger: Ledger) -> None:
        self._core = core
        self._invoices = invoices
        self._ledger = ledger

    async def use(
        self,
        account: LockedAccount,
        kind: SourceKind,
        sources: Mapping[UUID, Source],
        uses: Mapping[UUID, Sequence[SourceUse]],
    ) -> Sequence[Used]:
        """Apply parts of documents, by their ids, each as far as its invoice has room.

        They are posted in this order, audited and shown in the events. The number of statements does not grow with
        that of the documents. Raise the kind's `not_found`, `exceeded`, InvoiceNotFoundError, OtherCurrencyError,
        DateInFutureError, BooksClosedError.
        """
        for document_id, parts in uses.items():
            kind.require(document_id, sources.get(document_id), parts)
        for part in chain.from_iterable(uses.values()):
            if part.on is not None:
                self._ledger.require_arrived("applied_on", part.on)
        invoices = await self._invoices.lock(account, {part.invoice_id for part in chain.from_iterable(uses.values())})
        room = {invoice_id: invoice.payable for invoice_id, invoice in invoices.items()}
        today = self._core.clock.today()
        used = [
            use(invoices, room, kind.name, sources[document_id], parts, today=today)
            for document_id, parts in uses.items()
        ]
        await self._invoices.apply(account, invoices, [part for one in used for part in one.applications])
        await self._ledger.post(account, *chain.from_iterable(one.postings(kind.posting) for one in used))
        for one in used:
            if one.applications:
                self._record(account, kind.event, one)
        return used

    def _record(self, account: LockedAccount, event: str, used: Used) -> None:
        amounts = Counter[str]()
        for application in used.applications:
            amounts[str(application.invoice_id)] += application.amount
        self._core.audit.record(account.id, event, used.id, invoices=amounts)
        self._core.events.record(account.id, event, used.id, number=used.source.document.number, invoices=amounts)
