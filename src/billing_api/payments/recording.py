"""What a charge's outcome does: to the payment, its invoices, the books, the method's hold and the stored answer."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from billing_api.accounts.service import Accounts
from billing_api.audit.service import AuditLog
from billing_api.db.database import Database, in_transaction
from billing_api.db.idempotency import IdempotencyKeys
from billing_api.events.service import Outbox
from billing_api.gateway.timing import QUIET_PERIOD
from billing_api.kit.clock import Clock
from billing_api.kit.metrics import DIFFERENT_ANSWERS
from billing_api.payments.allocating import Allocations
from billing_api.payments.errors import PaymentNotFoundError
from billing_api.payments.late_charges import LateCharges
from billing_api.payments.model import Payment
from billing_api.payments.reading import read_payment, told_of
from billing_api.payments.repository import AllocationRow, PaymentRepository
from billing_api.payments.results import is_pending, result_of
from billing_api.payments.schemas import PaymentRead
from billing_api.payments.states import NEVER_FOUND, UNKNOWN, Outcome, PaymentState

log = structlog.get_logger(__name__)

FIRST_CHECK = timedelta(minutes=5)
_SECOND_CHECK = timedelta(hours=1)
_LATER_CHECKS = timedelta(days=1)
# A payment may not end so while a charge of it is to be given back: its answer says that nothing was charged.
_NOTHING_CHARGED = {PaymentState.DECLINED, PaymentState.FAILED}
# A payment that ended because it was not found is looked up so long afterwards.
_AFTER_THE_END = (timedelta(hours=1), *(timedelta(days=days) for days in range(1, 6)))


class Recorder:
    """Transaction two: whoever found the outcome out, the request itself or a reconciler, it is recorded once."""

    def __init__(
        self,
        db: Database,
        payments: PaymentRepository,
        accounts: Accounts,
        allocations: Allocations,
        late_charges: LateCharges,
        keys: IdempotencyKeys,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self.db = db
        self._payments = payments
        self._accounts = accounts
        self._allocations = allocations
        self._late_charges = late_charges
        self._keys = keys
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    @in_transaction
    async def record(self, account_id: UUID, payment_id: UUID, outcome: Outcome) -> PaymentRead:
        """Record an outcome once; a charge that turns up for a payment that had ended is accepted or given back.

        Raise PaymentNotFoundError.
        """
        payment = await self._lock_in(account_id, payment_id)
        return await self._record_in(payment, outcome)

    @in_transaction
    async def record_absence(self, account_id: UUID, payment_id: UUID, looked_at: datetime) -> PaymentRead:
        """The gateway does not find the order: after a quiet period, twice, that means that it was never sent.

        A charge that the gateway does not find may be one that it has yet to find: an absence counts when it was seen
        twice, so far apart, and the first time so long after the charge that no request can be under way any more.
        `looked_at` is when the search began, since a process may sleep between a search and this.
        What the gateway has answered for before, and what has ended, is only looked up again later.
        Raise PaymentNotFoundError.
        """
        payment = await self._lock_in(account_id, payment_id)
        state, now = PaymentState(payment.state), self._clock.now()
        is_looked_for = await self._is_looked_for_in(payment)
        if is_looked_for:
            if payment.absent_since is not None and looked_at - payment.absent_since >= QUIET_PERIOD:
                return await self._record_in(payment, NEVER_FOUND)
            is_due = payment.next_check_at is None or looked_at >= payment.next_check_at
            if payment.absent_since is None and is_due and looked_at - payment.created_at >= QUIET_PERIOD:
                payment.absent_since = looked_at
        elif state is PaymentState.PROCESSING:
            log.error("processing_payment_not_found", payment_id=str(payment.id))
        if state.is_open:
            return await self._record_in(payment, UNKNOWN)
        payment.next_check_at = await self._next_check_in(payment, now)
        return read_payment(payment, await self._payments.list_allocation_rows(account_id, payment_id))

    @in_transaction
    async def record_given_back(self, account_id: UUID, payment_id: UUID, late_charge_id: UUID) -> PaymentRead:
        """A late charge is voided or refunded; a payment that ended without money is cancelled by the last of them."""
        payment = await self._lock_in(account_id, payment_id)
        allocations = await self._payments.list_allocation_rows(account_id, payment_id)
        is_last = await self._late_charges.finish_in(payment, late_charge_id)
        if is_last and payment.state == PaymentState.CANCELLING:
            outcome = Outcome(state=PaymentState.CANCELLED)
            await self._write_in(payment, outcome)
            await self._tell_in(payment, outcome, allocations)
            return await self._answer_in(payment, allocations, frees_key=False)
        if is_last and not PaymentState(payment.state).is_live:
            payment.next_check_at = None
        return read_payment(payment, allocations)

    @in_transaction
    async def postpone(self, account_id: UUID, payment_id: UUID) -> None:
        """The gateway could not tell: the next check is some minutes away, so that others get their turn."""
        payment = await self._lock_in(account_id, payment_id)
        if payment.next_check_at is not None:
            payment.next_check_at = self._clock.now() + QUIET_PERIOD

    async def _lock_in(self, account_id: UUID, payment_id: UUID) -> Payment:
        await self._accounts.lock_in(account_id)
        payment = await self._payments.find_row(account_id, payment_id)
        if payment is None:
            raise PaymentNotFoundError(payment_id)
        return payment

    async def _record_in(self, payment: Payment, outcome: Outcome) -> PaymentRead:
        """Record the charge that counts, then those beside it, which may be recorded already."""
        await self._raise_alarms_in(payment, outcome)
        read = await self._record_charge_in(payment, outcome)
        for charge in outcome.surplus:
            if not await self._is_known_in(payment, charge.transaction_id):
                await self._late_charges.add_in(payment, charge.transaction_id, accepted=False)
        return read

    async def _is_known_in(self, payment: Payment, transaction_id: str) -> bool:
        if transaction_id == payment.gateway_transaction_id:
            return True
        return await self._late_charges.is_known_in(payment, transaction_id)

    async def _record_charge_in(self, payment: Payment, outcome: Outcome) -> PaymentRead:
        before = PaymentState(payment.state)
        allocations = await self._payments.list_allocation_rows(payment.account_id, payment.id)
        if before is PaymentState.PROCESSING and outcome.state.is_open:
            payment.next_check_at = await self._next_check_in(payment, self._clock.now())
            return read_payment(payment, allocations)
        if not before.is_live and not await self._overturn_in(payment, outcome, allocations):
            return read_payment(payment, allocations)
        if before is not PaymentState.SUBMITTING:  # else no late charge is known yet
            if outcome.holds_money and await self._late_charges.is_going_back_in(payment, outcome.transaction_id):
                return read_payment(payment, allocations)
            if outcome.state in _NOTHING_CHARGED and await self._late_charges.is_any_open_in(payment):
                outcome = Outcome(state=PaymentState.CANCELLING)
                await self._keys.reopen_subject(payment.account_id, payment.id)
        was_reserved = PaymentState(payment.state).is_live
        await self._write_in(payment, outcome)
        if outcome.state is PaymentState.SUCCEEDED:
            await self._allocations.apply_in(payment, allocations)
        elif was_reserved and not outcome.state.is_live:
            await self._allocations.release_in(payment, allocations)
            if outcome.method_is_suspect:
                await self._allocations.suspect_method_in(payment)
        if outcome.state is not before:
            await self._tell_in(payment, outcome, allocations)
        return await self._answer_in(payment, allocations, frees_key=outcome.frees_key)

    async def _raise_alarms_in(self, payment: Payment, outcome: Outcome) -> None:
        """Tell a person of charges that are not what was ordered."""
        for charge in outcome.alarms:
            DIFFERENT_ANSWERS.labels("charge").inc()
            log.error("charge_differs_from_order", payment_id=str(payment.id), differences=charge.differences)
            await self._audit.record_in(
                payment.account_id,
                "payment.charge_differs",
                payment.id,
                transaction_id=charge.transaction_id,
                differences=list(charge.differences),
            )

    async def _overturn_in(self, payment: Payment, outcome: Outcome, allocations: list[AllocationRow]) -> bool:
        """Take an answer for a payment that has ended, and return whether it is to be recorded as any other.

        A charge that holds money is accepted while all of its invoices are payable; otherwise it is given back.
        """
        before = PaymentState(payment.state)
        if outcome.holds_money:
            return await self._take_in(payment, outcome, allocations)
        if before is PaymentState.FAILED and outcome.frees_key:  # the reconciler was faster, and less certain
            await self._keys.free_subject(payment.account_id, payment.id)
        elif before is PaymentState.FAILED and outcome.state is PaymentState.UNKNOWN:
            # Its own request was sent after two searches had found nothing, or what they found now calls for a person.
            is_reserved = await self._allocations.reserve_again_in(payment, allocations)
            await self._reopen_in(payment, PaymentState.UNKNOWN if is_reserved else PaymentState.CANCELLING)
            payment.next_check_at = self._clock.now() + FIRST_CHECK
        elif outcome.state not in {before, UNKNOWN.state} and (
            before is PaymentState.FAILED or await self._is_looked_for_in(payment)
        ):
            await self._keys.reopen_subject(payment.account_id, payment.id)
            return True
        elif before is PaymentState.CANCELLING and outcome.state is PaymentState.UNKNOWN:
            payment.next_check_at = await self._next_check_in(payment, self._clock.now())
        elif outcome.transaction_id not in {None, payment.gateway_transaction_id}:
            log.error("charge_contradicts_payment", payment_id=str(payment.id), state=before, found=outcome.state)
        return False

    async def _is_looked_for_in(self, payment: Payment) -> bool:
        """Whether it is open if there is a charge; one that is given back was found."""
        if payment.state != PaymentState.CANCELLING:
            return PaymentState(payment.state).is_open
        return not await self._late_charges.is_any_open_in(payment)

    async def _take_in(self, payment: Payment, outcome: Outcome, allocations: list[AllocationRow]) -> bool:
        assert outcome.transaction_id is not None  # the gateway names what holds money
        before = PaymentState(payment.state)
        if await self._is_known_in(payment, outcome.transaction_id):
            return False
        is_accepted = before.has_ended_without_money and await self._allocations.reserve_again_in(payment, allocations)
        await self._late_charges.add_in(payment, outcome.transaction_id, accepted=is_accepted)
        if is_accepted:
            await self._reopen_in(payment, PaymentState.UNKNOWN)
        elif before.has_ended_without_money:
            await self._reopen_in(payment, PaymentState.CANCELLING)
        return is_accepted

    async def _reopen_in(self, payment: Payment, state: PaymentState) -> None:
        """A payment that had ended has not; its stored answer is true no more."""
        payment.state, payment.absent_since = state, None
        payment.decline_code = payment.decline_text = payment.decline_is_soft = None
        payment.updated_at = self._clock.now()
        payment.version += 1
        await self._keys.reopen_subject(payment.account_id, payment.id)
        await self._audit.record_in(payment.account_id, f"payment.{state}", payment.id)

    async def _write_in(self, payment: Payment, outcome: Outcome) -> None:
        now = self._clock.now()
        is_first = payment.state == PaymentState.SUBMITTING  # no late charge is known yet
        payment.state = outcome.state
        if outcome.decline is not None:
            payment.decline_code = outcome.decline.code
            payment.decline_text = outcome.decline.text
            payment.decline_is_soft = outcome.decline.soft
        payment.updated_at = now
        payment.next_check_at = _next_check(payment, now) if is_first else await self._next_check_in(payment, now)
        payment.version += 1
        if outcome.transaction_id is not None and payment.order_id is not None:
            payment.gateway_transaction_id = outcome.transaction_id
            await self._payments.name_transaction(payment.order_id, outcome.transaction_id)

    async def _next_check_in(self, payment: Payment, now: datetime) -> datetime | None:
        """Return when to look the payment up next; while a charge is to be given back, that is as soon as it was."""
        if await self._late_charges.is_any_open_in(payment):
            return payment.next_check_at or now
        return _next_check(payment, now)

    async def _tell_in(self, payment: Payment, outcome: Outcome, allocations: list[AllocationRow]) -> None:
        kind = f"payment.{outcome.state}"
        await self._audit.record_in(payment.account_id, kind, payment.id, decline_code=payment.decline_code)
        if outcome.state.is_open or outcome.state is PaymentState.CANCELLING:  # not a fact of business yet
            return
        await self._outbox.record_in(payment.account_id, kind, payment.id, **told_of(payment, allocations))

    async def _answer_in(self, payment: Payment, allocations: list[AllocationRow], *, frees_key: bool) -> PaymentRead:
        read = read_payment(payment, allocations)
        if frees_key:
            await self._keys.free_subject(payment.account_id, payment.id)
        elif is_pending(read):
            await self._keys.release_subject(payment.account_id, payment.id)
        elif PaymentState(payment.state).is_live:  # it is not final: the key is kept as long as the bank takes
            await self._keys.store_for_subject(payment.account_id, payment.id, result_of(read))
        else:
            await self._keys.finish_subject(payment.account_id, payment.id, result_of(read))
        return read


def _next_check(payment: Payment, now: datetime) -> datetime | None:
    """Return when to look a payment up next; None for one that has ended, and for which no charge can turn up.

    5 minutes and an hour after the charge, then once a day until the gateway has answered; for some days longer when
    it ended because nothing was found. A look before its time does not move the time.
    """
    state = PaymentState(payment.state)
    if state is PaymentState.FAILED and payment.absent_since is not None:
        times = (payment.updated_at + delay for delay in _AFTER_THE_END)
        return next((time for time in times if time > now), None)
    if not state.is_live and state is not PaymentState.CANCELLING:
        return None
    if payment.next_check_at is not None and payment.next_check_at > now:
        return payment.next_check_at
    for delay in (FIRST_CHECK, _SECOND_CHECK):
        if now < payment.created_at + delay:
            return payment.created_at + delay
    return now + _LATER_CHECKS
