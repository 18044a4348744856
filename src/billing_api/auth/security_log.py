"""Record failed sign-ins, refusals by throttles, and changes of clients: one row each in an append-only table.

The row of a sign-in has no account, so that it does not show whether the e-mail address has a user.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import insert

from billing_api.auth.allowances import TooManyRequestsError
from billing_api.auth.model import SecurityEntry, security_log
from billing_api.db.database import Database, in_transaction
from billing_api.db.statements import Command, values_of
from billing_api.kit.clock import Clock
from billing_api.kit.context import acting
from billing_api.kit.ids import new_id
from billing_api.kit.metrics import REFUSALS

log = structlog.get_logger(__name__)

_MOST_REMEMBERED = 10_000
_ADD = Command(insert(security_log))


class SecurityLog:
    """The record of refusals; an e-mail address is given as its digest alone."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self.db = db
        self._clock = clock
        self._recorded: dict[tuple[str, str], datetime] = {}  # when the window of each recorded refusal ends

    async def record_failure(
        self,
        action: str,
        *,
        account_id: UUID | None = None,
        email_digest: str | None = None,
        client_id: UUID | None = None,
    ) -> None:
        """Record a wrong password of a sign-in or of a change of the password, or a wrong secret of a client."""
        detail = {} if client_id is None else {"client_id": str(client_id)}
        log.warning(action, ip=acting().ip, email_digest=email_digest, **detail)
        await self._record(action, account_id, email_digest, detail)

    async def record_change(self, action: str, **detail: Any) -> None:
        """Record a change that belongs to no account, in the open transaction; `detail` has never a secret."""
        log.info(action, **detail)
        await self._add(action, None, None, detail)

    async def record_refusal(
        self, refusal: TooManyRequestsError, *, account_id: UUID | None = None, email_digest: str | None = None
    ) -> None:
        """Log a refusal, and record the first of each allowance and window, so that a flood does not fill the table."""
        allowance = refusal.allowance
        REFUSALS.labels(allowance.policy).inc()
        log.warning("throttled", policy=allowance.policy, ip=acting().ip, email_digest=email_digest)
        now, key = self._clock.now(), (allowance.policy, allowance.subject)
        if self._recorded.get(key, now) > now:
            return
        if len(self._recorded) >= _MOST_REMEMBERED:
            self._recorded = {known: until for known, until in self._recorded.items() if until > now}
        self._recorded[key] = now + timedelta(seconds=refusal.retry_after or 0)
        await self._record("throttle.refused", account_id, email_digest, {"policy": allowance.policy})

    @in_transaction
    async def _record(
        self, action: str, account_id: UUID | None, email_digest: str | None, detail: dict[str, Any]
    ) -> None:
        await self._add(action, account_id, email_digest, detail)

    async def _add(
        self, action: str, account_id: UUID | None, email_digest: str | None, detail: dict[str, Any]
    ) -> None:
        who = acting()
        entry = SecurityEntry(
            id=new_id(),
            occurred_at=self._clock.now(),
            action=action,
            account_id=account_id,
            actor_id=who.actor_id,
            email_digest=email_digest,
            request_id=who.request_id,
            ip=who.ip,
            detail=detail,
        )
        await self.db.execute(_ADD, **values_of(entry))
