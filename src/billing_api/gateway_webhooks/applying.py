"""Applying the notices of the inbox: the subject of each is looked up, and recorded as it stands at the gateway."""

import structlog

from billing_api.chargebacks.recording import RecordDisputes
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.gateway.notices import NoticeSubject
from billing_api.gateway.steps import trying_again
from billing_api.gateway_webhooks.model import GatewayNotice, NoticeResult
from billing_api.gateway_webhooks.repository import NoticeRepository
from billing_api.gateway_webhooks.service import NoticeToApply
from billing_api.jobs.tasks import JobRun
from billing_api.kit.metrics import GATEWAY_NOTICES
from billing_api.payment_methods.check import CheckMethods
from billing_api.payments.late_refunds import NoticedLateRefunds
from billing_api.payments.noticing import NoticedTransactions
from billing_api.refunds.checks import RefundChecks
from billing_api.refunds.noticing import NoticedRefunds

log = structlog.get_logger(__name__)


class ApplyNotices:
    """The worker's part. A notice is only a reason to look its subject up; one fact is believed: a return code."""

    def __init__(
        self,
        core: Core,
        notices: NoticeRepository,
        methods: CheckMethods,
        transactions: NoticedTransactions,
        refunds: NoticedRefunds,
        refund_checks: RefundChecks,
        late_refunds: NoticedLateRefunds,
        disputes: RecordDisputes,
    ) -> None:
        self.db = core.db
        self._core = core
        self._notices = notices
        self._methods = methods
        self._transactions = transactions
        self._refunds = refunds
        self._refund_checks = refund_checks
        self._late_refunds = late_refunds
        self._disputes = disputes

    async def apply(self, wanted: NoticeToApply, run: JobRun) -> None:
        """Apply one notice; to apply it twice does no harm. Raise TryAgainError."""
        notice = await self._notices.find(wanted.notice_id)
        if notice is None or notice.applied_at is not None:
            return
        with trying_again(f"{notice.subject} {notice.subject_id} is not looked up"):
            result = await self._apply(notice)
        await self._finish(notice, result, run)

    async def _apply(self, notice: GatewayNotice) -> NoticeResult:
        assert notice.subject_id is not None  # only a notice that the portal ignores has none
        match notice.subject:
            case NoticeSubject.PAYMENT_METHOD:
                is_ours = await self._methods.check_token(notice.subject_id)
            case NoticeSubject.TRANSACTION:
                is_ours = await self._apply_to_transaction(notice.subject_id, notice.order_id, notice.return_code)
            case NoticeSubject.DISPUTE:
                is_ours = await self._disputes.check(notice.subject_id)
            case _:
                return NoticeResult.KEPT
        return NoticeResult.APPLIED if is_ours else NoticeResult.UNKNOWN

    async def _apply_to_transaction(self, transaction_id: str, order_id: str | None, return_code: str | None) -> bool:
        """Record a transaction as it stands at the gateway, and return whether it is one of ours.

        A charge may have settled, for which refunds of its payment wait.
        """
        named = (transaction_id, order_id, return_code)
        if await self._transactions.check(*named):
            order = await self._transactions.get_order(transaction_id, order_id)
            await self._refund_checks.resolve_waiting(order.account_id, order.payment_id)
            return True
        return await self._refunds.check(*named) or await self._late_refunds.check(*named)

    @in_transaction
    async def _finish(self, notice: GatewayNotice, result: NoticeResult, run: JobRun) -> None:
        await self._notices.update(notice.id, result, self._core.clock.now())
        await run.finish()
        self.db.after_commit(GATEWAY_NOTICES.labels(notice.subject, result).inc)
        log.info("gateway_webhook_applied", kind=notice.kind, result=result)
