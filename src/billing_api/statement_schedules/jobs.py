"""The jobs of scheduled statements."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from billing_api.jobs.periodic import Periodic
from billing_api.jobs.tasks import Task


@dataclass(frozen=True, slots=True)
class MakeScheduled:
    """The account, and the mailing day, of a statement that is due."""

    account_id: UUID
    mailed_on: date


MAKE = Task("statement_schedules.make", MakeScheduled, seconds=120)
ENQUEUE_DUE = Periodic("statement_schedules.enqueue", every=timedelta(minutes=5))
