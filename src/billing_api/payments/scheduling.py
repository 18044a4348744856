"""Scheduled payments: made, changed and cancelled until the cut-off of their day. Nothing is reserved for them."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.kit.ids import new_id
from billing_api.kit.version import Version
from billing_api.payment_methods.errors import TooManyDeclinesError
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payments.drafting import draft_anew, draft_waiting
from billing_api.payments.errors import QuoteStaleError
from billing_api.payments.figuring import Figuring
from billing_api.payments.model import PaymentDetail, PaymentSchedule
from billing_api.payments.quote_schemas import PaymentQuoteCreate, PaymentQuoteRead
from billing_api.payments.reading import audit_facts
from billing_api.payments.rechoosing import Bounds
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.repository.schedules import PaymentScheduleRepository
from billing_api.payments.schedule_errors import PaymentNotScheduledError, TooManyScheduledPaymentsError
from billing_api.payments.schedule_schemas import PaymentUpdate
from billing_api.payments.schedules import Schedules, choice_of, figures_of, restored
from billing_api.payments.schemas import PaymentCreate, PaymentRead
from billing_api.payments.states import PaymentState
from billing_api.payments.submitting import COUNTER, payment_number
from billing_api.payments.waiting import WaitingPayments

MOST_SCHEDULED = 200  # of one account
_CHOICE = {"pay", "credits", "overpayment"}


class ScheduledPayments:
    """The scheduled payments of one account. The account's lock orders their changes, and the run of their day."""

    def __init__(
        self,
        core: Core,
        payments: PaymentRepository,
        schedules: PaymentScheduleRepository,
        figuring: Figuring,
        methods: PaymentMethods,
        reader: Schedules,
        waiting: WaitingPayments,
        *,
        notice_days: int,
    ) -> None:
        """Take the number of days between the notice and the payment."""
        self.db = core.db
        self._core = core
        self._payments = payments
        self._schedules = schedules
        self._figuring = figuring
        self._methods = methods
        self._reader = reader
        self._waiting = waiting
        self._notice_days = notice_days

    async def schedule(self, account_id: UUID, wanted: PaymentCreate, key: IdempotencyKey) -> PaymentRead:
        """Write a payment that waits for its day, once however often the request is repeated.

        Raise IdempotentReplay, RequestInFlightError, IdempotencyKeyReusedError, InvalidInputError,
        TooManyScheduledPaymentsError, PaymentMethodExpiredError, and the errors of a payment that is made at once.
        """
        payment_id = new_id()

        async def work() -> PaymentRead:
            account = await self._core.accounts.lock(account_id)
            if await self._schedules.count(account) >= MOST_SCHEDULED:
                raise TooManyScheduledPaymentsError(MOST_SCHEDULED)
            assert wanted.scheduled_on is not None  # else it is made at once
            payment, schedule = await self._write(account, payment_id, wanted, wanted.payment_method_id)
            return await self._reader.read_with(payment, schedule)

        try:
            return await self._core.keys.once(account_id, key, work)
        except TooManyDeclinesError as too_many:
            await self._methods.record_refusal(account_id, too_many)
            raise

    @in_transaction
    async def change(self, account_id: UUID, payment_id: UUID, change: PaymentUpdate, version: Version) -> PaymentRead:
        """Change the day, the method or the choice, and work the figures out anew.

        A change that changes nothing makes no new version.
        Raise PaymentNotFoundError, StaleVersionError, PaymentNotScheduledError, PaymentCutOffPassedError, and the
        errors of `schedule`.
        """
        account, payment, schedule = await self._lock(account_id, payment_id)
        version.require(payment.version)
        self._reader.require_waiting(payment)
        given = {name: getattr(change, name) for name in change.model_fields_set}
        method_id = given.pop("payment_method_id", payment.payment_method_id)
        before = restored(schedule.choice).model_copy(update={"scheduled_on": payment.scheduled_on})
        wanted = before.model_copy(update=given)
        if wanted == before and method_id == payment.payment_method_id:
            return await self._reader.read_with(payment, schedule)
        changed, figures = await self._figure(
            account,
            payment,
            wanted,
            method_id,
            most=schedule.most,
            is_strict=not given.keys().isdisjoint(_CHOICE),
        )
        is_new_day = wanted.scheduled_on != payment.scheduled_on
        schedule = replace(
            schedule,
            choice=choice_of(wanted),
            figures=figures,
            reminded_at=self._reminded_at(wanted.scheduled_on) if is_new_day else schedule.reminded_at,
        )
        self._payments.update_scheduled(changed)
        self._schedules.save(schedule)
        fields = sorted(change.model_fields_set)
        self._core.audit.record(account_id, "payment.rescheduled", payment_id, fields=fields)
        self._waiting.record(account, "payment.rescheduled", changed)
        return await self._reader.read_with(changed, schedule)

    @in_transaction
    async def cancel(self, account_id: UUID, payment_id: UUID) -> PaymentRead:
        """Cancel a scheduled payment; one that was cancelled so before stays as it is.

        After the cut-off it can be cancelled too, while it waits: under the account's lock no run has submitted it, so
        no sale of it was sent. Raise PaymentNotFoundError, PaymentNotScheduledError.
        """
        account, payment, schedule = await self._lock(account_id, payment_id)
        if payment.state is PaymentState.CANCELLED and schedule.ended_code is not None:
            return await self._reader.read_with(payment, schedule)
        if payment.state is not PaymentState.SCHEDULED:
            raise PaymentNotScheduledError(payment.state)
        ended = self._waiting.end(
            account,
            payment,
            schedule,
            PaymentState.CANCELLED,
            code="cancelled_by_customer",
            text="The customer cancelled it.",
        )
        return await self._reader.read_with(*ended)

    async def _write(
        self, account: LockedAccount, payment_id: UUID, wanted: PaymentCreate, method_id: UUID | None
    ) -> tuple[PaymentDetail, PaymentSchedule]:
        assert wanted.scheduled_on is not None  # the caller has checked it
        self._reader.require_day(wanted.scheduled_on)
        basis = await self._figuring.lock(account, wanted)
        figures = basis.quote(wanted, wanted.scheduled_on)
        if wanted.quote_version not in {None, figures.version}:
            raise QuoteStaleError(PaymentQuoteRead.model_validate(figures.as_dict()))
        method = await self._figuring.require_method(account, method_id, figures)
        if method is not None:
            self._methods.require_unexpired(method)
        number = payment_number(await self._core.accounts.next_number(account, COUNTER))
        now, day = self._core.clock.now(), wanted.scheduled_on
        payment = draft_waiting(account, payment_id, number, figures, method, now=now, scheduled_on=day)
        schedule = PaymentSchedule(
            account_id=account.id,
            payment_id=payment.id,
            choice=choice_of(wanted),
            figures=figures_of(figures, basis),
            most=None,
            attempt=1,
            reminded_at=self._reminded_at(wanted.scheduled_on),
            run_id=None,
            ended_code=None,
            ended_text=None,
        )
        self._payments.add(payment)
        self._schedules.save(schedule)
        facts = audit_facts(payment) | {"scheduled_on": str(payment.scheduled_on)}
        self._core.audit.record(account.id, "payment.scheduled", payment.id, **facts)
        self._waiting.record(account, "payment.scheduled", payment)
        return payment, schedule

    async def _figure(
        self,
        account: LockedAccount,
        payment: PaymentDetail,
        wanted: PaymentQuoteCreate,
        method_id: UUID | None,
        *,
        most: int | None,
        is_strict: bool,
    ) -> tuple[PaymentDetail, dict[str, object]]:
        """Return a payment with the figures of a changed choice, and these as its schedule has them.

        A choice that was made before leaves out what was paid meanwhile; a new one, which is strict, is refused.
        """
        assert wanted.scheduled_on is not None  # it was scheduled
        if wanted.scheduled_on != payment.scheduled_on:
            self._reader.require_day(wanted.scheduled_on)
        basis = await self._figuring.lock(account, wanted)
        bounds = Bounds(most) if payment.is_autopay else None
        rechosen = None if is_strict else basis.rechoose(wanted, wanted.scheduled_on, bounds)
        figures = basis.quote((rechosen and rechosen.wanted) or wanted, wanted.scheduled_on)
        method = await self._figuring.require_method(account, method_id, figures)
        is_chosen_anew = wanted.scheduled_on != payment.scheduled_on or method_id != payment.payment_method_id
        if method is not None and is_chosen_anew:
            self._methods.require_unexpired(method)
        now, day = self._core.clock.now(), wanted.scheduled_on
        changed = draft_anew(account, payment, figures, method, now=now, scheduled_on=day)
        return changed, figures_of(figures, basis, rechosen.left_out if rechosen else ())

    def _reminded_at(self, day: date | None) -> datetime | None:
        """Return the present moment for a day that is near: a user who chooses one gets no notice."""
        assert day is not None  # it is scheduled
        is_near = day - self._core.clock.today() <= timedelta(days=self._notice_days)
        return self._core.clock.now() if is_near else None

    async def _lock(self, account_id: UUID, payment_id: UUID) -> tuple[LockedAccount, PaymentDetail, PaymentSchedule]:
        account = await self._core.accounts.lock(account_id)
        payment = await self._payments.get(account_id, payment_id)
        schedule = await self._schedules.find(account_id, payment_id)
        if schedule is None:
            raise PaymentNotScheduledError(payment.state)
        return account, payment, schedule
