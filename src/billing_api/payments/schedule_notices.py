"""Notices of scheduled payments: once for each, some days before it, with the figures as they are by then."""

from dataclasses import replace
from datetime import timedelta

from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.jobs.batches import run_each
from billing_api.jobs.periodic import Tick
from billing_api.payments.figuring import Figuring
from billing_api.payments.reading import event_payload
from billing_api.payments.rechoosing import Bounds
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.repository.schedules import BEGINNING, PaymentScheduleRepository, ScheduledPayment
from billing_api.payments.schedules import figures_of, restored, with_figures
from billing_api.payments.states import PaymentState

_AT_ONCE = 200


class ScheduleNotices:
    """Announces the payments whose day is near."""

    def __init__(
        self,
        core: Core,
        payments: PaymentRepository,
        schedules: PaymentScheduleRepository,
        figuring: Figuring,
        *,
        notice_days: int,
    ) -> None:
        """Take the number of days between the notice and the payment."""
        self.db = core.db
        self._core = core
        self._payments = payments
        self._schedules = schedules
        self._figuring = figuring
        self._notice_days = notice_days

    async def announce(self, _: Tick) -> None:
        """Announce all that are near, and were not announced yet: periodic work."""
        place, until = BEGINNING, self._core.clock.today() + timedelta(days=self._notice_days)
        while found := await self._schedules.list_to_remind(until, place, _AT_ONCE):
            await run_each(
                found,
                self._announce,
                event="scheduled_payment_not_announced",
                facts=lambda near: {"payment_id": str(near.id)},
            )
            place = found[-1]

    @in_transaction
    async def _announce(self, near: ScheduledPayment) -> None:
        """Work the figures out anew, and record the event that the mail follows from; none where nothing is left."""
        account = await self._core.accounts.lock(near.account_id)
        payment = await self._payments.find(account.id, near.id)
        schedule = await self._schedules.find(account.id, near.id)
        if payment is None or schedule is None or payment.scheduled_on is None:
            return
        if payment.state is not PaymentState.SCHEDULED or schedule.reminded_at is not None:
            return
        now, wanted = self._core.clock.now(), restored(schedule.choice)
        basis = await self._figuring.lock(account, wanted)
        bounds = Bounds(schedule.most) if payment.is_autopay else None
        rechosen = basis.rechoose(wanted, payment.scheduled_on, bounds)
        figures = None if rechosen.wanted is None else basis.quote(rechosen.wanted, payment.scheduled_on)
        changed = payment.moved(payment.state, now)
        if figures is not None:
            changed = with_figures(changed, figures)
            self._core.events.record(account.id, "payment.upcoming", payment.id, **event_payload(changed, (), ()))
        self._payments.update_scheduled(changed)
        self._schedules.save(replace(schedule, figures=figures_of(figures, basis, rechosen.left_out), reminded_at=now))
