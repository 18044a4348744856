"""The refunds of payments that have lost their money: stopped where they wait, due again where they have gone."""

from collections.abc import Iterable
from dataclasses import replace

import structlog

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.invoices.applying import fit
from billing_api.payments.states import PaymentState
from billing_api.payments.taken_back import LostMoney
from billing_api.refunds.model import RefundDetail
from billing_api.refunds.owed import OwedRefunds
from billing_api.refunds.recording import RefundRecorder
from billing_api.refunds.repository import RefundRepository
from billing_api.refunds.states import NO_MONEY_LEFT, RefundState, RefundWay

log = structlog.get_logger(__name__)


class RefundsOfLostPayments:
    """What becomes of the refunds of a payment in the transaction that records that its money is gone."""

    def __init__(self, core: Core, refunds: RefundRepository, recorder: RefundRecorder, owed: OwedRefunds) -> None:
        self._core = core
        self._refunds = refunds
        self._recorder = recorder
        self._owed = owed

    async def follow(self, account: LockedAccount, lost: LostMoney) -> None:
        """End the refunds that wait, have those under way looked up at once, and make due again what is lacking.

        Of a charge that was voided the refund of the whole is done: its own check says so. An operator hears of money
        that is lacking and went in another way than by a refund.
        """
        now = self._core.clock.now()
        for refund in await self._refunds.list_live(account, lost.payment_id):
            is_done = refund.is_whole and lost.state is PaymentState.CANCELLED
            if refund.state is RefundState.WAITING_FOR_SETTLEMENT and not is_done:
                await self._recorder.end(account, refund, NO_MONEY_LEFT)
            elif refund.next_check_at is not None:
                self._refunds.update(replace(refund, next_check_at=now))
        if not lost.lacking:
            return
        owed = await self._post(account, await self._refunds.list_succeeded(account, lost.payment_id), lost.lacking)
        if (unexplained := lost.lacking - owed) > 0:
            log.error("return_exceeds_payment", payment_id=str(lost.payment_id), lacking=unexplained)
            self._core.audit.record(account.id, "payment.return_exceeds", lost.payment_id, lacking=unexplained)

    async def _post(self, account: LockedAccount, refunds: Iterable[RefundDetail], lacking: int) -> int:
        """Make refunded money due again, and return how much."""
        owed = 0
        for refund in refunds:
            is_covered = refund.method is RefundWay.VOID or refund.repayment_id is not None
            amount = 0 if is_covered else fit(refund.amount - refund.credit_memo_amount, lacking - owed)
            if amount:
                self._refunds.update(await self._owed.post(account, refund, amount))
                owed += amount
        return owed
