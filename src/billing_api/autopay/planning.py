"""Plan automatic payments: each invoice some days before its due date, those of one day in one charge."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.autopay.fields import Progress
from billing_api.autopay.jobs import PlanAccount
from billing_api.autopay.model import Autopay, AutopayInvoice
from billing_api.autopay.repository import AutopayRepository
from billing_api.autopay.retries import RetryDays
from billing_api.autopay.switching import AutopaySwitch
from billing_api.autopay.values import InvoiceToPlan
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.errors import AppError, Kind
from billing_api.gateway.reasons import decline_code
from billing_api.jobs.tasks import JobRun
from billing_api.payment_methods.errors import TooManyDeclinesError
from billing_api.payments.planning import AutomaticPayment, PlannedPayments
from billing_api.payments.quote_schemas import MOST_INVOICES
from billing_api.payments.rechoosing import LeftOut

_INVOICES_AT_ONCE = 1000
_NOT_SENT = "The payment could not be sent."


class PlanAutopay:
    """Plans the invoices of one account whose due date is near."""

    def __init__(
        self,
        core: Core,
        repository: AutopayRepository,
        planned: PlannedPayments,
        switch: AutopaySwitch,
        *,
        notice_days: int,
        retry_days: RetryDays,
    ) -> None:
        """Take the number of days between the notice and the payment."""
        self.db = core.db
        self._core = core
        self._repository = repository
        self._planned = planned
        self._switch = switch
        self._notice_days = notice_days
        self._retry_days = retry_days

    async def plan_account(self, order: PlanAccount, _: JobRun) -> None:
        """Plan what is near for one account: a job."""
        await self._plan(order.account_id)

    @in_transaction
    async def _plan(self, account_id: UUID) -> None:
        """Plan each invoice on its due date, at the earliest tomorrow: its notice comes before.

        A method that can't pay any more switches autopay off.
        """
        account = await self._core.accounts.lock(account_id)
        choice = await self._repository.find(account_id)
        if choice is None or not choice.enabled or choice.pays_from is None or choice.payment_method_id is None:
            return
        currency, today = (await self._core.accounts.get(account_id)).currency, self._core.clock.today()
        due = await self._repository.list_to_plan(
            account,
            currency,
            payment_method_id=choice.payment_method_id,
            due_from=choice.pays_from,
            due_to=today + timedelta(days=self._notice_days),
            limit=_INVOICES_AT_ONCE,
        )
        waiting = {one.scheduled_on: one for one in await self._repository.list_waiting(account) if one.attempt == 1}
        above_limit: list[LeftOut] = []
        try:
            for day, attempt, invoices in _charges(self._on_their_days(account, due)):
                joined = waiting.pop(day, None) if attempt == 1 else None
                is_joined = joined is not None and joined.count + len(invoices) <= MOST_INVOICES
                extends = joined.payment_id if joined is not None and is_joined else None
                above_limit += await self._plan_charge(account, choice, currency, day, attempt, invoices, extends)
        except TooManyDeclinesError:
            return  # the next tick finds them
        except AppError as error:
            if error.kind is Kind.UNAVAILABLE:
                raise
            await self._switch.switch_off(account, choice, "payment_method", error.detail)
        self.announce_above_limit(account, choice, currency, above_limit)

    def _on_their_days(
        self, account: LockedAccount, due: Iterable[InvoiceToPlan]
    ) -> Iterator[tuple[date, InvoiceToPlan]]:
        """Yield invoices with the day of their next try; give up those that the method can't pay by another try.

        Tries before a change of the choice count as far as the method is the same.
        """
        today = self._core.clock.today()
        for one in due:
            day: date | None = max(one.due_on, today + timedelta(days=1))
            if one.first_on is not None:
                is_returned = bool(one.is_returned)
                day = self._retry_days.next_day(one.tries, one.first_on, is_returned=is_returned, today=today)
            if day is not None and not one.is_hard:
                yield day, one
            else:
                words = _NOT_SENT if one.last_code is None else decline_code(one.last_code).message
                row = _row(account, one, "ended", one.last_id, today, self._core.clock.now())
                self._repository.save_all([replace(row, attempt=one.tries, reason=words)])

    async def _plan_charge(
        self,
        account: LockedAccount,
        choice: Autopay,
        currency: str,
        day: date,
        attempt: int,
        invoices: Sequence[InvoiceToPlan],
        extends: UUID | None,
    ) -> list[LeftOut]:
        """Plan one payment, or add to the one of that day, and return the invoices that are above its limit."""
        assert choice.payment_method_id is not None  # it is enabled
        plan = AutomaticPayment(
            currency=currency,
            invoice_ids=tuple(one.id for one in invoices),
            scheduled_on=day,
            payment_method_id=choice.payment_method_id,
            most=choice.most,
            use_credits=choice.use_credits,
            attempt=attempt,
            extends=extends,
        )
        planned = await self._planned.plan(account, plan)
        await self.db.write_appended()  # the payment comes before the rows of its invoices, which refer to it
        now = self._core.clock.now()
        above_limit = [one for one in planned.left_out if one.reason == "above_limit"]
        found = {one.id: one for one in invoices}  # without those that the payment had before
        self._repository.save_all(
            _row(account, found[one], "planned", planned.payment_id, day, now)
            for one in planned.invoice_ids
            if one in found
        )
        self._repository.save_all(
            _row(account, found[one.invoice_id], "above_limit", None, day, now)
            for one in above_limit
            if one.invoice_id in found
        )
        return above_limit

    def announce_above_limit(
        self, account: LockedAccount, choice: Autopay, currency: str, left_out: Sequence[LeftOut]
    ) -> None:
        """Record the event of invoices that are left alone, from which the mail follows."""
        if not left_out:
            return
        self._core.events.record(
            account.id,
            "autopay.above_limit",
            account.id,
            currency=currency,
            limit=choice.most,
            invoices=[{"id": str(one.invoice_id), "number": one.invoice_number} for one in left_out],
        )


def _charges(
    days: Iterable[tuple[date, InvoiceToPlan]],
) -> Iterator[tuple[date, int, list[InvoiceToPlan]]]:
    """Yield the invoices of each charge with its day and the number of its try, as many as it takes."""
    ordered = sorted(days, key=_day_and_tries)
    for (day, tries), group in groupby(ordered, key=_day_and_tries):
        invoices = [invoice for _, invoice in group]
        for start in range(0, len(invoices), MOST_INVOICES):
            yield day, tries + 1, invoices[start : start + MOST_INVOICES]


def _day_and_tries(one: tuple[date, InvoiceToPlan]) -> tuple[date, int]:
    day, invoice = one
    return day, invoice.tries


def _row(
    account: LockedAccount, invoice: InvoiceToPlan, status: Progress, payment_id: UUID | None, day: date, now: datetime
) -> AutopayInvoice:
    return AutopayInvoice(
        account_id=account.id,
        invoice_id=invoice.id,
        status=status,
        payment_id=payment_id,
        attempt=invoice.tries + 1,
        first_on=invoice.first_on or day,
        reason=None if invoice.last_code is None else decline_code(invoice.last_code).message,
        updated_at=now,
    )
