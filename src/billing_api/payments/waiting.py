"""Payments that wait for their day: how they end without being sent, and their events."""

from dataclasses import replace

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.payments.model import PaymentDetail, PaymentSchedule
from billing_api.payments.reading import event_payload
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.repository.schedules import PaymentScheduleRepository
from billing_api.payments.states import PaymentState


class WaitingPayments:
    """Ends the payments of a locked account that wait for their day, and records their events."""

    def __init__(self, core: Core, payments: PaymentRepository, schedules: PaymentScheduleRepository) -> None:
        self._core = core
        self._payments = payments
        self._schedules = schedules

    def end(
        self,
        account: LockedAccount,
        payment: PaymentDetail,
        schedule: PaymentSchedule,
        state: PaymentState,
        *,
        code: str,
        text: str,
    ) -> tuple[PaymentDetail, PaymentSchedule]:
        """Have a payment that waits for its day end without being sent, and return it with its schedule."""
        ended = payment.moved(state, self._core.clock.now())
        schedule = replace(schedule, ended_code=code, ended_text=text)
        self._payments.update(ended)
        self._schedules.save(schedule)
        self._core.audit.record(account.id, f"payment.{state}", payment.id, reason=code)
        self.record(account, f"payment.{state}", ended, reason=code)
        return ended, schedule

    def record(self, account: LockedAccount, kind: str, payment: PaymentDetail, **facts: object) -> None:
        """Record an event of a payment that waits for its day."""
        self._core.events.record(account.id, kind, payment.id, **event_payload(payment, (), ()), **facts)
