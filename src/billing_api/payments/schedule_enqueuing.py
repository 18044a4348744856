"""Scheduled payments whose day has come: each gets a job, once."""

from collections.abc import Sequence
from functools import partial

from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.jobs.batches import run_each
from billing_api.jobs.model import JobState
from billing_api.jobs.periodic import Tick
from billing_api.jobs.service import Jobs
from billing_api.jobs.tasks import KeyedJob
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.repository.schedules import BEGINNING, PaymentScheduleRepository, ScheduledPayment
from billing_api.payments.schedule_jobs import RUN, ScheduledRun
from billing_api.payments.schedules import Schedules
from billing_api.payments.states import PaymentState
from billing_api.payments.waiting import WaitingPayments

_AT_ONCE = 200
_BY_VENDOR = ("cancelled_by_vendor", "The vendor cancelled it.")


class EnqueueScheduled:
    """Enqueues the payments of all accounts whose cut-off has passed."""

    def __init__(
        self,
        core: Core,
        payments: PaymentRepository,
        schedules: PaymentScheduleRepository,
        reader: Schedules,
        waiting: WaitingPayments,
        jobs: Jobs,
    ) -> None:
        self.db = core.db
        self._core = core
        self._payments = payments
        self._schedules = schedules
        self._reader = reader
        self._waiting = waiting
        self._jobs = jobs

    async def enqueue_due(self, _: Tick) -> None:
        """Enqueue a job for each payment whose cut-off has passed, unless it has one.

        One whose job an operator has cancelled is cancelled.
        """
        place = BEGINNING
        while found := await self._schedules.list_due(self._reader.last_due_day(), place, _AT_ONCE):
            cancelled = await self.db.run(partial(self._enqueue_all, found))
            await run_each(
                cancelled,
                self._cancel,
                event="scheduled_payment_not_cancelled",
                facts=lambda due: {"payment_id": str(due.id)},
            )
            place = found[-1]

    async def _enqueue_all(self, found: Sequence[ScheduledPayment]) -> list[ScheduledPayment]:
        """Enqueue a job for each, and return those whose job an operator has cancelled."""
        wanted = [
            KeyedJob(_key_of(due), ScheduledRun(due.account_id, due.id, due.scheduled_on), due.account_id)
            for due in found
        ]
        states = await self._jobs.enqueue_all(RUN, wanted)
        return [due for due in found if states[_key_of(due)] is JobState.CANCELLED]

    @in_transaction
    async def _cancel(self, due: ScheduledPayment) -> None:
        account = await self._core.accounts.lock(due.account_id)
        payment = await self._payments.find(due.account_id, due.id)
        if payment is not None and payment.state is PaymentState.SCHEDULED:
            schedule = await self._schedules.get(due.account_id, due.id)
            code, text = _BY_VENDOR
            self._waiting.end(account, payment, schedule, PaymentState.CANCELLED, code=code, text=text)


def _key_of(due: ScheduledPayment) -> str:
    """Return the key of the job that makes a payment on its day."""
    return f"{due.id} {due.scheduled_on}"
