"""The jobs of autopay."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from billing_api.jobs.periodic import Periodic
from billing_api.jobs.tasks import Task


@dataclass(frozen=True, slots=True)
class PlanAccount:
    """An account whose choice has changed, or that has invoices whose due date is near."""

    account_id: UUID


@dataclass(frozen=True, slots=True)
class PlanPage:
    """The accounts that come after one, as many as a job looks at."""

    after: UUID


@dataclass(frozen=True, slots=True)
class Happened:
    """A fact about an automatic payment: its kind is that of the event."""

    account_id: UUID
    kind: str
    subject_id: UUID


PLAN = Task("autopay.plan_account", PlanAccount)
PLAN_PAGE = Task("autopay.plan_page", PlanPage)
FOLLOW_UP = Task("autopay.follow_up", Happened)
PLAN_ALL = Periodic("autopay.plan", every=timedelta(hours=1))
FOLLOWED = frozenset(
    {
        "payment.rescheduled",
        *(f"payment.{state}" for state in ("succeeded", "processing", "declined", "failed", "returned", "cancelled")),
    }
)
