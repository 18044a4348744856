"""The gateway's webhooks: each is kept once, and is a reason to look its subject up, in any order."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import structlog

from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.db.pruning import prune
from billing_api.gateway.failures import NoticeRefusedError
from billing_api.gateway.notices import Notice, NoticeSubject
from billing_api.gateway.port import Gateway
from billing_api.gateway_webhooks.errors import WebhookRefusedError
from billing_api.gateway_webhooks.model import GatewayNotice, NoticeResult
from billing_api.gateway_webhooks.repository import NoticeRepository
from billing_api.jobs.service import Jobs
from billing_api.jobs.tasks import Backoff, Task
from billing_api.kit.ids import new_id
from billing_api.kit.metrics import GATEWAY_NOTICES

log = structlog.get_logger(__name__)

_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class NoticeToApply:
    """A notice of the inbox that is to be applied."""

    notice_id: UUID


# Over a day: 10 s, 20 s, 40 s … and then every three hours. After that the job is held, for an operator to see.
APPLY = Task(
    "gateway_webhooks.apply",
    NoticeToApply,
    attempts=18,
    backoff=Backoff(timedelta(seconds=10), timedelta(hours=3)),
    seconds=300,
    slow=True,
)


class GatewayWebhooks:
    """The inbox: respond to a webhook once it is stored; a job of the worker applies it."""

    def __init__(self, core: Core, notices: NoticeRepository, gateway: Gateway, jobs: Jobs) -> None:
        self.db = core.db
        self._core = core
        self._notices = notices
        self._gateway = gateway
        self._jobs = jobs

    async def receive(self, signature: str, payload: str) -> None:
        """Check the signature, and keep the webhook unless it is kept already. Raise WebhookRefusedError."""
        try:
            notice = self._gateway.parse_notice(signature, payload)
        except NoticeRefusedError as error:
            GATEWAY_NOTICES.labels("unsigned", "refused").inc()
            raise WebhookRefusedError from error
        await self.keep(notice, "".join(payload.split()))

    @in_transaction
    async def keep(self, notice: Notice, content: str) -> bool:
        """Keep a notice with a job that applies it, once for each content; return whether it is new."""
        now = self._core.clock.now()
        is_used = notice.subject is not NoticeSubject.OTHER
        kept = GatewayNotice(
            id=new_id(),
            digest=sha256(content.encode()).hexdigest(),
            kind=notice.kind,
            subject=notice.subject,
            subject_id=notice.subject_id,
            order_id=notice.order_id,
            return_code=notice.return_code,
            received_at=now,
            result=None if is_used else NoticeResult.KEPT,
            applied_at=None if is_used else now,
        )
        is_new = await self._notices.add(kept)
        if is_new and is_used:
            await self._jobs.enqueue(APPLY, NoticeToApply(kept.id))
        self.db.after_commit(GATEWAY_NOTICES.labels(notice.subject, "kept" if is_new else "repeated").inc)
        log.info("gateway_webhook", kind=notice.kind, is_new=is_new)
        return is_new

    def answer_challenge(self, challenge: str) -> str:
        """Return the proof for the gateway that this address is ours. Raise WebhookRefusedError."""
        try:
            return self._gateway.answer_challenge(challenge)
        except NoticeRefusedError as error:
            raise WebhookRefusedError from error

    async def prune(self) -> int:
        """Remove notices that were applied some weeks ago, and return their number."""
        now = self._core.clock.now()
        return await prune(self.db, lambda limit: self._notices.remove_old(now - _KEPT, limit))
