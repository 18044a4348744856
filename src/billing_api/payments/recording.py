"""Record a charge's outcome: in the payment, its invoices, the books, the method's hold and the stored result."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.gateway.absence import absence_at
from billing_api.gateway.timing import QUIET_PERIOD
from billing_api.kit.metrics import DIFFERENT_RESPONSES
from billing_api.payments.allocating import Allocations
from billing_api.payments.ended import EndedPayments
from billing_api.payments.late_charges import LateCharges
from billing_api.payments.model import PaymentDetail
from billing_api.payments.outcomes import Outcomes
from billing_api.payments.reading import read_payment
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.retrying import RetryScheduled
from billing_api.payments.returning import ReturnedPayments
from billing_api.payments.schemas import PaymentRead
from billing_api.payments.states import NEVER_FOUND, UNKNOWN, ChargeOutcome, PaymentState
from billing_api.payments.storing import StoredCards

log = structlog.get_logger(__name__)


class NotOpenError(Exception):
    """An operator decides about a payment whose outcome is known; raised for operators, not for clients."""

    def __init__(self, state: PaymentState) -> None:
        super().__init__(f"the payment is {state}: only one that is submitting or unknown is decided")


# Their results say that nothing was charged, so a payment must not end in one while a charge is to be given back.
_STATES_WITHOUT_CHARGE = {PaymentState.DECLINED, PaymentState.FAILED}


class Recorder:
    """Transaction two: records each outcome once, whether the request itself or a reconciler found it.

    A change that is called without `await` is written at the transaction's end (`db/appended.py`).
    """

    def __init__(
        self,
        core: Core,
        payments: PaymentRepository,
        allocations: Allocations,
        late_charges: LateCharges,
        returned: ReturnedPayments,
        stored_cards: StoredCards,
        retries: RetryScheduled,
    ) -> None:
        self.db = core.db
        self._core = core
        self._payments = payments
        self._allocations = allocations
        self._late_charges = late_charges
        self._returned = returned
        self._stored_cards = stored_cards
        self._retries = retries
        self._outcomes = Outcomes(core, payments, late_charges)
        self._ended = EndedPayments(core, allocations, late_charges, retries)

    @in_transaction
    async def record(self, account_id: UUID, payment_id: UUID, outcome: ChargeOutcome) -> PaymentRead:
        """Record an outcome once; a charge that is found for a payment that had ended is accepted or given back.

        Raise PaymentNotFoundError.
        """
        account, payment = await self._lock(account_id, payment_id)
        return await self._record_with_surplus(account, payment, outcome)

    @in_transaction
    async def record_absence(self, account_id: UUID, payment_id: UUID, looked_at: datetime) -> PaymentRead:
        """Record that the gateway does not find the order; when that is proven (`absence_at`), it was never sent.

        `looked_at` is when the search began, since a process may be paused between a search and its record.
        A payment whose outcome is known, or that has ended, is only looked up again later.
        Raise PaymentNotFoundError.
        """
        account, payment = await self._lock(account_id, payment_id)
        if await self._late_charges.may_have_another(account, payment):
            absence = absence_at(
                looked_at, sent_at=payment.written_at, due_at=payment.next_check_at, since=payment.absent_since
            )
            if absence.is_proven:
                return await self._record_with_surplus(account, payment, NEVER_FOUND)
            payment = replace(payment, absent_since=absence.since)
        elif payment.state is PaymentState.PROCESSING:
            log.error("processing_payment_not_found", payment_id=str(payment.id))
        if payment.state.is_open:
            return await self._record_with_surplus(account, payment, UNKNOWN)
        next_check_at = await self._late_charges.next_check(account, payment, looked_at)
        return self._save(replace(payment, next_check_at=next_check_at))

    @in_transaction
    async def record_given_back(
        self, account_id: UUID, payment_id: UUID, late_charge_id: UUID, *, reason: str | None = None
    ) -> PaymentRead:
        """Record that a late charge is voided or refunded; the last one cancels a payment that has no money.

        `reason` is that of an operator who has given it back outside the gateway.
        """
        account, payment = await self._lock(account_id, payment_id)
        if reason is not None:
            self._core.audit.record(account_id, "payment.decided", payment_id, outcome="given_otherwise", reason=reason)
        status = "given_back" if reason is None else "given_otherwise"
        is_last = await self._late_charges.finish(account, payment, late_charge_id, status)
        if is_last and payment.state is PaymentState.CANCELLING:
            outcome = ChargeOutcome(state=PaymentState.CANCELLED)
            payment = await self._outcomes.give(account, payment, outcome)
            self._outcomes.report(account, payment, outcome)
            self._outcomes.store_result(account, payment)
        elif is_last and not payment.state.is_live:
            payment = replace(payment, next_check_at=None)
        return self._save(payment)

    @in_transaction
    async def record_came_back(
        self,
        account_id: UUID,
        payment_id: UUID,
        late_charge_id: UUID,
        refund_id: str | None = None,
        *,
        holds_money: bool = True,
    ) -> PaymentRead:
        """Record that a late charge holds money again, since its refund failed: its payment is looked up once a day.

        `holds_money` is False where another refund has given the money back.
        """
        account, payment = await self._lock(account_id, payment_id)
        if await self._late_charges.come_back(account, payment, late_charge_id, refund_id, holds_money=holds_money):
            payment = await self._ended.reopen_for_return(account, payment)
        return self._save(payment)

    @in_transaction
    async def decide(
        self, account_id: UUID, payment_id: UUID, outcome: ChargeOutcome, *, reason: str, is_forced: bool
    ) -> PaymentRead:
        """Record the outcome that an operator gives to a payment whose outcome is open, with an audit entry.

        A charge is looked up for some more days where the operator says that there is none.
        Raise PaymentNotFoundError, NotOpenError.
        """
        account, payment = await self._lock(account_id, payment_id)
        if not payment.state.is_open:
            raise NotOpenError(payment.state)
        self._core.audit.record(
            account_id,
            "payment.decided",
            payment_id,
            outcome=outcome.state,
            transaction_id=outcome.transaction_id,
            reason=reason,
            is_forced=is_forced,
        )
        if outcome.state is PaymentState.FAILED and payment.absent_since is None:
            payment = replace(payment, absent_since=self._core.clock.now())
        return await self._record_with_surplus(account, payment, replace(outcome, resolver="person"))

    @in_transaction
    async def postpone(self, account_id: UUID, payment_id: UUID) -> None:
        """Postpone the next check of a payment by the quiet period, so that the others are made first."""
        _, payment = await self._lock(account_id, payment_id)
        if payment.next_check_at is not None:
            self._save(replace(payment, next_check_at=self._core.clock.now() + QUIET_PERIOD))

    async def _lock(self, account_id: UUID, payment_id: UUID) -> tuple[LockedAccount, PaymentDetail]:
        account = await self._core.accounts.lock(account_id)
        return account, await self._payments.get(account_id, payment_id)

    def _save(self, payment: PaymentDetail) -> PaymentRead:
        self._payments.update(payment)
        return read_payment(payment)

    async def _record_with_surplus(
        self, account: LockedAccount, payment: PaymentDetail, outcome: ChargeOutcome
    ) -> PaymentRead:
        """Record the charge that counts, then the further ones, which may be recorded already."""
        await self._raise_alarms(account, payment, outcome)
        if payment.is_taken_back_by(outcome):
            payment = await self._returned.take_back(account, payment, outcome.state, outcome.decline)
        else:
            payment = await self._record_charge(account, payment, outcome)
        read = self._save(payment)
        for charge in outcome.surplus:
            if not await self._late_charges.is_known(account, payment, charge.transaction_id):
                payment = await self._late_charges.add(account, payment, charge.transaction_id, accepted=False)
                self._payments.update(payment)
        return read

    async def _record_charge(
        self, account: LockedAccount, payment: PaymentDetail, outcome: ChargeOutcome
    ) -> PaymentDetail:
        """Return the payment after the charge that counts.

        The usual card's way: from `submitting` to `succeeded`, so its allocations are applied, the event is recorded
        and the result stored.
        """
        before = payment.state
        if before is PaymentState.PROCESSING and outcome.state.is_open:
            return replace(payment, next_check_at=await self._late_charges.next_check(account, payment))
        if not before.is_live:
            payment, goes_on = await self._ended.reopen(account, payment, outcome)
            if not goes_on:
                await self._stored_cards.discard(account, payment, outcome)
                return payment
        if before is not PaymentState.SUBMITTING:  # else no late charge is known yet
            if outcome.holds_money and await self._late_charges.is_going_back(account, payment, outcome.transaction_id):
                return payment
            outcome = await self._or_cancelling(account, payment, outcome)
        payment = await self._outcomes.give(account, payment, outcome)
        payment = await self._stored_cards.record(account, payment, outcome)
        # Of a payment that had ended, `reopen` has applied or reserved the amounts.
        if before.is_live and outcome.state is PaymentState.SUCCEEDED:
            await self._allocations.apply(account, payment)
        elif before.is_live and not outcome.state.is_live:
            await self._allocations.release(account, payment)
            await self._returned.follow(account, payment)
            if outcome.flags_method:
                await self._allocations.flag_method_for_check(account, payment)
        if outcome.state is not before:
            is_failed = outcome.state is PaymentState.FAILED
            again = await self._retries.plan_retry(account, payment, outcome) if is_failed else None
            self._outcomes.report(account, payment, outcome, retried_by=again)
        self._outcomes.store_result(account, payment, frees_key=outcome.frees_key)
        return payment

    async def _or_cancelling(
        self, account: LockedAccount, payment: PaymentDetail, outcome: ChargeOutcome
    ) -> ChargeOutcome:
        """Return the outcome; `cancelling` for declined or failed while a charge is still to be given back."""
        if outcome.state not in _STATES_WITHOUT_CHARGE or not await self._late_charges.is_any_open(account, payment):
            return outcome
        self._core.keys.reopen_subject(account.id, payment.id)
        return ChargeOutcome(state=PaymentState.CANCELLING)

    async def _raise_alarms(self, account: LockedAccount, payment: PaymentDetail, outcome: ChargeOutcome) -> None:
        """Report charges that differ from the order, for an operator to look at.

        The alarm goes on until that is done; the audit log has each difference once.
        """
        for charge in outcome.alarms:
            self.db.after_commit(DIFFERENT_RESPONSES.labels("charge").inc)
            log.error("charge_differs_from_order", payment_id=str(payment.id), differences=charge.differences)
            await self._core.audit.record_once(
                account.id,
                "payment.charge_differs",
                payment.id,
                transaction_id=charge.transaction_id,
                differences=list(charge.differences),
            )
