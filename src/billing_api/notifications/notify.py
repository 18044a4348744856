"""Mails from events: each event makes one mail to each reader, in the transaction that moves past it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from billing_api.core import Core
from billing_api.deliveries.service import Deliveries, Order
from billing_api.events.values import NumberedEvent
from billing_api.notifications.fields import Topic
from billing_api.notifications.service import Audience, NotificationPreferences

# A document that was dated further back comes from an import of the past.
_NEWS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class News:
    """The mail that follows from a kind of event; without a topic its user gets it in any case."""

    kind: str
    topic: Topic | None
    is_of_subject: bool = False  # its mails are of the subject, not of the event: a recipient gets one in any case


NEWS: Mapping[str, News] = {
    "invoice.posted": News("new_invoice", Topic.NEW_INVOICE),
    "payment.succeeded": News("payment_receipt", Topic.PAYMENT_RECEIPT),
    "payment.declined": News("payment_failed", Topic.PAYMENT_FAILED),
    "payment.failed": News("payment_failed", Topic.PAYMENT_FAILED),
    "payment.returned": News("payment_returned", Topic.PAYMENT_FAILED),
    "payment_method.expires_soon": News("card_expires_soon", Topic.PAYMENT_METHOD),
    "payment_method.expired": News("card_expired", Topic.PAYMENT_METHOD),
    "payment_method.removed": News("payment_method_removed", Topic.PAYMENT_METHOD),
    "payment_method.verified": News("bank_account_verified", Topic.PAYMENT_METHOD),
    "payment_method.verification_failed": News("bank_account_refused", Topic.PAYMENT_METHOD),
    # The schedule mails it to its own recipients; one who is a user, too, gets one mail.
    "statement.created": News("statement", Topic.STATEMENT, is_of_subject=True),
    "session.new_device": News("new_device", None),
}


class Notify:
    """Queues the mails of an event."""

    def __init__(self, core: Core, preferences: NotificationPreferences, deliveries: Deliveries) -> None:
        self._core = core
        self._preferences = preferences
        self._deliveries = deliveries

    async def consume(self, event: NumberedEvent) -> None:
        """Queue what follows from an event, in the open transaction."""
        news = NEWS[event.kind]
        if not self._is_news(event):
            return
        audience = await self._audience(event, news)
        for reader in audience.readers:
            order = Order(
                kind=news.kind,
                source_id=event.subject_id if news.is_of_subject else event.id,
                recipient=reader.email,
                locale=audience.locale,
                subject_id=event.subject_id,
                user_id=reader.user_id,
                facts={**event.data, "company": audience.company},
                urgent=news.topic is None,
            )
            await self._deliveries.queue(event.account_id, order)

    async def _audience(self, event: NumberedEvent, news: News) -> Audience:
        if news.topic is None:
            return await self._preferences.audience_of_user(event.account_id, UUID(event.data["user_id"]))
        return await self._preferences.audience(event.account_id, news.topic)

    def _is_news(self, event: NumberedEvent) -> bool:
        if event.kind == "statement.created":  # one that a user makes is in front of them
            return event.data.get("scheduled_on") is not None
        dated = event.data.get("issued_on") or event.data.get("received_on")
        if dated is not None and event.kind in {"invoice.posted", "payment.succeeded"}:
            return self._core.clock.today() - date.fromisoformat(dated) <= _NEWS
        return True
