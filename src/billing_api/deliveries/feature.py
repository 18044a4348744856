"""All that the application needs to know of deliveries."""

from datetime import timedelta

from billing_api.auth.counters import RateCounters
from billing_api.auth.security_log import SecurityLog
from billing_api.core import Core
from billing_api.deliveries.contents import DeliveryContents
from billing_api.deliveries.documents import DocumentMails
from billing_api.deliveries.jobs import SEND, SEND_NOW, SendMail
from billing_api.deliveries.model import deliveries, delivery_contents
from billing_api.deliveries.noting import NoteDeliveries
from billing_api.deliveries.recipients import RecipientLimit
from billing_api.deliveries.repository import DeliveryRepository
from billing_api.deliveries.service import Deliveries
from billing_api.feature import Feature
from billing_api.jobs.callbacks import JobCallback
from billing_api.jobs.periodic import Periodic
from billing_api.jobs.service import Jobs
from billing_api.jobs.tasks import Handler
from billing_api.mail.message import sender_of
from billing_api.parts import Parts


def _send(parts: Parts) -> Handler[SendMail]:
    # The API queues mails and sends none, so it loads neither SMTP nor templates.
    from billing_api.deliveries.making import make_sending  # noqa: PLC0415

    return make_sending(parts).send


def _note(parts: Parts) -> JobCallback[SendMail]:
    return NoteDeliveries(DeliveryRepository(parts[Core].db)).note


FEATURE = Feature(
    tables=[deliveries, delivery_contents],
    parts={
        DeliveryContents: lambda core, _: DeliveryContents(core, DeliveryRepository(core.db)),
        RecipientLimit: lambda core, parts: RecipientLimit(
            parts[RateCounters],
            core.clock,
            parts[SecurityLog],
            parts.settings.mail_recipients_per_account,
        ),
        DocumentMails: lambda core, parts: DocumentMails(core, parts[Deliveries], parts[RecipientLimit]),
        Deliveries: lambda core, parts: Deliveries(
            core, DeliveryRepository(core.db), parts[Jobs], sender_of(parts.settings).domain
        ),
    },
    periodic={
        Periodic("deliveries.prune_contents", every=timedelta(hours=1)): lambda parts: (
            lambda _: parts[DeliveryContents].prune()
        )
    },
    tasks={SEND: _send, SEND_NOW: _send},
    on_job_change={SEND: _note, SEND_NOW: _note},
)
