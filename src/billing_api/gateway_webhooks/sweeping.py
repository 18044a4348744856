"""The sweep: events whose webhooks were lost are searched for at the gateway, and put into the inbox."""

from datetime import datetime, timedelta

import structlog

from billing_api.chargebacks.recording import RecordDisputes
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.gateway.notices import NoticeSubject
from billing_api.gateway.port import Gateway
from billing_api.gateway.steps import trying_again
from billing_api.gateway_webhooks.repository import NoticeRepository
from billing_api.gateway_webhooks.service import GatewayWebhooks
from billing_api.gateway_webhooks.transactions import NamedTransactions
from billing_api.kit.metrics import GATEWAY_NOTICES

log = structlog.get_logger(__name__)

# Searches at the gateway lag behind, and some go by whole days.
_OVERLAP = timedelta(days=3)
# A bank may return a debit for so long after it had settled. Source: Nacha, sixty days from the settlement.
_FIRST_TIME = timedelta(days=75)


class SweepGateway:
    """Finds returns, voids and refused settlements, of refunds too, and disputes by the day on which they occurred.

    The searches find these alone. So a sweep costs the same for ten payments and for a million.
    """

    def __init__(
        self,
        core: Core,
        notices: NoticeRepository,
        gateway: Gateway,
        webhooks: GatewayWebhooks,
        transactions: NamedTransactions,
        disputes: RecordDisputes,
    ) -> None:
        self.db = core.db
        self._core = core
        self._notices = notices
        self._gateway = gateway
        self._webhooks = webhooks
        self._transactions = transactions
        self._disputes = disputes

    async def sweep(self) -> int:
        """Put events without a webhook into the inbox, and return their number. Raise TryAgainError."""
        began_at = self._core.clock.now()
        swept_through = await self._notices.find_swept()
        since = began_at - _FIRST_TIME if swept_through is None else swept_through - _OVERLAP
        with trying_again("the gateway is not searched"):
            found = await self._gateway.list_missed_notices(since)
        news = await self._transactions.list_news([one for one in found if one.subject is NoticeSubject.TRANSACTION])
        news += await self._disputes.list_news([one for one in found if one.subject is NoticeSubject.DISPUTE])
        for notice in news:
            # Should a notice of an earlier day be held, there is another try each day.
            if await self._webhooks.keep(notice, f"{began_at.date()} {notice}"):
                GATEWAY_NOTICES.labels(notice.subject, "missed").inc()
                log.warning("gateway_webhook_missed", subject=notice.subject, subject_id=notice.subject_id)
        await self._record(began_at)
        return len(news)

    @in_transaction
    async def _record(self, through: datetime) -> None:
        await self._notices.save_swept(through)
