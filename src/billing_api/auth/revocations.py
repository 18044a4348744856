"""The latest revocations, in the memory of every process: a signed token holds until it expires or is revoked."""

import asyncio
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog
from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from billing_api.auth.model import Revocation, revocations
from billing_api.db.base import each_of
from billing_api.db.database import Database
from billing_api.db.pruning import delete_some, prune
from billing_api.db.statements import Command, Statement, columns_of
from billing_api.kit.clock import Clock

log = structlog.get_logger(__name__)

_REFRESH_SECONDS = 1.0
_STALE = timedelta(seconds=5)
_OVERLAP = timedelta(seconds=60)  # a transaction that was slow to commit is seen late, with an early time

_LIST = Statement(
    select(*columns_of(revocations, Revocation)).where(revocations.c.revoked_at >= bindparam("since")), Revocation
)
_subjects = each_of("subject_ids", Uuid())
_again = insert(revocations).from_select(["subject_id", "revoked_at"], select(_subjects.c.value, bindparam("now")))
_ADD = Command(
    _again.on_conflict_do_update(index_elements=["subject_id"], set_={"revoked_at": _again.excluded.revoked_at})
)
_FIND = Statement(
    select(*columns_of(revocations, Revocation)).join(_subjects, revocations.c.subject_id == _subjects.c.value),
    Revocation,
)
_REMOVE = delete_some(revocations, revocations.c.revoked_at < bindparam("oldest"))


class Revocable(Protocol):
    """A token that can be revoked."""

    @property
    def family_id(self) -> UUID:
        """The subject whose revocation ends the token whenever it was issued: a session, or the token itself."""

    @property
    def holder_id(self) -> UUID:
        """The user or client; a revocation ends the tokens that they have got before."""

    @property
    def issued_at(self) -> float:
        """The time of issue, in seconds since the epoch."""


class Revocations:
    """The sessions, users, clients and clients' tokens whose tokens are refused although their signature holds.

    In this process a revocation counts from its commit, in the others from their next refresh.
    """

    def __init__(self, db: Database, clock: Clock, *, token_lifetime: timedelta) -> None:
        self.db = db
        self._clock = clock
        self._keep = token_lifetime + _OVERLAP
        self._revoked: dict[UUID, float] = {}
        self._refreshed_at: datetime | None = None

    def includes(self, token: Revocable) -> bool:
        """Return whether the token's family has ended, or its holder's tokens were revoked after it was issued."""
        return token.family_id in self._revoked or self._revoked.get(token.holder_id, 0.0) >= token.issued_at

    async def is_revoked(self, token: Revocable) -> bool:
        """Return whether the database has such a revocation of the token."""
        found = await self.db.fetch(_FIND, subject_ids=[token.family_id, token.holder_id])
        return any(one.subject_id == token.family_id or one.revoked_at.timestamp() >= token.issued_at for one in found)

    @property
    def are_fresh(self) -> bool:
        """Whether this copy is at most five seconds old; an older one misses the revocations of other processes."""
        return self._refreshed_at is not None and self._clock.now() - self._refreshed_at <= _STALE

    async def revoke(self, *subject_ids: UUID) -> None:
        """Refuse the tokens that these subjects have got until now, once the open transaction commits."""
        if not subject_ids:
            return
        now = self._clock.now()
        await self.db.execute(_ADD, subject_ids=subject_ids, now=now)
        known_here = dict.fromkeys(subject_ids, now.timestamp())
        self.db.after_commit(lambda: self._revoked.update(known_here))

    async def run(self) -> None:
        """Refresh each second, until cancelled."""
        while True:
            try:
                await self.refresh()
            except Exception as error:  # noqa: BLE001 - of any kind: the copy grows stale, and then the row is read
                log.warning("revocations_not_refreshed", error=type(error).__name__)
            await asyncio.sleep(_REFRESH_SECONDS)

    async def refresh(self) -> None:
        """Bring the copy up to date. Raise DatabaseUnavailableError."""
        now = self._clock.now()
        last = self._refreshed_at
        since = now - self._keep if last is None else min(last, now) - _OVERLAP
        for revocation in await self.db.fetch(_LIST, since=since):
            # What was read may be older than a revocation that has been committed here meanwhile.
            known_here = self._revoked.get(revocation.subject_id, 0.0)
            self._revoked[revocation.subject_id] = max(known_here, revocation.revoked_at.timestamp())
        oldest = (now - self._keep).timestamp()
        self._revoked = {subject: at for subject, at in self._revoked.items() if at >= oldest}
        self._refreshed_at = now

    async def prune(self) -> int:
        """Remove the revocations that are older than every token, and return their number."""
        oldest = self._clock.now() - self._keep
        return await prune(self.db, lambda limit: self.db.execute(_REMOVE, oldest=oldest, limit=limit))
