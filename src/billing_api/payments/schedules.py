"""A scheduled payment as it is stored and shown, and the time until which it can be changed."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from billing_api.errors import FieldError, InvalidInputError
from billing_api.invoices.values import Payable
from billing_api.kit.clock import Clock
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payments.choosing import uncontested
from billing_api.payments.figuring import Basis
from billing_api.payments.model import PaymentDetail, PaymentSchedule
from billing_api.payments.quote_schemas import MOST_DAYS_AHEAD, PaymentQuoteCreate
from billing_api.payments.quoting import Quote, QuoteLine
from billing_api.payments.reading import read_payment
from billing_api.payments.rechoosing import LeftOut
from billing_api.payments.repository.schedules import PaymentScheduleRepository
from billing_api.payments.schedule_errors import PaymentCutOffPassedError, PaymentNotScheduledError
from billing_api.payments.schedule_schemas import (
    PaymentChoiceRead,
    PaymentCreditsRead,
    PaymentScheduleRead,
    ScheduleReasonRead,
)
from billing_api.payments.schemas import PaymentRead
from billing_api.payments.states import PaymentState

_UNCONTESTED = {"contested_left_out": 0}  # which figures that were stored by an earlier version don't have
_CHOICE = {"currency", "pay", "credits", "overpayment"}


def choice_of(wanted: PaymentQuoteCreate) -> dict[str, Any]:
    """Return a choice as it is stored."""
    return wanted.model_dump(mode="json", include=_CHOICE)


def restored(choice: dict[str, Any]) -> PaymentQuoteCreate:
    """Return a stored choice."""
    return PaymentQuoteCreate.model_validate(choice)


def figures_of(figures: Quote | None, basis: Basis, left_out: Iterable[LeftOut] = ()) -> dict[str, Any]:
    """Return the figures of a schedule as they are stored: its invoices, and those that are left out."""
    return {
        "invoices": [
            {
                "invoice_id": str(line.invoice_id),
                "invoice_number": line.number,
                "amount": line.amount,
                "credited": line.credited,
                "deposit_applied": line.deposit_applied,
                "discounted": line.discounted,
                **_contested(line, basis.invoices[line.invoice_id]),
            }
            for line in (() if figures is None else figures.lines)
        ],
        "left_out": [{**asdict(one), "invoice_id": str(one.invoice_id)} for one in left_out],
    }


def _contested(line: QuoteLine, invoice: Payable) -> dict[str, Any]:
    """Return whether a line pays a part that the customer contests, and the contested amount that it leaves out."""
    contested = min(invoice.contested or 0, invoice.payable)
    settled = line.amount + line.credited + line.deposit_applied + line.discounted
    paid = min(contested, max(0, settled - uncontested(invoice)))
    return {"contested": paid > 0, "contested_left_out": contested - paid}


def with_figures(payment: PaymentDetail, figures: Quote) -> PaymentDetail:
    """Return a payment that waits for its day, with these amounts."""
    return replace(
        payment,
        amount=figures.amount,
        credited=figures.total("credited"),
        deposit_applied=figures.total("deposit_applied"),
        discounted=figures.total("discounted"),
        overpaid=figures.overpayment,
    )


class Schedules:
    """Reads scheduled payments, and knows their days and cut-offs."""

    def __init__(
        self, schedules: PaymentScheduleRepository, methods: PaymentMethods, clock: Clock, *, hour: int
    ) -> None:
        """Take the hour of the books' day from which its payments are made, and can't be changed any more."""
        self._schedules = schedules
        self._methods = methods
        self._clock = clock
        self._hour = hour

    def cut_off(self, day: date) -> datetime:
        """Return the moment, in UTC, from which the payments of a day are made."""
        return datetime.combine(day, time(self._hour), self._clock.zone).astimezone(UTC)

    def last_due_day(self) -> date:
        """Return the last day whose payments are made by now."""
        today = self._clock.today()
        return today if self._clock.now() >= self.cut_off(today) else today - timedelta(days=1)

    def require_day(self, day: date) -> None:
        """Require a day that a payment can be scheduled on. Raise InvalidInputError."""
        first = self._clock.today() + timedelta(days=1)
        last = self._clock.today() + timedelta(days=MOST_DAYS_AHEAD)
        if not first <= day <= last:
            words = f"Choose a day from {first} to {last}, in the books' time zone."
            raise InvalidInputError(FieldError("/scheduled_on", "out_of_range", words))

    def require_waiting(self, payment: PaymentDetail) -> None:
        """Require that a payment can still be changed. Raise PaymentNotScheduledError, PaymentCutOffPassedError."""
        if payment.state is not PaymentState.SCHEDULED or payment.scheduled_on is None:
            raise PaymentNotScheduledError(payment.state)
        if self._clock.now() >= (cut_off := self.cut_off(payment.scheduled_on)):
            raise PaymentCutOffPassedError(payment.scheduled_on, cut_off)

    async def read(self, payment: PaymentDetail) -> PaymentRead:
        """Return a payment, with its schedule if it has one."""
        if payment.scheduled_on is None:
            return read_payment(payment)
        return await self.read_with(payment, await self._schedules.get(payment.account_id, payment.id))

    async def read_with(self, payment: PaymentDetail, schedule: PaymentSchedule) -> PaymentRead:
        """Return a payment with its schedule."""
        assert payment.scheduled_on is not None  # it has a schedule
        choice = schedule.choice
        reason = None
        if schedule.ended_code is not None and schedule.ended_text is not None:
            reason = ScheduleReasonRead(code=schedule.ended_code, detail=schedule.ended_text)
        read = PaymentScheduleRead.model_validate(
            {
                "card_expires_on": await self._expires_before(payment),
                "change_until": self.cut_off(payment.scheduled_on),
                "pay": PaymentChoiceRead.model_validate({"invoices": None, "amount": None} | choice["pay"]),
                "credits": PaymentCreditsRead.model_validate({"credits": None, "amount": None} | choice["credits"]),
                "overpayment": choice["overpayment"] or 0,
                "invoices": [_UNCONTESTED | one for one in schedule.figures["invoices"]],
                "left_out": schedule.figures["left_out"],
                "limit": schedule.most,
                "attempt": schedule.attempt,
                "reason": reason,
                "retried_by": schedule.retried_by,
            }
        )
        return read_payment(payment, read)

    async def _expires_before(self, payment: PaymentDetail) -> date | None:
        """Return the last day of the card of a payment that waits for a later day than that; None for all others."""
        if payment.state is not PaymentState.SCHEDULED or payment.payment_method_id is None:
            return None
        assert payment.scheduled_on is not None  # it waits for its day
        expires_on = await self._methods.find_last_day(payment.account_id, payment.payment_method_id)
        return expires_on if expires_on is not None and expires_on < payment.scheduled_on else None
