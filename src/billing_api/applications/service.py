"""Payments, credit memos and deposits of any account, used for its invoices by the back office, and taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

from billing_api.accounts.digests import digest_of_request
from billing_api.accounts.locked import LockedAccount
from billing_api.applications.errors import SourceNotFoundError
from billing_api.core import Core
from billing_api.invoices.application_schemas import (
    ApplicationCreate,
    ApplicationQuery,
    AppliedPartRead,
    ReversalCreate,
    SourceType,
)
from billing_api.invoices.applying import ApplicationKind, ApplicationReason, Shortfall
from billing_api.invoices.errors import AmountExceedsDueError, ApplicationNotReversibleError
from billing_api.invoices.parts import InvoiceParts
from billing_api.invoices.sources import PartPosting, SourceUse
from billing_api.invoices.values import AppliedPart
from billing_api.kit.idempotency import IdempotencyKey, Recorded, StoredResult
from billing_api.kit.ids import new_id
from billing_api.kit.pagination import Page
from billing_api.ledger import postings
from billing_api.ledger.postings import Document
from billing_api.ledger.service import Ledger

_KIND = "application"  # of the external ids


class UsableDocuments(Protocol):
    """The documents of one sort that are used for invoices: payments, credit memos or deposits."""

    async def apply(
        self, account: LockedAccount, uses: Mapping[UUID, Sequence[SourceUse]]
    ) -> Mapping[UUID, Sequence[Shortfall]]:
        """Use parts of documents, by their ids, and return the parts that got less."""

    async def restore(self, account: LockedAccount, document_id: UUID, amount: int, /) -> Document:
        """Add an amount back to a document, and return it."""


@dataclass(frozen=True, slots=True)
class Undoing:
    """All that differs between sorts of documents whose use is undone."""

    source_type: SourceType
    posting: PartPosting
    event: str


_UNDOING = {
    ApplicationKind.PAYMENT: Undoing("payment", postings.payment_application_reversal, "payment.unapplied"),
    ApplicationKind.CREDIT: Undoing("credit_memo", postings.credit_application_reversal, "credit_memo.unapplied"),
    ApplicationKind.DEPOSIT: Undoing("deposit", postings.deposit_application_reversal, "deposit.unapplied"),
}


class Applications:
    """Use the money and the credits of an account, which the request names, for its invoices."""

    def __init__(
        self, core: Core, ledger: Ledger, parts: InvoiceParts, sources: Mapping[SourceType, UsableDocuments]
    ) -> None:
        self._core = core
        self._ledger = ledger
        self._parts = parts
        self._sources = sources

    async def list(self, account_id: UUID, query: ApplicationQuery) -> Page[AppliedPartRead]:
        """Return one page, newest first. Raise AccountNotFoundError, BadCursorError."""
        await self._core.accounts.get(account_id)
        return await self._parts.list(account_id, query)

    async def get(self, account_id: UUID, application_id: UUID) -> AppliedPartRead:
        """Return one application. Raise AccountNotFoundError, ApplicationNotFoundError."""
        await self._core.accounts.get(account_id)
        return AppliedPartRead.of(await self._parts.get(account_id, application_id))

    async def create(
        self, account_id: UUID, new: ApplicationCreate, key: IdempotencyKey | None
    ) -> Recorded[AppliedPartRead]:
        """Use a part of a document for an invoice, all of it or nothing; a repeat returns the one that there is.

        Raise AccountNotFoundError, ExternalIdTakenError, SourceNotFoundError, the "not found" and "exceeded" errors of
        the document, PaymentNotOfflineError, PaymentNotSucceededError, InvoiceNotFoundError, OtherCurrencyError,
        AmountExceedsDueError, DateInFutureError, BooksClosedError.
        """
        digest = digest_of_request(new)

        async def work() -> Recorded[AppliedPartRead]:
            account = await self._core.accounts.lock(account_id)
            if new.external_id is not None:
                known = await self._core.accounts.find_repeat(account, _KIND, new.external_id, digest)
                if known is not None:
                    return Recorded(AppliedPartRead.of(await self._parts.get(account_id, known)), is_new=False)
            application_id = await self._apply(account, new)
            if new.external_id is not None:
                references = {new.external_id: (application_id, digest)}
                await self._core.accounts.claim_references(_KIND, account_id, references)
            await self._core.db.write_appended()
            return Recorded(AppliedPartRead.of(await self._parts.get(account_id, application_id)), is_new=True)

        await self._core.accounts.get(account_id)  # a key belongs to an account
        return await self._core.keys.record_once(account_id, key, work)

    async def _apply(self, account: LockedAccount, new: ApplicationCreate) -> UUID:
        use = SourceUse(new.invoice_id, new.amount, new.applied_on, new_id())
        source_id = new.source_id or await self._find_source(account, new.source_type, str(new.source_external_id))
        left = await self._sources[new.source_type].apply(account, {source_id: [use]})
        for one in left.get(source_id, ()):
            raise AmountExceedsDueError(
                invoice_id=new.invoice_id,
                number=one.invoice_number,
                amount=new.amount,
                payable=one.applied,
                pending=one.pending,
            )
        return use.id

    async def _find_source(self, account: LockedAccount, source_type: SourceType, external_id: str) -> UUID:
        """Return the id of a document of the account. Raise SourceNotFoundError."""
        found = (await self._core.accounts.list_references(source_type, [external_id])).get(external_id)
        if found is None or found.account_id != account.id:
            raise SourceNotFoundError(source_type, external_id)
        return found.object_id

    async def reverse(
        self, account_id: UUID, application_id: UUID, wanted: ReversalCreate, key: IdempotencyKey | None
    ) -> AppliedPartRead:
        """Undo an application: the invoice is due again, and the document has as much more left.

        Return the application that undoes it. Raise AccountNotFoundError, ApplicationNotFoundError,
        ApplicationNotReversibleError, PaymentNotOfflineError, PaymentNotSucceededError, DateInFutureError,
        BooksClosedError.
        """

        async def work() -> AppliedPartRead:
            account = await self._core.accounts.lock(account_id)
            part = await self._parts.get(account_id, application_id)
            undoing_id = await self._reverse(account, part, wanted)
            await self._core.db.write_appended()
            return AppliedPartRead.of(await self._parts.get(account_id, undoing_id))

        await self._core.accounts.get(account_id)  # a key belongs to an account
        return await self._core.keys.once(account_id, key, work, stored=StoredResult.done)

    async def _reverse(self, account: LockedAccount, part: AppliedPart, wanted: ReversalCreate) -> UUID:
        how = _UNDOING.get(ApplicationKind(part.kind))
        if how is None:
            raise ApplicationNotReversibleError(part.id)
        if wanted.reversed_on is not None:
            self._ledger.require_arrived("reversed_on", wanted.reversed_on)
        day = wanted.reversed_on or self._core.clock.today()
        (undoing,) = await self._parts.reverse(account, [part], day, ApplicationReason.CORRECTION, wanted.reason)
        document = await self._sources[how.source_type].restore(account, part.source_id, part.amount)
        document = replace(document, effective_on=undoing.effective_on)
        await self._ledger.post(account, how.posting(document, invoice_id=part.invoice_id, amount=part.amount))
        facts = {
            "number": document.number,
            "application_id": str(part.id),
            "invoices": {str(part.invoice_id): part.amount},
        }
        self._core.audit.record(account.id, how.event, part.source_id, **facts, reason=wanted.reason)
        self._core.events.record(account.id, how.event, part.source_id, **facts)
        return undoing.id
