"""Scheduled payments on their day: each is submitted once, with the figures of the day, however many workers there are.

A run submits in transaction one what it has found under the account's lock, then sends the sale, as a request does. A
worker that is killed in between leaves a payment that is `submitting`: a reconciler finds its outcome, and no further
run sends it.
"""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

import structlog

from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.gateway.failures import GatewayError
from billing_api.jobs.errors import TryAgainError
from billing_api.jobs.model import JobState
from billing_api.jobs.periodic import Tick
from billing_api.jobs.service import Jobs
from billing_api.jobs.tasks import JobRun, KeyedJob
from billing_api.kit.ids import new_id
from billing_api.payment_methods.lookups import Lookups
from billing_api.payments.charging import Charging
from billing_api.payments.errors import (
    PaymentCancelledError,
    PaymentDeclinedError,
    PaymentNotSentError,
    PaymentReturnedError,
)
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.repository.schedules import BEGINNING, PaymentScheduleRepository, ScheduledPayment
from billing_api.payments.schedule_jobs import RUN, ScheduledRun
from billing_api.payments.schedule_submitting import SubmitScheduled
from billing_api.payments.schedules import Schedules
from billing_api.payments.states import PaymentState
from billing_api.payments.waiting import WaitingPayments

log = structlog.get_logger(__name__)
_AT_ONCE = 200
_REFUSALS = (PaymentDeclinedError, PaymentNotSentError, PaymentReturnedError, PaymentCancelledError)
_BY_VENDOR = ("cancelled_by_vendor", "The vendor cancelled it.")


class ScheduleRuns:
    """Makes the payments whose day has come."""

    def __init__(
        self,
        core: Core,
        payments: PaymentRepository,
        schedules: PaymentScheduleRepository,
        reader: Schedules,
        waiting: WaitingPayments,
        submitting: SubmitScheduled,
        charging: Charging,
        lookups: Lookups,
        jobs: Jobs,
    ) -> None:
        self.db = core.db
        self._core = core
        self._payments = payments
        self._schedules = schedules
        self._reader = reader
        self._waiting = waiting
        self._submitting = submitting
        self._charging = charging
        self._lookups = lookups
        self._jobs = jobs

    async def enqueue_due(self, _: Tick) -> None:
        """Enqueue a job for each payment whose cut-off has passed, unless it has one.

        One whose job an operator has cancelled is cancelled.
        """
        place = BEGINNING
        while found := await self._schedules.list_due(self._reader.last_due_day(), place, _AT_ONCE):
            for cancelled in await self.db.run(partial(self._enqueue_all, found)):
                await self._cancel(cancelled)
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

    async def run(self, due: ScheduledRun, _: JobRun) -> None:
        """Make one payment: a job. Its outcome is in its state, so one without money is no failure of the job."""
        payment = await self._payments.find(due.account_id, due.payment_id)
        if payment is None or payment.state is not PaymentState.SCHEDULED or payment.scheduled_on != due.scheduled_on:
            return
        if payment.payment_method_id is not None:
            await self._require_gateway(due.account_id)
        run_id = new_id()  # made here, so that a repeated transaction knows its own work
        submitted = await self._submitting.submit(due, run_id)
        if submitted is None:
            return
        try:
            await self._charging.charge(due.account_id, submitted)
        except _REFUSALS as refusal:
            log.info("scheduled_payment_refused", payment_id=str(due.payment_id), code=refusal.code)

    async def _require_gateway(self, account_id: UUID) -> None:
        """Raise TryAgainError while the gateway can't be reached, or has none of our customers."""
        await self._charging.prepare()
        try:
            await self._lookups.require_familiar(account_id)
        except GatewayError as error:
            raise TryAgainError("the gateway can't be reached, or has none of the customers") from error


def _key_of(due: ScheduledPayment) -> str:
    """Return the key of the job that makes a payment on its day."""
    return f"{due.id} {due.scheduled_on}"
