"""Disputes: a customer contests an invoice, and the back office answers."""

from dataclasses import replace
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.auth.caller import Caller
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.invoice_disputes.errors import (
    ContestedTooMuchError,
    DisputeClosedError,
    DisputeNotFoundError,
    InvoiceContestedError,
    InvoiceNotContestableError,
)
from billing_api.invoice_disputes.fields import DisputeOutcome, DisputeStatus
from billing_api.invoice_disputes.model import InvoiceDispute, OpenDispute
from billing_api.invoice_disputes.recording import record
from billing_api.invoice_disputes.repository import InvoiceDisputeRepository
from billing_api.invoice_disputes.schemas import DisputeCreate, DisputeQuery, DisputeRead
from billing_api.invoices.service import Invoices
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.kit.ids import new_id
from billing_api.kit.pagination import Page


class InvoiceDisputes:
    """The disputes of one account; the contested amount stands on the invoice, too."""

    def __init__(self, core: Core, disputes: InvoiceDisputeRepository, invoices: Invoices) -> None:
        self.db = core.db
        self._core = core
        self._disputes = disputes
        self._invoices = invoices

    async def list_open(self, limit: int) -> list[OpenDispute]:
        """Return the open disputes of all accounts, the oldest first."""
        return await self._disputes.list_open(limit)

    async def list(self, account_id: UUID, invoice_id: UUID, query: DisputeQuery) -> Page[DisputeRead]:
        """Return one page, newest first. Raise InvoiceNotFoundError, BadCursorError."""
        await self._invoices.get_payable(account_id, [invoice_id])
        found = await self._disputes.list_page(account_id, invoice_id, query)
        return Page[DisputeRead].of(found, DisputeRead.model_validate)

    async def get(self, account_id: UUID, invoice_id: UUID, dispute_id: UUID) -> DisputeRead:
        """Return one dispute. Raise DisputeNotFoundError."""
        dispute = await self._disputes.find(account_id, invoice_id, dispute_id)
        if dispute is None:
            raise DisputeNotFoundError(dispute_id)
        return DisputeRead.model_validate(dispute)

    async def open(
        self, caller: Caller, invoice_id: UUID, new: DisputeCreate, key: IdempotencyKey | None
    ) -> DisputeRead:
        """Contest an invoice.

        Raise InvoiceNotFoundError, InvoiceNotContestableError, InvoiceContestedError, ContestedTooMuchError,
        IdempotencyKeyReusedError.
        """
        return await self._core.keys.once(caller.account_id, key, lambda: self._open(caller, invoice_id, new))

    async def _open(self, caller: Caller, invoice_id: UUID, new: DisputeCreate) -> DisputeRead:
        account = await self._core.accounts.lock(caller.account_id)
        locked = await self._invoices.lock(account, [invoice_id])
        invoice = locked[invoice_id]
        if invoice.status != "open":
            raise InvoiceNotContestableError(invoice.number, invoice.status)
        if await self._disputes.find_open(account, invoice_id) is not None:
            raise InvoiceContestedError(invoice.number)
        amount = new.amount or invoice.amount_due
        if amount > invoice.amount_due:
            raise ContestedTooMuchError(invoice.number, amount, invoice.amount_due)
        now = self._core.clock.now()
        dispute = InvoiceDispute(
            account_id=account.id,
            id=new_id(),
            invoice_id=invoice_id,
            user_id=caller.user_id,
            status="open",
            reason=new.reason,
            text=new.text,
            currency=invoice.currency,
            amount=amount,
            answer=None,
            settlement=None,
            closed_at=None,
            created_at=now,
            updated_at=now,
            version=1,
        )
        await self._disputes.add(dispute)
        await self._invoices.contest(locked, invoice_id, amount)
        record(self._core, dispute, "invoice.contested", invoice.number)
        return DisputeRead.model_validate(dispute)

    @in_transaction
    async def withdraw(self, account_id: UUID, invoice_id: UUID, dispute_id: UUID) -> DisputeRead:
        """Take an objection back; a second time changes nothing. Raise DisputeNotFoundError, DisputeClosedError."""
        account = await self._core.accounts.lock(account_id)
        dispute = await self._disputes.lock(account, dispute_id)
        if dispute is None or dispute.invoice_id != invoice_id:
            raise DisputeNotFoundError(dispute_id)
        if dispute.status != "withdrawn":
            dispute = await self._close(account, dispute, "withdrawn", None)
        return DisputeRead.model_validate(dispute)

    # For the back office

    @in_transaction
    async def resolve(self, dispute_id: UUID, outcome: DisputeOutcome, answer: str) -> DisputeRead:
        """Answer an open dispute of any account. Raise DisputeNotFoundError, DisputeClosedError."""
        account_id = await self._disputes.find_account(dispute_id)
        if account_id is None:
            raise DisputeNotFoundError(dispute_id)
        account = await self._core.accounts.lock(account_id)
        dispute = await self._disputes.lock(account, dispute_id)
        if dispute is None:
            raise DisputeNotFoundError(dispute_id)
        return DisputeRead.model_validate(await self._close(account, dispute, outcome, answer))

    async def _close(
        self, account: LockedAccount, dispute: InvoiceDispute, status: DisputeStatus, answer: str | None
    ) -> InvoiceDispute:
        if dispute.status != "open":
            raise DisputeClosedError(dispute.id, dispute.status)
        now = self._core.clock.now()
        closed = replace(
            dispute, status=status, answer=answer, closed_at=now, updated_at=now, version=dispute.version + 1
        )
        await self._disputes.update(closed)
        locked = await self._invoices.lock(account, [dispute.invoice_id])
        await self._invoices.contest(locked, dispute.invoice_id, None)
        fact = "invoice.dispute_withdrawn" if status == "withdrawn" else "invoice.dispute_resolved"
        record(self._core, closed, fact, locked[dispute.invoice_id].number)
        return closed
