"""Deliveries: mails that are queued within the transaction of their reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from billing_api.core import Core
from billing_api.deliveries.jobs import SEND, SEND_NOW, SendMail
from billing_api.deliveries.model import Delivery
from billing_api.deliveries.repository import DeliveryRepository
from billing_api.deliveries.schemas import DeliveryQuery, DeliveryRead
from billing_api.deliveries.states import DeliveryStatus
from billing_api.jobs.service import Jobs
from billing_api.kit.ids import new_id
from billing_api.kit.pagination import Page
from billing_api.mail.message import message_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A mail that a feature wants sent; its words are written later, by the feature's writer of this kind.

    `source_id` is the event or the request that it follows from: with the kind and the recipient it makes the
    Message-ID. `facts` are plain values for the writer, and never a secret.
    """

    kind: str
    source_id: UUID
    recipient: str
    locale: str
    subject_id: UUID | None = None
    user_id: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    urgent: bool = False


class Deliveries:
    """The mails of accounts, and their outcomes."""

    def __init__(self, core: Core, deliveries: DeliveryRepository, jobs: Jobs, sender_domain: str) -> None:
        """Take the domain of Message-IDs."""
        self._core = core
        self._deliveries = deliveries
        self._jobs = jobs
        self._domain = sender_domain

    async def queue(self, account_id: UUID, order: Order) -> bool:
        """Have a mail sent once the open transaction is committed, and never when it is not.

        A mail of this kind from the same source to the same recipient is queued once: return whether it is new.
        """
        return await self._queue(account_id, order) is not None

    async def queue_all(self, account_id: UUID, orders: Iterable[Order]) -> Sequence[DeliveryRead]:
        """Queue several mails, and return those that are new."""
        queued = [await self._queue(account_id, order) for order in orders]
        return [_read(delivery) for delivery in queued if delivery is not None]

    async def list_about(self, account_id: UUID, subject_id: UUID, query: DeliveryQuery) -> Page[DeliveryRead]:
        """Return the mails about one document, newest first. Raise BadCursorError."""
        return Page[DeliveryRead].of(await self._deliveries.list_page(account_id, subject_id, query), _read)

    async def _queue(self, account_id: UUID, order: Order) -> Delivery | None:
        delivery = Delivery(
            account_id=account_id,
            id=new_id(),
            kind=order.kind,
            subject_id=order.subject_id,
            user_id=order.user_id,
            recipient=order.recipient,
            locale=order.locale,
            message_id=message_id(order.kind, order.source_id, order.recipient, self._domain),
            facts=dict(order.facts),
            status=DeliveryStatus.QUEUED,
            tries=0,
            response=None,
            created_at=self._core.clock.now(),
            tried_at=None,
            sent_at=None,
        )
        if not await self._deliveries.add(delivery):
            return None
        task = SEND_NOW if order.urgent else SEND
        await self._jobs.enqueue(task, SendMail(account_id, delivery.id), account_id=account_id)
        return delivery


def _read(delivery: Delivery) -> DeliveryRead:
    return DeliveryRead(
        id=delivery.id,
        recipient=delivery.recipient,
        status=delivery.status,
        tries=delivery.tries,
        response=delivery.response,
        message_id=delivery.message_id,
        created_at=delivery.created_at,
        tried_at=delivery.tried_at,
        sent_at=delivery.sent_at,
    )
