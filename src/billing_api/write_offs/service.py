"""Write-offs: amounts of invoices that the vendor gives up, and takes back."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from billing_api.accounts.digests import digest_of_request
from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.invoices.application_schemas import ReversalCreate
from billing_api.invoices.applying import (
    Application,
    ApplicationKind,
    ApplicationReason,
    require_currency,
    require_room,
)
from billing_api.invoices.errors import AmountExceedsDueError
from billing_api.invoices.parts import InvoiceParts
from billing_api.invoices.service import Invoices
from billing_api.kit.idempotency import IdempotencyKey, Recorded, StoredResult
from billing_api.kit.ids import new_id
from billing_api.kit.pagination import Page
from billing_api.ledger import postings
from billing_api.ledger.documents import DocumentKind, post_documents
from billing_api.ledger.postings import Document, Posting
from billing_api.ledger.service import Ledger
from billing_api.write_offs.errors import WriteOffNotFoundError, WriteOffReversedError
from billing_api.write_offs.model import WriteOff
from billing_api.write_offs.repository import WriteOffRepository
from billing_api.write_offs.schemas import WriteOffCreate, WriteOffQuery, WriteOffRead

_COUNTER = "write_off_number"


def _document(write_off: WriteOff, day: date) -> Document:
    return Document(write_off.id, write_off.number, write_off.currency, day)


def _posting(write_off: WriteOff) -> Posting:
    document = _document(write_off, write_off.written_off_on)
    return postings.write_off(document, invoice_id=write_off.invoice_id, amount=write_off.amount)


def _event_payload(write_off: WriteOff) -> dict[str, Any]:
    """Return a write-off as the events show it: without its reason, which is free text."""
    return {
        "number": write_off.number,
        "external_id": write_off.external_id,
        "invoice_id": str(write_off.invoice_id),
        "currency": write_off.currency,
        "amount": write_off.amount,
        "written_off_on": write_off.written_off_on.isoformat(),
    }


_KIND = DocumentKind(
    name="write_off",
    audited_as="write_off.posted",
    event="write_off.posted",
    posting=_posting,
    event_payload=_event_payload,
)


class WriteOffs:
    """The write-offs of an account, which the request names."""

    def __init__(
        self, core: Core, write_offs: WriteOffRepository, ledger: Ledger, invoices: Invoices, parts: InvoiceParts
    ) -> None:
        self._core = core
        self._write_offs = write_offs
        self._ledger = ledger
        self._invoices = invoices
        self._parts = parts

    async def list(self, account_id: UUID, query: WriteOffQuery) -> Page[WriteOffRead]:
        """Return one page, newest first. Raise AccountNotFoundError, BadCursorError."""
        await self._core.accounts.get(account_id)
        found = await self._write_offs.list_page(account_id, query)
        return Page[WriteOffRead].of(found, WriteOffRead.model_validate)

    async def get(self, account_id: UUID, write_off_id: UUID) -> WriteOffRead:
        """Return one write-off. Raise AccountNotFoundError, WriteOffNotFoundError."""
        await self._core.accounts.get(account_id)
        return WriteOffRead.model_validate(await self._get(account_id, write_off_id))

    async def create(self, account_id: UUID, new: WriteOffCreate, key: IdempotencyKey | None) -> Recorded[WriteOffRead]:
        """Write an amount of an invoice off; a repeat returns the write-off that there is.

        Raise AccountNotFoundError, ExternalIdTakenError, InvoiceNotFoundError, OtherCurrencyError,
        AmountExceedsDueError, DateInFutureError, BooksClosedError.
        """
        digest = digest_of_request(new)

        async def work() -> Recorded[WriteOffRead]:
            account = await self._core.accounts.lock(account_id)
            known = None
            if new.external_id is not None:
                known = await self._core.accounts.find_repeat(account, _KIND.name, new.external_id, digest)
            found = await self._post(account, new, digest) if known is None else await self._get(account_id, known)
            return Recorded(WriteOffRead.model_validate(found), is_new=known is None)

        await self._core.accounts.get(account_id)  # a key belongs to an account
        return await self._core.keys.record_once(account_id, key, work)

    async def _post(self, account: LockedAccount, new: WriteOffCreate, digest: str) -> WriteOff:
        now, today = self._core.clock.now(), self._core.clock.today()
        if new.written_off_on is not None:
            self._ledger.require_arrived("written_off_on", new.written_off_on)
        locked = await self._invoices.lock(account, [new.invoice_id])
        invoice = locked[new.invoice_id]
        require_currency(invoice, new.currency)
        amount = invoice.payable if new.amount is None else new.amount
        require_room(invoice, amount)
        if amount == 0:
            raise AmountExceedsDueError(
                invoice_id=invoice.id, number=invoice.number, amount=0, payable=0, pending=invoice.amount_pending
            )
        number = await self._core.accounts.next_number(account, _COUNTER)
        write_off = WriteOff(
            account_id=account.id,
            id=new_id(),
            number=f"WO-{number:06d}",
            external_id=new.external_id,
            invoice_id=invoice.id,
            invoice_number=invoice.number,
            currency=invoice.currency,
            amount=amount,
            written_off_on=max(new.written_off_on or today, invoice.issued_on),
            reason=new.reason,
            reversed_on=None,
            reversal_reason=None,
            created_at=now,
            updated_at=now,
        )
        await self._invoices.apply(account, locked, [_application(write_off)])
        digests = {} if new.external_id is None else {new.external_id: digest}
        await post_documents(self._ledger, account, _KIND, [write_off], write=self._write_offs.add, digests=digests)
        return write_off

    async def reverse(
        self, account_id: UUID, write_off_id: UUID, wanted: ReversalCreate, key: IdempotencyKey | None
    ) -> WriteOffRead:
        """Undo a write-off: its amount is due again.

        Raise AccountNotFoundError, WriteOffNotFoundError, WriteOffReversedError, DateInFutureError, BooksClosedError.
        """

        async def work() -> WriteOffRead:
            account = await self._core.accounts.lock(account_id)
            return WriteOffRead.model_validate(await self._reverse(account, write_off_id, wanted))

        await self._core.accounts.get(account_id)  # a key belongs to an account
        return await self._core.keys.once(account_id, key, work, stored=StoredResult.done)

    async def _reverse(self, account: LockedAccount, write_off_id: UUID, wanted: ReversalCreate) -> WriteOff:
        write_off = await self._get(account.id, write_off_id)
        if write_off.reversed_on is not None:
            raise WriteOffReversedError(write_off.number, write_off.reversed_on)
        if wanted.reversed_on is not None:
            self._ledger.require_arrived("reversed_on", wanted.reversed_on)
        day = wanted.reversed_on or self._core.clock.today()
        return await self._undo(account, write_off, day, ApplicationReason.CORRECTION, wanted.reason)

    async def undo_all(self, account: LockedAccount, invoice_id: UUID, reason: ApplicationReason) -> None:
        """Undo each write-off of an invoice that stands, from today on. Raise BooksClosedError."""
        for write_off in await self._write_offs.list_standing(account.id, invoice_id):
            await self._undo(account, write_off, self._core.clock.today(), reason)

    async def _undo(
        self,
        account: LockedAccount,
        write_off: WriteOff,
        reversed_on: date,
        reason: ApplicationReason,
        words: str | None = None,
    ) -> WriteOff:
        standing = await self._parts.list_standing(account, write_off.id)
        (undoing,) = await self._parts.reverse(account, standing, reversed_on, reason, words)
        day = undoing.effective_on
        posting = postings.write_off_reversal(
            _document(write_off, day), invoice_id=write_off.invoice_id, amount=write_off.amount
        )
        await self._ledger.post(account, posting)
        write_off = replace(write_off, reversed_on=day, reversal_reason=words, updated_at=self._core.clock.now())
        await self._write_offs.update(write_off)
        self._core.audit.record(account.id, "write_off.reversed", write_off.id, number=write_off.number, reason=words)
        self._core.events.record(account.id, "write_off.reversed", write_off.id, **_event_payload(write_off))
        return write_off

    async def _get(self, account_id: UUID, write_off_id: UUID) -> WriteOff:
        write_off = await self._write_offs.find(account_id, write_off_id)
        if write_off is None:
            raise WriteOffNotFoundError(write_off_id)
        return write_off


def _application(write_off: WriteOff) -> Application:
    return Application(
        invoice_id=write_off.invoice_id,
        kind=ApplicationKind.WRITE_OFF,
        source_id=write_off.id,
        source_number=write_off.number,
        effective_on=write_off.written_off_on,
        amount=write_off.amount,
    )
