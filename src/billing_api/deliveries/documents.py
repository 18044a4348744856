"""Documents that users have mailed to recipients of their choice: statements, invoices, receipts."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from billing_api.core import Core
from billing_api.deliveries.recipients import RecipientLimit
from billing_api.deliveries.schemas import DeliveriesQueued, DeliveryQuery, DeliveryRead
from billing_api.deliveries.service import Deliveries, Order
from billing_api.kit.idempotency import IdempotencyKey, StoredResult
from billing_api.kit.ids import new_id
from billing_api.kit.pagination import Page


@dataclass(frozen=True, slots=True)
class MailedDocument:
    """A document of an account: the kind of its mails, its id, and the language of the mail."""

    kind: str
    id: UUID
    locale: str


class DocumentMails:
    """The mails of documents, each with its PDF, which the writer of their kind attaches."""

    def __init__(self, core: Core, deliveries: Deliveries, limit: RecipientLimit) -> None:
        self._core = core
        self._deliveries = deliveries
        self._limit = limit

    async def send(
        self, account_id: UUID, document: MailedDocument, recipients: Sequence[str], key: IdempotencyKey | None
    ) -> DeliveriesQueued:
        """Queue a mail to each recipient, whom a user has chosen.

        Raise TooManyRequestsError, IdempotencyKeyReusedError.
        """
        await self._core.keys.replay(account_id, key)
        await self._limit.spend(account_id, len(recipients))

        async def queue() -> DeliveriesQueued:
            return DeliveriesQueued(deliveries=[*await self.queue(account_id, document, recipients, new_id())])

        return await self._core.keys.once(account_id, key, queue, stored=StoredResult.accepted)

    async def queue(
        self, account_id: UUID, document: MailedDocument, recipients: Sequence[str], source_id: UUID
    ) -> Sequence[DeliveryRead]:
        """Queue a mail to each recipient in the open transaction; `source_id` makes their Message-IDs."""
        orders = [
            Order(
                kind=document.kind,
                source_id=source_id,
                recipient=recipient,
                locale=document.locale,
                subject_id=document.id,
            )
            for recipient in recipients
        ]
        queued = await self._deliveries.queue_all(account_id, orders)
        self._core.audit.record(account_id, f"{document.kind}.mailed", document.id, recipients=len(recipients))
        return queued

    async def list(self, account_id: UUID, document_id: UUID, query: DeliveryQuery) -> Page[DeliveryRead]:
        """Return one page of the mails about a document, newest first. Raise BadCursorError."""
        return await self._deliveries.list_about(account_id, document_id, query)
