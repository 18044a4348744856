"""The jobs that send mails."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from billing_api.jobs.tasks import Backoff, Priority, Task


@dataclass(frozen=True, slots=True)
class SendMail:
    """Which delivery is to be sent."""

    account_id: UUID
    delivery_id: UUID


# Over three days: 30 s, 1 min, 2 min … and then every four hours. One try may take as long as SMTP_TIMEOUT_SECONDS.
_LATER = Backoff(timedelta(seconds=30), timedelta(hours=4))
SEND = Task("deliveries.send", SendMail, attempts=26, backoff=_LATER, seconds=660, slow=True)
# For mails that someone waits for, such as a new password's; they soon lose their use.
SEND_NOW = Task(
    "deliveries.send_now",
    SendMail,
    attempts=10,
    backoff=Backoff(timedelta(seconds=5), timedelta(minutes=10)),
    seconds=660,
    priority=Priority.URGENT,
    slow=True,
)
