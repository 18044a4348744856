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
from billing_api.gateway_webhooks.transactions import NamedTransactions
from billing_api.jobs.tasks import JobRun
from billing_api.kit.metrics import GATEWAY_NOTICES
from billing_api.payment_methods.check import CheckMethods

log = structlog.get_logger(__name__)


class ApplyNotices:
    """The worker's part. A notice is only a reason to look its subject up; one fact is believed: a return code."""

    def __init__(
        self,
        core: Core,
        notices: NoticeRepository,
        methods: CheckMethods,
        transactions: NamedTransactions,
        disputes: RecordDisputes,
    ) -> None:
        self.db = core.db
        self._core = core
        self._notices = notices
        self._methods = methods
        self._transactions = transactions
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
                is_ours = await self._transactions.check(notice.subject_id, notice.order_id, notice.return_code)
            case NoticeSubject.DISPUTE:
                is_ours = await self._disputes.check(notice.subject_id)
            case _:
                return NoticeResult.KEPT
        return NoticeResult.APPLIED if is_ours else NoticeResult.UNKNOWN

    @in_transaction
    async def _finish(self, notice: GatewayNotice, result: NoticeResult, run: JobRun) -> None:
        await self._notices.update(notice.id, result, self._core.clock.now())
        await run.finish()
        self.db.after_commit(GATEWAY_NOTICES.labels(notice.subject, result).inc)
        log.info("gateway_webhook_applied", kind=notice.kind, result=result)
