"""Automatic payments: planned by autopay as scheduled ones, within its bounds, and withdrawn by it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.kit.ids import new_id
from billing_api.payments.credit_schemas import NO_CREDITS, AutomaticCredits
from billing_api.payments.drafting import draft_anew, draft_waiting
from billing_api.payments.figuring import Figuring
from billing_api.payments.model import PaymentDetail, PaymentSchedule
from billing_api.payments.quote_schemas import PayInvoices, PaymentInvoice, PaymentQuoteCreate
from billing_api.payments.rechoosing import Bounds, LeftOut
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.repository.schedules import PaymentScheduleRepository
from billing_api.payments.schedule_errors import PaymentCutOffPassedError, PaymentNotScheduledError
from billing_api.payments.schedules import Schedules, choice_of, figures_of, restored
from billing_api.payments.states import PaymentState
from billing_api.payments.submitting import COUNTER, payment_number
from billing_api.payments.waiting import WaitingPayments


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomaticPayment:
    """An automatic payment of whole invoices, at most as many as one payment pays."""

    currency: str
    invoice_ids: tuple[UUID, ...]
    scheduled_on: date
    payment_method_id: UUID
    most: int | None
    use_credits: bool
    attempt: int = 1
    is_announced: bool = True
    extends: UUID | None = None  # a planned payment of the same day, which gets these invoices too if it is unchanged

    def choice_of(self, *invoice_ids: UUID) -> PaymentQuoteCreate:
        """Return the choice of whole invoices that is planned."""
        return PaymentQuoteCreate(
            currency=self.currency,
            pay=PayInvoices(
                type="named", invoices=[PaymentInvoice(invoice_id=invoice_id) for invoice_id in invoice_ids]
            ),
            credits=AutomaticCredits(type="automatic") if self.use_credits else NO_CREDITS,
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """A payment that is planned, None where no invoice of the plan can be paid; and the state of each invoice."""

    payment_id: UUID | None
    invoice_ids: tuple[UUID, ...]
    left_out: tuple[LeftOut, ...]


class PlannedPayments:
    """The automatic payments of one account, in the open transaction."""

    def __init__(
        self,
        core: Core,
        payments: PaymentRepository,
        schedules: PaymentScheduleRepository,
        figuring: Figuring,
        reader: Schedules,
        waiting: WaitingPayments,
    ) -> None:
        self._core = core
        self._payments = payments
        self._schedules = schedules
        self._figuring = figuring
        self._reader = reader
        self._waiting = waiting

    async def plan(self, account: LockedAccount, plan: AutomaticPayment) -> Planned:
        """Schedule an automatic payment, and announce it by the event `payment.upcoming`, if the plan says so.

        Raise the errors of `get_chargeable` where something is to be charged.
        """
        before = None if plan.extends is None else await self._find_joined(account, plan, plan.extends)
        earlier = () if before is None else _whole_invoices(restored(before[1].choice))
        wanted = plan.choice_of(*earlier, *plan.invoice_ids)
        basis = await self._figuring.lock(account, wanted)
        rechosen = basis.rechoose(wanted, plan.scheduled_on, Bounds(plan.most))
        if rechosen.wanted is None:
            return Planned(None, (), rechosen.left_out)
        figures = basis.quote(rechosen.wanted, plan.scheduled_on)
        method = await self._figuring.require_method(account, plan.payment_method_id, figures)
        now = self._core.clock.now()
        if before is None:
            number = payment_number(await self._core.accounts.next_number(account, COUNTER))
            payment = draft_waiting(
                account, new_id(), number, figures, method, now=now, scheduled_on=plan.scheduled_on, is_autopay=True
            )
            self._payments.add(payment)
        else:
            payment = draft_anew(account, before[0], figures, method, now=now, scheduled_on=plan.scheduled_on)
            self._payments.update_scheduled(payment)
        self._schedules.save(
            PaymentSchedule(
                account_id=account.id,
                payment_id=payment.id,
                choice=choice_of(rechosen.wanted),
                figures=figures_of(figures, basis),
                most=plan.most,
                attempt=plan.attempt,
                reminded_at=now,  # by the event below, or by that of the try before
                run_id=None,
                ended_code=None,
                ended_text=None,
            )
        )
        facts = {"scheduled_on": str(plan.scheduled_on), "attempt": plan.attempt, "amount": payment.amount}
        self._core.audit.record(account.id, "payment.planned", payment.id, number=payment.number, **facts)
        if before is None:
            self._waiting.record(account, "payment.scheduled", payment)
        if plan.is_announced:
            self._waiting.record(account, "payment.upcoming", payment)
        paid = tuple(line.invoice_id for line in figures.lines)
        return Planned(payment.id, paid, rechosen.left_out)

    async def withdraw(
        self, account: LockedAccount, payment_id: UUID, *, code: str, text: str, is_urgent: bool = False
    ) -> bool:
        """Cancel a planned payment, and return whether it was still waiting.

        After its cut-off it is only cancelled where that is urgent: it is about to be sent, and was not sent yet.
        """
        waiting = await self._find_waiting(account, payment_id, is_urgent=is_urgent)
        if waiting is None:
            return False
        payment, schedule = waiting
        self._waiting.end(account, payment, schedule, PaymentState.CANCELLED, code=code, text=text)
        return True

    async def _find_joined(
        self, account: LockedAccount, plan: AutomaticPayment, payment_id: UUID
    ) -> tuple[PaymentDetail, PaymentSchedule] | None:
        """Return a planned payment that invoices may join; None where the customer has changed its method or choice."""
        waiting = await self._find_waiting(account, payment_id)
        if waiting is None:
            return None
        payment, schedule = waiting
        choice = restored(schedule.choice)
        whole = _whole_invoices(choice)
        is_unchanged = bool(whole) and choice == plan.choice_of(*whole)
        return waiting if is_unchanged and payment.payment_method_id == plan.payment_method_id else None

    async def _find_waiting(
        self, account: LockedAccount, payment_id: UUID, *, is_urgent: bool = False
    ) -> tuple[PaymentDetail, PaymentSchedule] | None:
        """Return a planned payment that can still be changed, or else cancelled, with its schedule; else None."""
        payment = await self._payments.find(account.id, payment_id)
        if payment is None:
            return None
        try:
            self._reader.require_waiting(payment)
        except PaymentNotScheduledError:
            return None
        except PaymentCutOffPassedError:
            if not is_urgent:
                return None
        return payment, await self._schedules.get(account.id, payment_id)


def _whole_invoices(choice: PaymentQuoteCreate) -> tuple[UUID, ...]:
    """Return the invoices that a choice names without an amount."""
    if not isinstance(choice.pay, PayInvoices):
        return ()
    return tuple(item.invoice_id for item in choice.pay.invoices if item.amount is None)
