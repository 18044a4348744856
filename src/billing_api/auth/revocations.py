"""What was revoked lately, in the memory of every process: a signed token is good until it ends, unless named here."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from billing_api.auth.model import Revocation
from billing_api.auth.tokens import AccessToken
from billing_api.db.database import Database, in_transaction
from billing_api.db.reader import Reader, Statement
from billing_api.kit.clock import Clock

log = structlog.get_logger(__name__)

_REFRESH_SECONDS = 1.0
_STALE = timedelta(seconds=5)
_OVERLAP = timedelta(seconds=60)  # a transaction that was slow to commit is seen late, with an early time
_PRUNE_EVERY = timedelta(minutes=5)

_SINCE = Statement(
    select(Revocation.subject_id, Revocation.revoked_at).where(Revocation.revoked_at >= bindparam("since"))
)


class Revocations:
    """Sessions and people whose tokens are refused though their signature holds.

    Within this process a revocation counts from its commit, in the others from their next refresh.
    """

    def __init__(self, db: Database, reader: Reader, clock: Clock, *, token_lifetime: timedelta) -> None:
        self.db = db
        self._reader = reader
        self._clock = clock
        self._keep = token_lifetime + _OVERLAP
        self._revoked: dict[UUID, float] = {}
        self._refreshed_at: datetime | None = None
        self._pruned_at: datetime | None = None

    def name(self, token: AccessToken) -> bool:
        """Whether the token's session was ended, or its person's tokens revoked after it was issued."""
        caller = token.caller
        return caller.session_id in self._revoked or self._revoked.get(caller.person_id, 0.0) >= token.issued_at

    @property
    def are_fresh(self) -> bool:
        """Whether this copy is at most five seconds old; an older one misses what other processes revoked."""
        return self._refreshed_at is not None and self._clock.now() - self._refreshed_at <= _STALE

    async def revoke_in(self, *subject_ids: UUID) -> None:
        """Refuse from now on the tokens issued until now to these sessions or people, once this transaction commits."""
        if not subject_ids:
            return
        now = self._clock.now()
        revoke = insert(Revocation).values([{"subject_id": subject, "revoked_at": now} for subject in subject_ids])
        await self.db.session.execute(
            revoke.on_conflict_do_update(index_elements=["subject_id"], set_={"revoked_at": now})
        )
        known_here = dict.fromkeys(subject_ids, now.timestamp())
        self.db.after_commit(lambda: self._revoked.update(known_here))

    async def run(self) -> None:
        """Refresh each second and prune each few minutes, until cancelled."""
        while True:
            try:
                await self.refresh()
                await self._prune_sometimes()
            except Exception as error:  # noqa: BLE001 - whatever it was: the copy grows stale, and then the row is asked
                log.warning("revocations_not_refreshed", error=type(error).__name__)
            await asyncio.sleep(_REFRESH_SECONDS)

    async def refresh(self) -> None:
        """Bring the copy up to date. Raises UnavailableError."""
        now = self._clock.now()
        last = self._refreshed_at
        since = now - self._keep if last is None else min(last, now) - _OVERLAP
        for subject_id, revoked_at in await self._reader.fetch(_SINCE, _row, since=since):
            self._revoked[subject_id] = revoked_at.timestamp()
        oldest = (now - self._keep).timestamp()
        self._revoked = {subject: at for subject, at in self._revoked.items() if at >= oldest}
        self._refreshed_at = now

    @in_transaction
    async def prune(self) -> None:
        """Remove what no living token can be refused by."""
        await self.db.session.execute(delete(Revocation).where(Revocation.revoked_at < self._clock.now() - self._keep))

    async def _prune_sometimes(self) -> None:
        now = self._clock.now()
        if self._pruned_at is None or now - self._pruned_at >= _PRUNE_EVERY:
            await self.prune()
            self._pruned_at = now


def _row(subject_id: UUID, revoked_at: datetime) -> tuple[UUID, datetime]:
    return subject_id, revoked_at
