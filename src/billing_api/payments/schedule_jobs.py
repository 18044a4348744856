"""The jobs of scheduled payments."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from billing_api.jobs.periodic import Periodic
from billing_api.jobs.tasks import Task


@dataclass(frozen=True, slots=True)
class ScheduledRun:
    """A scheduled payment, and its day."""

    account_id: UUID
    payment_id: UUID
    scheduled_on: date


# While the gateway can't be reached it is tried for a day.
RUN = Task("payments.run_scheduled", ScheduledRun, attempts=30, seconds=120, slow=True)
ENQUEUE_DUE = Periodic("payments.enqueue_scheduled", every=timedelta(minutes=5))
ANNOUNCE = Periodic("payments.announce_scheduled", every=timedelta(hours=1))
