"""Applications to invoices, one by one: read, and undone by a later one."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.invoices.application_schemas import ApplicationQuery, AppliedPartRead
from billing_api.invoices.applying import Application, ApplicationReason, reversals
from billing_api.invoices.errors import ApplicationNotFoundError
from billing_api.invoices.repository import InvoiceRepository
from billing_api.invoices.service import Invoices
from billing_api.invoices.values import AppliedPart
from billing_api.kit.pagination import Page


class InvoiceParts:
    """The applications to the invoices of one account at a time."""

    def __init__(self, invoices: Invoices, repository: InvoiceRepository) -> None:
        self._invoices = invoices
        self._repository = repository

    async def list(self, account_id: UUID, query: ApplicationQuery) -> Page[AppliedPartRead]:
        """Return one page, newest first. Raise BadCursorError."""
        return Page[AppliedPartRead].of(await self._repository.list_parts(account_id, query), AppliedPartRead.of)

    async def get(self, account_id: UUID, application_id: UUID) -> AppliedPart:
        """Return one application. Raise ApplicationNotFoundError."""
        part = await self._repository.find_part(account_id, application_id)
        if part is None:
            raise ApplicationNotFoundError(application_id)
        return part

    async def list_standing(self, account: LockedAccount, source_id: UUID) -> Sequence[AppliedPart]:
        """Return the applications of a document that are not undone, the oldest first."""
        return await self._repository.list_standing_of(account.id, source_id)

    async def reverse(
        self,
        account: LockedAccount,
        parts: Sequence[AppliedPart],
        reversed_on: date,
        reason: ApplicationReason,
        reason_text: str | None = None,
    ) -> Sequence[Application]:
        """Undo applications, each from its own day on at the earliest, and return those that do so.

        `reason_text` are the vendor's words for the reason, as the customer reads them. The caller posts to the ledger.
        Raise ApplicationNotReversibleError.
        """
        undoing = reversals(parts, reversed_on, reason, reason_text)
        invoices = await self._invoices.lock(account, {one.invoice_id for one in undoing})
        await self._invoices.apply(account, invoices, undoing)
        return undoing
