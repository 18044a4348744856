"""What a charge's outcome does: to the payment, its invoices, the books, the method's hold and the stored answer."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from billing_api.accounts.service import Accounts
from billing_api.audit.service import AuditLog
from billing_api.db.idempotency import IdempotencyKeys
from billing_api.db.session import Database, in_transaction
from billing_api.events.service import Outbox
from billing_api.gateway.timing import QUIET_PERIOD
from billing_api.kit.clock import Clock
from billing_api.kit.metrics import DIFFERENT_ANSWERS
from billing_api.payments.allocating import Allocations
from billing_api.payments.answers import answer_of
from billing_api.payments.errors import PaymentNotFoundError
from billing_api.payments.model import Payment
from billing_api.payments.reading import read_payment, told_of
from billing_api.payments.repository import AllocationRow, PaymentRepository
from billing_api.payments.schemas import PaymentRead
from billing_api.payments.states import NEVER_FOUND, UNKNOWN, Outcome, PaymentState

log = structlog.get_logger(__name__)

FIRST_CHECK = timedelta(minutes=5)
_SECOND_CHECK = timedelta(hours=1)
_LATER_CHECKS = timedelta(days=1)


class Recorder:
    """Transaction two: whoever found the outcome out, the request itself or a reconciler, it is recorded once."""

    def __init__(
        self,
        db: Database,
        payments: PaymentRepository,
        accounts: Accounts,
        allocations: Allocations,
        keys: IdempotencyKeys,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self.db = db
        self._payments = payments
        self._accounts = accounts
        self._allocations = allocations
        self._keys = keys
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    @in_transaction
    async def record(self, account_id: UUID, payment_id: UUID, outcome: Outcome) -> PaymentRead:
        """Record an outcome, unless a final one was recorded before; what contradicts that is logged for a person.

        Raises PaymentNotFoundError.
        """
        payment = await self._lock_in(account_id, payment_id)
        return await self._record_in(payment, outcome)

    @in_transaction
    async def record_absence(self, account_id: UUID, payment_id: UUID) -> PaymentRead:
        """The gateway does not find the order: after a quiet period, twice, that means that it was never sent.

        A charge that the gateway does not find may be one that it has yet to find: an absence counts when it was seen
        twice, so far apart, and the first time so long after the charge that no request can be under way any more.
        A payment that the gateway has answered for before is only looked up again later. Raises PaymentNotFoundError.
        """
        payment = await self._lock_in(account_id, payment_id)
        now = self._clock.now()
        if not PaymentState(payment.state).is_open:
            log.error("processing_payment_not_found", payment_id=str(payment.id))
            payment.next_check_at = _next_check(payment, now)
            return read_payment(payment, await self._payments.list_allocation_rows(account_id, payment_id))
        if payment.absent_since is not None and now - payment.absent_since >= QUIET_PERIOD:
            return await self._record_in(payment, NEVER_FOUND)
        if payment.absent_since is None and now - payment.created_at >= QUIET_PERIOD:
            payment.absent_since = now
        return await self._record_in(payment, UNKNOWN)

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
        before = PaymentState(payment.state)
        allocations = await self._payments.list_allocation_rows(payment.account_id, payment.id)
        await self._raise_alarms_in(payment, outcome)
        if not before.is_live or (before is PaymentState.PROCESSING and outcome.state.is_open):
            if before is PaymentState.FAILED and outcome.frees_key:  # the reconciler was faster, and less certain
                await self._keys.free_subject_in(payment.account_id, payment.id)
            elif outcome.transaction_id not in {None, payment.gateway_transaction_id}:
                log.error("charge_contradicts_payment", payment_id=str(payment.id), state=before, found=outcome.state)
            return read_payment(payment, allocations)
        await self._write_in(payment, outcome)
        if outcome.state is PaymentState.SUCCEEDED:
            await self._allocations.apply_in(payment, allocations)
        elif not outcome.state.is_live:
            await self._allocations.release_in(payment, allocations)
            if outcome.method_is_suspect:
                await self._allocations.suspect_method_in(payment)
        if outcome.state is not before:
            await self._tell_in(payment, outcome, allocations)
        return await self._answer_in(payment, allocations, frees_key=outcome.frees_key)

    async def _raise_alarms_in(self, payment: Payment, outcome: Outcome) -> None:
        """Tell a person of charges that hold money and are not what was ordered."""
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

    async def _write_in(self, payment: Payment, outcome: Outcome) -> None:
        now = self._clock.now()
        payment.state = outcome.state
        if outcome.decline is not None:
            payment.decline_code = outcome.decline.code
            payment.decline_text = outcome.decline.text
            payment.decline_is_soft = outcome.decline.soft
        payment.next_check_at = _next_check(payment, now) if outcome.state.is_live else None
        payment.updated_at = now
        payment.version += 1
        if outcome.transaction_id is not None and payment.order_id is not None:
            payment.gateway_transaction_id = outcome.transaction_id
            await self._payments.name_transaction(payment.order_id, outcome.transaction_id)

    async def _tell_in(self, payment: Payment, outcome: Outcome, allocations: list[AllocationRow]) -> None:
        kind = f"payment.{outcome.state}"
        await self._audit.record_in(payment.account_id, kind, payment.id, decline_code=payment.decline_code)
        if outcome.state.is_open:  # not a fact of business yet
            return
        await self._outbox.record_in(payment.account_id, kind, payment.id, **told_of(payment, allocations))

    async def _answer_in(self, payment: Payment, allocations: list[AllocationRow], *, frees_key: bool) -> PaymentRead:
        read = read_payment(payment, allocations)
        state = PaymentState(payment.state)
        if frees_key:
            await self._keys.free_subject_in(payment.account_id, payment.id)
        elif state.is_open:
            await self._keys.release_subject_in(payment.account_id, payment.id)
        elif state.is_live:  # answered, and not final: the key is kept as long as the bank takes
            await self._keys.answer_subject_in(payment.account_id, payment.id, *answer_of(read))
        else:
            await self._keys.finish_subject_in(payment.account_id, payment.id, *answer_of(read))
        return read


def _next_check(payment: Payment, now: datetime) -> datetime:
    """5 minutes and an hour after the charge, then once a day until the gateway has answered."""
    for delay in (FIRST_CHECK, _SECOND_CHECK):
        if now < payment.created_at + delay:
            return payment.created_at + delay
    return now + _LATER_CHECKS
