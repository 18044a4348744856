"""The outbox: changes cause deliveries, which are committed with them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from braintree_sandbox.records.webhooks import Delivery, WebhookEndpoint
from braintree_sandbox.state import ids
from braintree_sandbox.state.records import Record
from braintree_sandbox.state.store import Work
from braintree_sandbox.webhooks.notification import Notification

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Watch(Generic[R]):
    """The webhooks of one type of record: `notifications` gets the record before the change, if any, and after."""

    record: type[R]
    notifications: Callable[[R | None, R], Iterable[Notification]]


AnyWatch = Watch[Any]


def post_changes(work: Work, watches: Iterable[AnyWatch], now: Callable[[], datetime]) -> None:
    """Put the webhooks of this unit of work into the outbox, before it is committed."""
    if work.is_empty(WebhookEndpoint):
        return
    for watch in watches:
        for before, after in work.changes(watch.record):
            if after is not None:
                for notification in watch.notifications(before, after):
                    post(work, notification, now())


def post(work: Work, notification: Notification, now: datetime) -> list[Delivery]:
    """Make a delivery for every endpoint that wants this kind."""
    payload = notification.payload(now)
    return [
        work.put(
            Delivery(
                id=ids.long_id(),
                endpoint_id=endpoint.id,
                url=endpoint.url,
                kind=notification.kind,
                subject_id=notification.subject_id,
                payload=payload,
                status="waiting",
                created_at=now,
                due_at=now,
            )
        )
        for endpoint in list(work.all(WebhookEndpoint))
        if endpoint.wants(notification.kind)
    ]
