"""Transaction one of a scheduled payment: work out the figures of its day, write and reserve them."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.errors import AppError, Kind
from billing_api.gateway.methods import MethodKind
from billing_api.jobs.errors import TryAgainError
from billing_api.payment_methods.errors import TooManyDeclinesError
from billing_api.payment_methods.service import ChargeableMethod
from billing_api.payments.allocating import Allocations
from billing_api.payments.drafting import draft
from billing_api.payments.figuring import Basis, Figuring
from billing_api.payments.model import PaymentDetail, PaymentSchedule
from billing_api.payments.quoting import Quote
from billing_api.payments.reading import audit_facts, read_payment
from billing_api.payments.rechoosing import Bounds, LeftOut
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.repository.schedules import PaymentScheduleRepository
from billing_api.payments.retrying import may_start
from billing_api.payments.schedule_jobs import ScheduledRun
from billing_api.payments.schedules import Schedules, figures_of, restored
from billing_api.payments.states import PaymentState, require_transition
from billing_api.payments.submitting import Submitted, Submitter, charge_order
from billing_api.payments.waiting import WaitingPayments

_NOTHING, _NOTHING_TEXT = "nothing_payable", "Nothing was left to pay on its invoices."


class SubmitScheduled:
    """Submits payments whose day has come, each once. One that can't be made ends with a reason."""

    def __init__(
        self,
        core: Core,
        payments: PaymentRepository,
        schedules: PaymentScheduleRepository,
        figuring: Figuring,
        reader: Schedules,
        waiting: WaitingPayments,
        submitter: Submitter,
        allocations: Allocations,
    ) -> None:
        self.db = core.db
        self._core = core
        self._payments = payments
        self._schedules = schedules
        self._figuring = figuring
        self._reader = reader
        self._waiting = waiting
        self._submitter = submitter
        self._allocations = allocations

    @in_transaction
    async def submit(self, due: ScheduledRun, run_id: UUID) -> Submitted | None:
        """Submit the payment, and return it; None when another run has, or it does not wait for this day any more.

        Raise TryAgainError before the cut-off, and while too many payments of the account were declined.
        """
        account = await self._core.accounts.lock(due.account_id)
        payment = await self._payments.find(due.account_id, due.payment_id)
        if payment is None or payment.scheduled_on is None:
            return None
        schedule = await self._schedules.get(account.id, payment.id)
        if payment.state is PaymentState.SUBMITTING and schedule.run_id == run_id:  # the commit's response was lost
            return Submitted(charge_order(payment, _method_of(payment)), read_payment(payment))
        if payment.state is not PaymentState.SCHEDULED or payment.scheduled_on != due.scheduled_on:
            return None
        if payment.scheduled_on > self._reader.last_due_day():  # this worker's clock is behind that of another
            raise TryAgainError("its cut-off has not passed")
        if not may_start(payment, schedule, self._core.clock.now()):
            raise TryAgainError("it was not sent before, and is tried again later")
        wanted = restored(schedule.choice)
        basis = await self._figuring.lock(account, wanted)
        day = payment.scheduled_on  # a run that is late costs the customer no discount
        rechosen = basis.rechoose(wanted, day, Bounds(schedule.most) if payment.is_autopay else None)
        if rechosen.wanted is None:
            schedule = _left(schedule, basis, rechosen.left_out)
            self._waiting.end(account, payment, schedule, PaymentState.CANCELLED, code=_NOTHING, text=_NOTHING_TEXT)
            return None
        figures = basis.quote(rechosen.wanted, day)
        schedule = replace(_left(schedule, basis, rechosen.left_out, figures), run_id=run_id)
        try:
            method_id = payment.payment_method_id if figures.amount else None  # where nothing is charged none is needed
            method = await self._figuring.require_method(account, method_id, figures)
        except TooManyDeclinesError as error:  # it passes, and says nothing of this payment's method
            raise TryAgainError("too many payments of its account were declined") from error
        except AppError as error:
            if error.kind is Kind.UNAVAILABLE:
                raise
            self._waiting.end(account, payment, schedule, PaymentState.FAILED, code=error.code, text=error.detail)
            return None
        return await self._start(account, payment, schedule, basis, figures, method)

    async def _start(
        self,
        account: LockedAccount,
        payment: PaymentDetail,
        schedule: PaymentSchedule,
        basis: Basis,
        figures: Quote,
        method: ChargeableMethod | None,
    ) -> Submitted:
        """Write the payment with its parts, reserve its amounts, and return the order that is to be sent.

        One for which nothing is charged is posted at once.
        """
        now = self._core.clock.now()
        drafted = draft(account, payment.id, payment.number, figures, method, now=now, today=self._core.clock.today())
        require_transition(payment.state, drafted.state)
        self._allocations.require_open(drafted)
        started = replace(
            drafted,
            scheduled_on=payment.scheduled_on,
            is_autopay=payment.is_autopay,
            submitted_at=now,
            created_at=payment.created_at,
            version=payment.version + 1,
        )
        self._payments.update_scheduled(started)
        self._schedules.save(schedule)
        self._core.audit.record(account.id, "payment.submitted", started.id, **audit_facts(started))
        if method is None:
            return await self._submitter.settle(account, started, basis.invoices)
        self._allocations.reserve(account, started, basis.invoices)
        return Submitted(charge_order(started, method), read_payment(started))


def _left(
    schedule: PaymentSchedule, basis: Basis, left_out: Sequence[LeftOut], figures: Quote | None = None
) -> PaymentSchedule:
    return replace(schedule, figures=figures_of(figures, basis, left_out))


def _method_of(payment: PaymentDetail) -> ChargeableMethod:
    assert payment.payment_method_id is not None  # it is to be charged
    assert payment.method_token is not None
    return ChargeableMethod(
        payment.payment_method_id,
        MethodKind(payment.kind),
        payment.method_token,
        payment.method_brand,
        payment.method_last4,
    )
