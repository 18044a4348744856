"""The follow-up of automatic payments: retries of those that may succeed later, and the end of the others."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from billing_api.accounts.locked import LockedAccount
from billing_api.autopay.fields import SwitchedOffCode
from billing_api.autopay.jobs import FOLLOW_UP, Happened
from billing_api.autopay.model import Autopay, AutopayInvoice
from billing_api.autopay.planning import PlanAutopay
from billing_api.autopay.repository import AutopayRepository
from billing_api.autopay.retries import RetryDays
from billing_api.autopay.switching import AutopaySwitch
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.errors import AppError, Kind
from billing_api.events.values import NumberedEvent
from billing_api.jobs.service import Jobs
from billing_api.jobs.tasks import JobRun
from billing_api.payment_methods.errors import TooManyDeclinesError
from billing_api.payments.planning import AutomaticPayment, PlannedPayments
from billing_api.payments.rechoosing import LeftOut
from billing_api.payments.retrying import NOT_SENT
from billing_api.payments.schedule_schemas import PaymentScheduleRead
from billing_api.payments.schemas import PaymentRead
from billing_api.payments.service import Payments
from billing_api.payments.states import PaymentState

_WITHOUT_MONEY: dict[PaymentState, SwitchedOffCode] = {
    PaymentState.DECLINED: "declined",
    PaymentState.FAILED: "payment_method",
    PaymentState.RETURNED: "returned",
}
_TAKEN_OUT = "It was taken out of its automatic payment."
_NOTHING, _TOO_MANY_DECLINES = "nothing_payable", TooManyDeclinesError.code


class FollowAutopay:
    """Follows each automatic payment to its end. A step is repeatable: it looks at the payment as it stands."""

    def __init__(
        self,
        core: Core,
        repository: AutopayRepository,
        payments: Payments,
        planned: PlannedPayments,
        planning: PlanAutopay,
        switch: AutopaySwitch,
        jobs: Jobs,
        *,
        retry_days: RetryDays,
    ) -> None:
        self.db = core.db
        self._core = core
        self._repository = repository
        self._payments = payments
        self._planned = planned
        self._planning = planning
        self._switch = switch
        self._jobs = jobs
        self._retry_days = retry_days

    async def consume(self, event: NumberedEvent) -> None:
        """Enqueue a job for an event of an automatic payment, in the open transaction."""
        if event.data.get("is_autopay"):
            happened = Happened(event.account_id, event.kind, event.subject_id)
            await self._jobs.enqueue(FOLLOW_UP, happened, key=str(event.id), account_id=event.account_id)

    @in_transaction
    async def follow_up(self, happened: Happened, run: JobRun) -> None:
        """Do what follows: a job, whose changes and end are one transaction."""
        account = await self._core.accounts.lock(happened.account_id)
        choice = await self._repository.find(account.id)
        if choice is not None and (rows := await self._repository.list_of_payment(account, happened.subject_id)):
            await self._follow(account, choice, rows, await self._payments.get(account.id, happened.subject_id))
        await run.finish()

    async def _follow(
        self, account: LockedAccount, choice: Autopay, rows: Sequence[AutopayInvoice], payment: PaymentRead
    ) -> None:
        """Settle the invoices that were left out, then go on with the others as the payment's state says."""
        schedule = payment.schedule
        assert schedule is not None  # an automatic payment has one
        if payment.status is PaymentState.SCHEDULED:
            self._end_removed(rows, schedule)
            return
        rows = self._without_left_out(account, choice, rows, payment, schedule)
        if payment.status in _WITHOUT_MONEY:
            rows = [row for row in rows if row.status != "ended"]
            await self._go_on_without_money(account, choice, rows, payment, schedule)
        elif payment.status is PaymentState.CANCELLED:
            if schedule.reason is not None and schedule.reason.code == _NOTHING:
                self._repository.forget(account, [row.invoice_id for row in rows])
            else:
                self._end(rows, schedule.reason.detail if schedule.reason is not None else "The charge was cancelled.")
        else:
            self._repository.save_all(
                replace(row, status="sent", updated_at=self._core.clock.now())
                for row in rows
                if row.status == "planned"
            )

    def _end_removed(self, rows: Sequence[AutopayInvoice], schedule: PaymentScheduleRead) -> None:
        """Mark invoices that the customer has removed from the payment as `ended`; plan again those that are back."""
        kept = {one.invoice_id for one in schedule.invoices} | {one.invoice_id for one in schedule.left_out}
        self._end([row for row in rows if row.status == "planned" and row.invoice_id not in kept], _TAKEN_OUT)
        self._repository.save_all(
            replace(row, status="planned", reason=None, updated_at=self._core.clock.now())
            for row in rows
            if row.status == "ended" and row.invoice_id in kept
        )

    def _without_left_out(
        self,
        account: LockedAccount,
        choice: Autopay,
        rows: Sequence[AutopayInvoice],
        payment: PaymentRead,
        schedule: PaymentScheduleRead,
    ) -> list[AutopayInvoice]:
        """Return the invoices that the payment has; others were left out, or removed by the customer's change.

        One that had nothing to pay, or was contested, is planned anew when it can be paid again. One that the customer
        has removed is left to the customer, as one whose payment was cancelled.
        """
        left_out = {one.invoice_id: one for one in schedule.left_out}
        paid = {part.invoice_id for part in payment.allocations} or {row.invoice_id for row in rows} - left_out.keys()
        found = {row.invoice_id: row for row in rows if row.invoice_id not in paid}
        above = [left_out[one] for one in found if one in left_out and left_out[one].reason == "above_limit"]
        now = self._core.clock.now()
        self._repository.save_all(
            replace(found[one.invoice_id], status="above_limit", payment_id=None, updated_at=now) for one in above
        )
        self._planning.announce_above_limit(
            account,
            choice,
            payment.currency,
            [LeftOut(one.invoice_id, one.invoice_number, "above_limit") for one in above],
        )
        self._repository.forget(account, found.keys() & left_out.keys() - {one.invoice_id for one in above})
        self._end([row for row in found.values() if row.invoice_id not in left_out], _TAKEN_OUT)
        return [row for row in rows if row.invoice_id in paid]

    async def _go_on_without_money(
        self,
        account: LockedAccount,
        choice: Autopay,
        rows: Sequence[AutopayInvoice],
        payment: PaymentRead,
        schedule: PaymentScheduleRead,
    ) -> None:
        """Try again later what may succeed then, or by another method; else give up the invoices, and switch off."""
        if not rows:
            return
        words = _words_of(payment, schedule)
        if not _may_succeed_later(payment, schedule) and not _was_of_another_method(payment, choice):
            self._end(rows, words)
            if choice.enabled:
                code = _WITHOUT_MONEY[payment.status]
                await self._switch.switch_off(account, choice, code, words, payment.id)
            return
        next_on = self._next_try(payment, schedule, rows[0].first_on) if choice.enabled else None
        if next_on is not None:
            try:
                await self._retry(account, choice, rows, payment, schedule, next_on, words)
            except TooManyDeclinesError:
                next_on = None
            except AppError as error:
                if error.kind is Kind.UNAVAILABLE:
                    raise
                self._end(rows, words)
                await self._switch.switch_off(account, choice, "payment_method", error.detail, payment.id)
                return
        if next_on is None:
            self._end(rows, words)
        self._core.events.record(
            account.id,
            "autopay.payment_failed",
            payment.id,
            number=payment.number,
            status=payment.status,
            next_try_on=None if next_on is None else next_on.isoformat(),
        )

    def _next_try(self, payment: PaymentRead, schedule: PaymentScheduleRead, first_on: date) -> date | None:
        """Return the day of the next try, tomorrow at the earliest; None when there are no more."""
        is_returned, today = payment.status is PaymentState.RETURNED, self._core.clock.today()
        return self._retry_days.next_day(schedule.attempt, first_on, is_returned=is_returned, today=today)

    async def _retry(
        self,
        account: LockedAccount,
        choice: Autopay,
        rows: Sequence[AutopayInvoice],
        payment: PaymentRead,
        schedule: PaymentScheduleRead,
        day: date,
        words: str,
    ) -> None:
        assert choice.payment_method_id is not None  # it is enabled
        plan = AutomaticPayment(
            currency=payment.currency,
            invoice_ids=tuple(row.invoice_id for row in rows),
            scheduled_on=day,
            payment_method_id=choice.payment_method_id,
            most=choice.most,
            use_credits=choice.use_credits,
            attempt=schedule.attempt + 1,
            is_announced=False,  # by the mail about this failure
        )
        planned = await self._planned.plan(account, plan)
        now = self._core.clock.now()
        kept = set(planned.invoice_ids)
        self._repository.save_all(
            replace(
                row,
                status="planned",
                payment_id=planned.payment_id,
                attempt=plan.attempt,
                reason=words,
                updated_at=now,
            )
            for row in rows
            if row.invoice_id in kept
        )
        self._repository.forget(account, [row.invoice_id for row in rows if row.invoice_id not in kept])

    def _end(self, rows: Sequence[AutopayInvoice], reason: str) -> None:
        now = self._core.clock.now()
        self._repository.save_all(replace(row, status="ended", reason=reason, updated_at=now) for row in rows)


def _may_succeed_later(payment: PaymentRead, schedule: PaymentScheduleRead) -> bool:
    if payment.status is PaymentState.FAILED:  # it was not sent: the gateway was away, or the method can't pay
        return schedule.reason is None or schedule.reason.code in {NOT_SENT, _TOO_MANY_DECLINES}
    return payment.decline is not None and payment.decline.retry_may_help


def _was_of_another_method(payment: PaymentRead, choice: Autopay) -> bool:
    """Return whether autopay pays by another method now, of which the end of this payment says nothing."""
    return choice.enabled and payment.payment_method_id != choice.payment_method_id


def _words_of(payment: PaymentRead, schedule: PaymentScheduleRead) -> str:
    if payment.decline is not None:
        return payment.decline.message
    if schedule.reason is not None:
        return schedule.reason.detail
    return "The payment could not be sent."
