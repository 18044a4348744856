"""Transaction two: record the outcome of a refund in its payment, the invoices, the books and the key's result."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.gateway.absence import absence_at
from billing_api.gateway.timing import QUIET_PERIOD
from billing_api.kit.metrics import REFUND_OUTCOMES
from billing_api.payments.refundable import RefundablePayments
from billing_api.payments.states import PaymentState
from billing_api.refunds.checking import LATER_CHECKS, next_check
from billing_api.refunds.model import RefundDetail
from billing_api.refunds.money import RefundedMoney
from billing_api.refunds.reading import event_payload, read_refund, result_of
from billing_api.refunds.repository import RefundRepository
from billing_api.refunds.schemas import RefundRead
from billing_api.refunds.states import (
    NEVER_FOUND,
    NO_MONEY_LEFT,
    UNKNOWN,
    VOIDED,
    RefundOutcome,
    RefundState,
    RefundWay,
)

log = structlog.get_logger(__name__)


class RefundRecorder:
    """Records each outcome once, whether the request itself or a reconciler found it."""

    def __init__(
        self, core: Core, refunds: RefundRepository, payments: RefundablePayments, money: RefundedMoney
    ) -> None:
        self.db = core.db
        self._core = core
        self._refunds = refunds
        self._payments = payments
        self._money = money

    @in_transaction
    async def record(self, account_id: UUID, refund_id: UUID, outcome: RefundOutcome) -> RefundRead:
        """Record an outcome once; a refund that is final only changes when it had failed and turns up, or comes back.

        Raise RefundNotFoundError.
        """
        account, refund = await self._lock(account_id, refund_id)
        return await self._record(account, refund, outcome)

    @in_transaction
    async def record_absence(self, account_id: UUID, refund_id: UUID, looked_at: datetime) -> RefundRead:
        """Record that the gateway does not find the refund; when that is proven (`absence_at`), it was never sent.

        `looked_at` is when the search began, since a process may be paused between a search and its record.
        Raise RefundNotFoundError.
        """
        account, refund = await self._lock(account_id, refund_id)
        if refund.state.is_open:
            absence = absence_at(
                looked_at, sent_at=refund.sent_at, due_at=refund.next_check_at, since=refund.absent_since
            )
            if absence.is_proven:
                return await self._record(account, refund, NEVER_FOUND)
            return await self._record(account, replace(refund, absent_since=absence.since), UNKNOWN)
        if refund.state is RefundState.PENDING:
            log.error("pending_refund_not_found", refund_id=str(refund.id))
        return self._save(replace(refund, next_check_at=next_check(refund, looked_at)))

    @in_transaction
    async def begin_again(self, account_id: UUID, refund_id: UUID) -> RefundDetail | None:
        """Write that a refund that waited is about to be sent, and return it; None when it is not to be sent now.

        Only one of several checks gets it, so that nothing is sent twice. One whose payment has lost its money fails.
        """
        account, refund = await self._lock(account_id, refund_id)
        if refund.state is not RefundState.WAITING_FOR_SETTLEMENT:
            return None
        payment = await self._payments.get(account, refund.payment_id)
        now = self._core.clock.now()
        if payment.state is PaymentState.SUCCEEDED or (payment.state is PaymentState.PROCESSING and refund.is_whole):
            again = refund.moved(RefundState.SUBMITTING, now, sent_at=now, absent_since=None)
            again = replace(again, next_check_at=next_check(again, now))
            self._refunds.update(again)
            return again
        if payment.state is PaymentState.PROCESSING:
            self._save(replace(refund, next_check_at=next_check(refund, now)))
        else:
            await self._record(account, refund, NO_MONEY_LEFT)
        return None

    async def end(self, account: LockedAccount, refund: RefundDetail, outcome: RefundOutcome) -> None:
        """Record an outcome in the open transaction, which has locked the account."""
        await self._record(account, refund, outcome)

    @in_transaction
    async def is_without_money(self, account_id: UUID, refund_id: UUID) -> bool:
        """Return whether the payment has lost the money of a refund; a credit memo that is paid out has its own."""
        account, refund = await self._lock(account_id, refund_id)
        if refund.amount == refund.credit_memo_amount:
            return False
        payment = await self._payments.get(account, refund.payment_id)
        return payment.state in {PaymentState.RETURNED, PaymentState.CANCELLED}

    @in_transaction
    async def postpone(self, account_id: UUID, refund_id: UUID) -> None:
        """Postpone the next check of a refund by the quiet period, so that the others are made first."""
        _, refund = await self._lock(account_id, refund_id)
        if refund.next_check_at is not None:
            self._save(replace(refund, next_check_at=self._core.clock.now() + QUIET_PERIOD))

    async def _lock(self, account_id: UUID, refund_id: UUID) -> tuple[LockedAccount, RefundDetail]:
        account = await self._core.accounts.lock(account_id)
        return account, await self._refunds.get(account_id, refund_id)

    def _save(self, refund: RefundDetail) -> RefundRead:
        self._refunds.update(refund)
        return read_refund(refund)

    async def _record(self, account: LockedAccount, refund: RefundDetail, outcome: RefundOutcome) -> RefundRead:
        before, now = refund.state, self._core.clock.now()
        if before is RefundState.SUCCEEDED and not _has_come_back(refund, outcome):
            return read_refund(refund)
        if before is RefundState.PENDING and outcome.state.is_open:
            return self._save(replace(refund, next_check_at=next_check(refund, now)))
        if before is RefundState.FAILED:
            if not outcome.holds_money or _has_failed(refund, outcome):
                return self._save(replace(refund, next_check_at=next_check(refund, now)))
            if not await self._take_late(account, refund, outcome):
                found_id = outcome.transaction_id or refund.transaction_id
                return self._save(replace(refund, transaction_id=found_id, next_check_at=now + LATER_CHECKS))
        if outcome is VOIDED and not await self._is_cancelled(account, refund):
            outcome = UNKNOWN  # the payment is looked up first
        refund = refund.moved(outcome.state, now, method=outcome.method if outcome is VOIDED else refund.method)
        if outcome.transaction_id is not None:
            refund = replace(refund, transaction_id=outcome.transaction_id)
        if outcome.decline is not None:
            code, text, is_soft = outcome.decline.code, outcome.decline.text, outcome.decline.soft
            refund = replace(refund, decline_code=code, decline_text=text, decline_is_soft=is_soft)
        refund = await self._move_money(account, refund, before)
        refund = replace(refund, next_check_at=next_check(refund, now))
        if refund.state is not before:
            self._report(account, refund, has_come_back=before is RefundState.SUCCEEDED)
        self._store_result(account, refund, frees_key=outcome.frees_key)
        return self._save(refund)

    async def _move_money(self, account: LockedAccount, refund: RefundDetail, before: RefundState) -> RefundDetail:
        if refund.state is RefundState.SUCCEEDED and refund.method is not RefundWay.VOID:
            return await self._money.settle(account, refund)
        if refund.state is RefundState.SUCCEEDED:  # the void has taken the payment back already
            refund = replace(refund, refunded_on=self._core.clock.today())
            return await self._money.release(account, refund)
        if refund.state is RefundState.FAILED and before.is_live:
            return await self._money.release(account, refund)
        if refund.state is RefundState.FAILED and before is RefundState.SUCCEEDED:
            log.warning("refund_came_back", refund_id=str(refund.id))
            await self._money.put_back(account, refund)
            return replace(refund, refunded_on=None, repayment_id=None)
        return refund

    async def _take_late(self, account: LockedAccount, refund: RefundDetail, outcome: RefundOutcome) -> bool:
        """Reserve the payment's amount for a refund that had failed and turns up; False while others have it.

        The customer then has the money twice. The audit log says so once, and the reconciliation until it is mended.
        """
        if refund.transaction_id is None or refund.transaction_id != outcome.transaction_id:
            log.error("refund_found_late", refund_id=str(refund.id))
            found = {"amount": refund.amount, "transaction_id": outcome.transaction_id}
            self._core.audit.record(account.id, "refund.found_late", refund.id, **found)
        payment = await self._payments.get(account, refund.payment_id)
        if payment.left < refund.amount:
            return False
        self._money.reserve(account, refund)
        self._core.keys.reopen_subject(account.id, refund.id)
        return True

    async def _is_cancelled(self, account: LockedAccount, refund: RefundDetail) -> bool:
        return (await self._payments.get(account, refund.payment_id)).state is PaymentState.CANCELLED

    def _report(self, account: LockedAccount, refund: RefundDetail, *, has_come_back: bool) -> None:
        kind = f"refund.{refund.state}"
        self.db.after_commit(REFUND_OUTCOMES.labels(refund.state).inc)
        self._core.audit.record(account.id, kind, refund.id, amount=refund.amount, decline_code=refund.decline_code)
        if not refund.state.is_live:
            facts = event_payload(refund) | ({"came_back": True} if has_come_back else {})
            self._core.events.record(account.id, kind, refund.id, **facts)

    def _store_result(self, account: LockedAccount, refund: RefundDetail, *, frees_key: bool) -> None:
        """Store the result for repeats of the request, or let a repeat find the refund."""
        read, keys = read_refund(refund), self._core.keys
        if frees_key:
            keys.free_subject(account.id, refund.id)
        elif refund.state.is_open:
            keys.release_subject(account.id, refund.id)
        elif refund.state.is_live:
            keys.store_for_subject(account.id, refund.id, result_of(read))
        else:
            keys.finish_subject(account.id, refund.id, result_of(read))


def _has_failed(refund: RefundDetail, outcome: RefundOutcome) -> bool:
    """Return whether this transaction is known to have failed.

    An outcome that says otherwise is of an older look-up, or of one that does not see the bank's decline.
    """
    if refund.decline_code is None:  # it was not found then
        return False
    return refund.transaction_id is not None and outcome.transaction_id == refund.transaction_id


def _has_come_back(refund: RefundDetail, outcome: RefundOutcome) -> bool:
    """Return whether the gateway says of a refund that had succeeded that the customer does not get its money."""
    is_same = refund.transaction_id is not None and outcome.transaction_id == refund.transaction_id
    return is_same and refund.method is RefundWay.REFUND and outcome.state is RefundState.FAILED
