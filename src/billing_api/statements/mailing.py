"""Statements by mail: one delivery for each recipient, queued in the transaction of its reason."""

from collections.abc import Sequence
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.deliveries.recipients import RecipientLimit
from billing_api.deliveries.schemas import DeliveriesQueued, DeliveryQuery, DeliveryRead, EmailsCreate
from billing_api.deliveries.service import Deliveries, Order
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.kit.ids import new_id
from billing_api.kit.pagination import Page
from billing_api.statements.errors import StatementNotFoundError
from billing_api.statements.model import AccountStatement
from billing_api.statements.repository import StatementRepository

KIND = "statement"


class MailStatements:
    """Mails the statements of one account."""

    def __init__(
        self, core: Core, statements: StatementRepository, deliveries: Deliveries, limit: RecipientLimit
    ) -> None:
        self._core = core
        self._statements = statements
        self._deliveries = deliveries
        self._limit = limit

    async def send(
        self, account_id: UUID, statement_id: UUID, wanted: EmailsCreate, key: IdempotencyKey | None
    ) -> DeliveriesQueued:
        """Queue a mail to each recipient.

        Raise StatementNotFoundError, TooManyRequestsError, IdempotencyKeyReusedError.
        """
        await self._get(account_id, statement_id)  # before anything is counted
        await self._limit.spend(account_id, len(wanted.recipients))
        return await self._core.keys.once(
            account_id, key, lambda: self._send(account_id, statement_id, wanted.recipients), is_accepted=True
        )

    async def list(self, account_id: UUID, statement_id: UUID, query: DeliveryQuery) -> Page[DeliveryRead]:
        """Return one page of a statement's mails, newest first. Raise StatementNotFoundError, BadCursorError."""
        page = await self._deliveries.list_about(account_id, statement_id, query)
        if not page.data:
            await self._get(account_id, statement_id)
        return page

    async def queue(
        self, account: LockedAccount, statement: AccountStatement, recipients: Sequence[str], source_id: UUID
    ) -> Sequence[DeliveryRead]:
        """Queue a mail to each recipient in the open transaction; `source_id` makes their Message-IDs."""
        orders = [
            Order(kind=KIND, source_id=source_id, recipient=recipient, locale=statement.locale, subject_id=statement.id)
            for recipient in recipients
        ]
        queued = await self._deliveries.queue_all(account.id, orders)
        self._core.audit.record(account.id, "statement.mailed", statement.id, recipients=len(recipients))
        return queued

    async def _send(self, account_id: UUID, statement_id: UUID, recipients: Sequence[str]) -> DeliveriesQueued:
        account = await self._core.accounts.lock(account_id)
        statement = await self._get(account_id, statement_id)
        return DeliveriesQueued(deliveries=[*await self.queue(account, statement, recipients, source_id=new_id())])

    async def _get(self, account_id: UUID, statement_id: UUID) -> AccountStatement:
        statement = await self._statements.find(account_id, statement_id)
        if statement is None:
            raise StatementNotFoundError(statement_id)
        return statement
