"""All that the application needs to know of notifications."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from billing_api.core import Core
from billing_api.deliveries.service import Deliveries
from billing_api.events.consuming import Consumer
from billing_api.feature import Feature
from billing_api.jobs.periodic import Periodic
from billing_api.mail.letter import Writer
from billing_api.notifications.model import invoice_reminders, notification_preferences
from billing_api.notifications.notify import NEWS, Notify, VendorContact
from billing_api.notifications.reminders import Reminders
from billing_api.notifications.repository import NotificationRepository
from billing_api.notifications.routes import router
from billing_api.notifications.service import NotificationPreferences
from billing_api.parts import Parts
from billing_api.profiles.service import Profiles
from billing_api.users.service import Users

if TYPE_CHECKING:
    from billing_api.notifications.letters.all import Letters


def _reminders(core: Core, parts: Parts) -> Reminders:
    settings = parts.settings
    return Reminders(
        core,
        NotificationRepository(core.db),
        parts[NotificationPreferences],
        parts[Deliveries],
        due_soon_days=settings.due_soon_days,
        overdue_days=sorted(settings.overdue_days),
    )


def _notify(core: Core, parts: Parts) -> Notify:
    settings = parts.settings
    vendor = VendorContact(settings.vendor_disputes_email or settings.vendor_support_email, settings.locales[0])
    return Notify(core, parts[NotificationPreferences], parts[Deliveries], vendor=vendor)


def _writer(choose: "Callable[[Letters], Writer]") -> Callable[[Parts], Writer]:
    def make(parts: Parts) -> Writer:
        from billing_api.notifications.letters.all import make_letters  # noqa: PLC0415 - the API writes no mails

        return choose(make_letters(parts))

    return make


FEATURE = Feature(
    routes=router,
    description="Which mails a user gets.",
    tables=[notification_preferences, invoice_reminders],
    parts={
        NotificationPreferences: lambda core, parts: NotificationPreferences(
            core, NotificationRepository(core.db), parts[Users], parts[Profiles]
        ),
        Notify: _notify,
        Reminders: _reminders,
    },
    periodic={Periodic("notifications.remind", timedelta(hours=1)): lambda parts: parts[Reminders].remind},
    consumers={Consumer("notifications.notify", frozenset(NEWS)): lambda parts: parts[Notify].consume},
    mails={
        "new_invoice": _writer(lambda letters: letters.invoices.new),
        "due_soon": _writer(lambda letters: letters.invoices.due_soon),
        "overdue": _writer(lambda letters: letters.invoices.overdue),
        "payment_receipt": _writer(lambda letters: letters.payments.receipt),
        "payment_failed": _writer(lambda letters: letters.payments.failed),
        "payment_returned": _writer(lambda letters: letters.payments.returned),
        "payment_refunded": _writer(lambda letters: letters.refunds.made),
        "refund_failed": _writer(lambda letters: letters.refunds.failed),
        "chargeback_opened": _writer(lambda letters: letters.chargebacks.opened),
        "chargeback_won": _writer(lambda letters: letters.chargebacks.won),
        "payment_scheduled": _writer(lambda letters: letters.scheduled.made),
        "payment_upcoming": _writer(lambda letters: letters.scheduled.upcoming),
        "scheduled_payment_cancelled": _writer(lambda letters: letters.scheduled.cancelled),
        "autopay_switched_on": _writer(lambda letters: letters.autopay.switched_on),
        "autopay_failed": _writer(lambda letters: letters.autopay.failed),
        "autopay_switched_off": _writer(lambda letters: letters.autopay.switched_off),
        "autopay_above_limit": _writer(lambda letters: letters.autopay.above_limit),
        "card_expires_soon": _writer(lambda letters: letters.methods.expires_soon),
        "card_expired": _writer(lambda letters: letters.methods.expired),
        "payment_method_removed": _writer(lambda letters: letters.methods.removed),
        "bank_account_verified": _writer(lambda letters: letters.methods.verified),
        "bank_account_refused": _writer(lambda letters: letters.methods.refused),
        "dispute_answered": _writer(lambda letters: letters.disputes.answered),
        "dispute_opened": _writer(lambda letters: letters.disputes.opened),
        "password_changed": _writer(lambda letters: letters.sign_ins.password_changed),
        "new_device": _writer(lambda letters: letters.sign_ins.new_device),
    },
)
