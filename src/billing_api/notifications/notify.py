"""Mails from events: each event makes one mail to each reader, in the transaction that moves past it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from billing_api.core import Core
from billing_api.deliveries.service import Deliveries, Order
from billing_api.events.values import NumberedEvent
from billing_api.notifications.fields import Topic
from billing_api.notifications.service import Audience, NotificationPreferences, Reader

# A document that was dated further back comes from an import of the past, unless its account was in the books before:
# then it was dated back, and its reminders must not be the first that the customer hears of it.
_RECENT = timedelta(days=30)
_IN_USE_FROM = timedelta(days=1)
_SCHEDULED = {"payment.scheduled", "payment.rescheduled"}
_FOLLOWED_BY_AUTOPAY = {"payment.declined", "payment.failed", "payment.returned"}
_NOT_BY_THE_CUSTOMER = {"nothing_payable", "cancelled_by_vendor"}


@dataclass(frozen=True, slots=True)
class News:
    """The mail that follows from a kind of event; without a topic its user gets it in any case."""

    kind: str
    topic: Topic | None
    is_of_subject: bool = False  # its mails are of the subject, not of the event: a recipient gets one in any case
    is_for_vendor: bool = False  # a mail to the vendor, which the account's lists of mails don't have


NEWS: Mapping[str, News] = {
    "invoice.posted": News("new_invoice", Topic.NEW_INVOICE),
    "payment.succeeded": News("payment_receipt", Topic.PAYMENT_RECEIPT),
    "payment.declined": News("payment_failed", Topic.PAYMENT_FAILED),
    "payment.failed": News("payment_failed", Topic.PAYMENT_FAILED),
    "payment.returned": News("payment_returned", Topic.PAYMENT_FAILED),
    "chargeback.opened": News("chargeback_opened", Topic.PAYMENT_FAILED),
    "chargeback.won": News("chargeback_won", Topic.PAYMENT_FAILED),
    "refund.succeeded": News("payment_refunded", Topic.PAYMENT_RECEIPT),
    "refund.failed": News("refund_failed", Topic.PAYMENT_RECEIPT),
    "payment.scheduled": News("payment_scheduled", Topic.PAYMENT_UPCOMING),
    "payment.rescheduled": News("payment_scheduled", Topic.PAYMENT_UPCOMING),
    "payment.upcoming": News("payment_upcoming", Topic.PAYMENT_UPCOMING),
    "payment.cancelled": News("scheduled_payment_cancelled", Topic.PAYMENT_UPCOMING),
    "autopay.switched_on": News("autopay_switched_on", Topic.PAYMENT_UPCOMING),
    "autopay.payment_failed": News("autopay_failed", Topic.PAYMENT_FAILED),
    "autopay.switched_off": News("autopay_switched_off", Topic.PAYMENT_FAILED),
    "autopay.above_limit": News("autopay_above_limit", Topic.PAYMENT_UPCOMING),
    "payment_method.expires_soon": News("card_expires_soon", Topic.PAYMENT_METHOD),
    "payment_method.expired": News("card_expired", Topic.PAYMENT_METHOD),
    "payment_method.removed": News("payment_method_removed", Topic.PAYMENT_METHOD),
    "payment_method.verified": News("bank_account_verified", Topic.PAYMENT_METHOD),
    "payment_method.verification_failed": News("bank_account_refused", Topic.PAYMENT_METHOD),
    # The schedule mails it to its own recipients; one who is a user, too, gets one mail.
    "statement.created": News("statement", Topic.STATEMENT, is_of_subject=True),
    "invoice.dispute_resolved": News("dispute_answered", None),
    "invoice.contested": News("dispute_opened", None, is_for_vendor=True),
    "session.new_device": News("new_device", None),
    "password.changed": News("password_changed", None),
}


@dataclass(frozen=True, slots=True)
class VendorContact:
    """Whom the vendor's own mails go to, and their language."""

    email: str
    locale: str


class Notify:
    """Queues the mails of an event."""

    def __init__(
        self, core: Core, preferences: NotificationPreferences, deliveries: Deliveries, *, vendor: VendorContact
    ) -> None:
        self._core = core
        self._preferences = preferences
        self._deliveries = deliveries
        self._vendor = vendor

    async def consume(self, event: NumberedEvent) -> None:
        """Queue the mails that follow from an event, in the open transaction."""
        news = NEWS[event.kind]
        if not await self._is_news(event):
            return
        audience = await self._audience(event, news)
        for reader in audience.readers:
            order = Order(
                kind=news.kind,
                source_id=event.subject_id if news.is_of_subject else event.id,
                recipient=reader.email,
                locale=audience.locale,
                subject_id=None if news.is_for_vendor else event.subject_id,
                user_id=reader.user_id,
                facts={**event.data, "company": audience.company, "about": str(event.subject_id)},
                urgent=news.topic is None,
            )
            await self._deliveries.queue(event.account_id, order)

    async def _audience(self, event: NumberedEvent, news: News) -> Audience:
        if news.is_for_vendor:
            company = await self._preferences.company_of(event.account_id)
            return Audience(company, self._vendor.locale, [Reader(self._vendor.email, None)])
        if news.topic is None:
            return await self._preferences.audience_of_user(event.account_id, UUID(event.data["user_id"]))
        return await self._preferences.audience(event.account_id, news.topic)

    async def _is_news(self, event: NumberedEvent) -> bool:
        if event.kind == "password.changed":  # the user gets one mail, whatever the number of their accounts
            return "user_id" in event.data
        if event.kind == "statement.created":  # one that a user makes is in front of them
            return event.data.get("scheduled_on") is not None
        if event.kind == "payment.cancelled":
            return event.data.get("reason") in _NOT_BY_THE_CUSTOMER
        if event.kind == "refund.failed":  # else nothing was said of it
            return event.data.get("came_back") is True
        # Autopay has mails of its own for what it plans and tries again; another try by the worker has none.
        if event.kind in _FOLLOWED_BY_AUTOPAY | _SCHEDULED:
            return not event.data.get("is_autopay") and event.data.keys().isdisjoint({"retried_by", "retry_of"})
        return await self._is_recent(event)

    async def _is_recent(self, event: NumberedEvent) -> bool:
        dated = event.data.get("issued_on") or event.data.get("received_on")
        if dated is not None and event.kind in {"invoice.posted", "payment.succeeded"}:
            if self._core.clock.today() - date.fromisoformat(dated) <= _RECENT:
                return True
            return event.kind == "invoice.posted" and await self._is_in_use(event)
        return True

    async def _is_in_use(self, event: NumberedEvent) -> bool:
        """Return whether the account was in the books for a day when the event occurred."""
        account = await self._core.accounts.get(event.account_id)
        return event.occurred_at - account.created_at > _IN_USE_FROM
