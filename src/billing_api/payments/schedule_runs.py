"""Scheduled payments on their day: each is submitted once, with the figures of the day, however many workers there are.

A run submits in transaction one what it has found under the account's lock, then sends the sale, as a request does. A
worker that is killed in between leaves a payment that is `submitting`: a reconciler finds its outcome, and no further
run sends it.
"""

from uuid import UUID

import structlog

from billing_api.gateway.failures import GatewayError
from billing_api.jobs.errors import TryAgainError
from billing_api.jobs.tasks import JobRun
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
from billing_api.payments.schedule_jobs import ScheduledRun
from billing_api.payments.schedule_submitting import SubmitScheduled
from billing_api.payments.states import PaymentState

log = structlog.get_logger(__name__)
_REFUSALS = (PaymentDeclinedError, PaymentNotSentError, PaymentReturnedError, PaymentCancelledError)


class RunScheduled:
    """Makes the payments whose day has come."""

    def __init__(
        self, payments: PaymentRepository, submitting: SubmitScheduled, charging: Charging, lookups: Lookups
    ) -> None:
        self._payments = payments
        self._submitting = submitting
        self._charging = charging
        self._lookups = lookups

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
