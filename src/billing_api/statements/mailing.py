"""Statements by mail."""

from collections.abc import Sequence
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.deliveries.documents import DocumentMails, MailedDocument
from billing_api.deliveries.schemas import DeliveriesQueued, DeliveryQuery, DeliveryRead, EmailsCreate
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.kit.pagination import Page
from billing_api.statements.errors import StatementNotFoundError
from billing_api.statements.model import AccountStatement
from billing_api.statements.repository import StatementRepository

KIND = "statement"


class MailStatements:
    """Mails the statements of one account."""

    def __init__(self, statements: StatementRepository, mails: DocumentMails) -> None:
        self._statements = statements
        self._mails = mails

    async def send(
        self, account_id: UUID, statement_id: UUID, wanted: EmailsCreate, key: IdempotencyKey | None
    ) -> DeliveriesQueued:
        """Queue a mail to each recipient.

        Raise StatementNotFoundError, TooManyRequestsError, IdempotencyKeyReusedError.
        """
        statement = await self._get(account_id, statement_id)
        return await self._mails.send(account_id, _document(statement), wanted.recipients, key)

    async def list(self, account_id: UUID, statement_id: UUID, query: DeliveryQuery) -> Page[DeliveryRead]:
        """Return one page of a statement's mails, newest first. Raise StatementNotFoundError, BadCursorError."""
        await self._get(account_id, statement_id)
        return await self._mails.list(account_id, statement_id, query)

    async def queue(self, account: LockedAccount, statement: AccountStatement, recipients: Sequence[str]) -> None:
        """Queue the mails of a scheduled statement in the open transaction, once."""
        await self._mails.queue(account.id, _document(statement), recipients, source_id=statement.id)

    async def _get(self, account_id: UUID, statement_id: UUID) -> AccountStatement:
        statement = await self._statements.find(account_id, statement_id)
        if statement is None:
            raise StatementNotFoundError(statement_id)
        return statement


def _document(statement: AccountStatement) -> MailedDocument:
    return MailedDocument(KIND, statement.id, statement.locale)
