"""The next try of a scheduled payment that was certainly not sent: a payment of its own, on the same day.

A try whose worker died is `failed` once two searches have found nothing, and it is not sent again itself: its own sale
may still turn up. So the next try has an order of its own, and of all tries one keeps its charge. Autopay plans its
retries itself, on other days.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.kit.ids import new_id
from billing_api.payments.model import PaymentDetail, PaymentSchedule
from billing_api.payments.reading import event_payload
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.repository.schedules import PaymentScheduleRepository
from billing_api.payments.states import ChargeOutcome, PaymentState
from billing_api.payments.submitting import COUNTER, payment_number

NOT_SENT = "not_sent"
_NOT_SENT_TEXT = "It could not be sent. Nothing was charged."
_CANCELLED = {"cancelled_by_customer", "cancelled_by_vendor", "payment_method_removed"}
_MOST_TRIES = 5
_LONGEST = timedelta(days=1)  # after a try, as long as a gateway that is away is waited for
_WAITS = {3: timedelta(hours=1), 4: timedelta(hours=4), 5: timedelta(hours=8)}


def may_start(payment: PaymentDetail, schedule: PaymentSchedule, now: datetime) -> bool:
    """Return whether the time of a try has come: later tries wait some hours, until the fault may be mended."""
    return payment.is_autopay or now >= payment.created_at + _WAITS.get(schedule.attempt, timedelta())


class RetryScheduled:
    """Plans tries anew of payments that were not sent, in the open transaction."""

    def __init__(self, core: Core, payments: PaymentRepository, schedules: PaymentScheduleRepository) -> None:
        self._core = core
        self._payments = payments
        self._schedules = schedules

    async def plan_retry(self, account: LockedAccount, payment: PaymentDetail, outcome: ChargeOutcome) -> UUID | None:
        """Plan the next try of a payment that was not sent, and return its id, or None.

        A failure that an operator has decided on is not tried again: it may have been paid in another way.
        """
        if payment.scheduled_on is None:
            return None
        schedule = await self._schedules.get(account.id, payment.id)
        if await self.is_replaced(account, payment):
            return schedule.retried_by
        is_tried_again = (
            not payment.is_autopay
            and outcome.resolver == "gateway"
            and schedule.retried_by is None
            and schedule.attempt < _MOST_TRIES
            and self._core.clock.now() - payment.written_at < _LONGEST
        )
        if not is_tried_again:
            self._schedules.save(replace(schedule, ended_code=NOT_SENT, ended_text=_NOT_SENT_TEXT))
            return None
        again = await self._add(account, payment, schedule)
        text = f"It could not be sent, and is tried again as {again.number}."
        self._schedules.save(replace(schedule, ended_code="tried_again", ended_text=text, retried_by=again.id))
        return again.id

    async def _add(self, account: LockedAccount, payment: PaymentDetail, schedule: PaymentSchedule) -> PaymentDetail:
        """Add a payment that waits for the same day, which has come: a run works its figures out again."""
        assert payment.scheduled_on is not None  # the caller has checked it
        now = self._core.clock.now()
        again = replace(
            payment,
            id=new_id(),
            number=payment_number(await self._core.accounts.next_number(account, COUNTER)),
            state=PaymentState.SCHEDULED,
            received_on=payment.scheduled_on,
            deposit_id=None,
            method_token=None,
            order_id=None,
            next_check_at=None,
            absent_since=None,
            resolved_by=None,
            created_at=now,
            updated_at=now,
            version=1,
            submitted_at=None,
            allocations=(),
            credits=(),
        )
        self._payments.add(again)
        self._schedules.save(
            replace(schedule, payment_id=again.id, attempt=schedule.attempt + 1, reminded_at=now, run_id=None)
        )
        self._core.audit.record(
            account.id, "payment.scheduled", again.id, number=again.number, retry_of=str(payment.id)
        )
        self._core.events.record(
            account.id, "payment.scheduled", again.id, **event_payload(again, (), ()), retry_of=str(payment.id)
        )
        return again

    async def is_replaced(self, account: LockedAccount, payment: PaymentDetail) -> bool:
        """Return whether a later try has the money or may have it, or was cancelled.

        A charge of this one is given back then.
        """
        return any(
            later.state.is_live
            or later.state is PaymentState.SUCCEEDED
            or (later.state is PaymentState.CANCELLED and schedule.ended_code in _CANCELLED)
            for later, schedule in await self._later_tries(account, payment)
        )

    async def withdraw(self, account: LockedAccount, payment: PaymentDetail) -> None:
        """Cancel the next try while it waits: this one was sent after all."""
        for later, schedule in await self._later_tries(account, payment):
            if later.state is PaymentState.SCHEDULED:
                code, text = "earlier_try_sent", "An earlier try of it was sent after all."
                ended = later.moved(PaymentState.CANCELLED, self._core.clock.now())
                self._payments.update(ended)
                self._schedules.save(replace(schedule, ended_code=code, ended_text=text))
                self._core.audit.record(account.id, "payment.cancelled", later.id, reason=code)
                self._core.events.record(
                    account.id, "payment.cancelled", later.id, **event_payload(ended, (), ()), reason=code
                )

    async def _later_tries(
        self, account: LockedAccount, payment: PaymentDetail
    ) -> list[tuple[PaymentDetail, PaymentSchedule]]:
        tries: list[tuple[PaymentDetail, PaymentSchedule]] = []
        schedule = None if payment.scheduled_on is None else await self._schedules.find(account.id, payment.id)
        while schedule is not None and schedule.retried_by is not None:
            later = await self._payments.find(account.id, schedule.retried_by)
            schedule = await self._schedules.find(account.id, schedule.retried_by)
            if later is not None and schedule is not None:
                tries.append((later, schedule))
        return tries
