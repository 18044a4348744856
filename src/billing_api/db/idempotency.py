"""Idempotency keys in the database: a key and its work are one transaction, or one lease."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Index, Update, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from billing_api.db.base import Base, account_key
from billing_api.db.database import Database
from billing_api.kit.clock import Clock
from billing_api.kit.context import acting
from billing_api.kit.idempotency import (
    IdempotencyKey,
    IdempotencyKeyReusedError,
    IdempotentReplay,
    RequestInFlightError,
    StoredResult,
)
from billing_api.kit.schema import ReadSchema

ReadT = TypeVar("ReadT", bound=ReadSchema)

# A key whose subject is not final must not be forgotten: a repeat would do the work again.
_UNTIL_FINAL = datetime(9999, 1, 1, tzinfo=UTC)
# The wait that a client is told while the first request is under way; most are finished by then.
_ASK_AGAIN_SECONDS = 5


class StoredKey(Base):
    """A key of one principal on one route: in flight while `outcome` is null, then with the stored result."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        account_key(),
        Index(None, "account_id", "expires_at"),
        Index(None, "account_id", "subject_id", postgresql_where=text("subject_id IS NOT NULL")),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    principal: Mapped[str] = mapped_column(primary_key=True)
    method: Mapped[str] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    subject_id: Mapped[UUID | None]  # the payment that gives the result when the lease has lapsed
    leased_until: Mapped[datetime]
    expires_at: Mapped[datetime]
    status: Mapped[int | None]  # of processes before migration 0018; the next release drops it
    outcome: Mapped[str | None]
    body: Mapped[str | None]  # text, not JSON: a replay gives the same bytes


class IdempotencyKeys:
    """Claims keys and stores results."""

    def __init__(self, db: Database, clock: Clock, *, lease: timedelta, keep: timedelta) -> None:
        """`lease` is how long a request in flight holds its key, `keep` how long a result is stored."""
        self._db = db
        self._clock = clock
        self._lease = lease
        self._keep = keep

    async def once(self, account_id: UUID, key: IdempotencyKey | None, work: Callable[[], Awaitable[ReadT]]) -> ReadT:
        """Run `work` in a transaction together with its key: an entry for the work of one transaction.

        The result is stored as created. A refusal is not stored, because nothing was done.
        Raise IdempotentReplay, IdempotencyKeyReusedError, RequestInFlightError.
        """

        async def claim_and_work() -> ReadT:
            if key is None:
                return await work()
            await self.claim_in(account_id, key)
            made = await work()
            await self.finish_in(account_id, key, StoredResult.created(made))
            return made

        return await self._db.run(claim_and_work)

    async def claim_in(self, account_id: UUID, key: IdempotencyKey, subject_id: UUID | None = None) -> UUID | None:
        """Take the key for this request, or return the subject of a request whose lease has lapsed.

        None means that the key is ours and the work is to be done. A concurrent claim waits for this transaction.
        A key with a subject is kept until `finish_subject_in` says that the subject is final.
        Raise IdempotentReplay, IdempotencyKeyReusedError, RequestInFlightError.
        """
        now = self._clock.now()
        ours = {
            "digest": key.digest,
            "subject_id": subject_id,
            "leased_until": now + self._lease,
            "expires_at": now + self._keep if subject_id is None else _UNTIL_FINAL,
        }
        identity = {
            "account_id": account_id,
            "principal": _principal(),
            "method": key.method,
            "route": key.route,
            "key": key.text,
        }
        claimed = await self._db.session.scalar(
            insert(StoredKey)
            .values(identity | ours)
            .on_conflict_do_update(
                index_elements=list(identity),
                set_=ours | {"status": None, "outcome": None, "body": None},
                where=StoredKey.expires_at <= now,  # a key that has expired is free
            )
            .returning(StoredKey.key)
        )
        if claimed is not None:
            return None
        return await self._replay(account_id, key, now)

    async def finish_in(self, account_id: UUID, key: IdempotencyKey, result: StoredResult) -> None:
        """Store the result."""
        await self._db.session.execute(update(StoredKey).where(*_this(account_id, key)).values(_columns(result)))

    async def store_for_subject_in(self, account_id: UUID, subject_id: UUID, result: StoredResult) -> None:
        """Store the result of the request that has this subject; `finish_subject_in` says for how long."""
        await self._db.session.execute(_in_flight(account_id, subject_id).values(_columns(result)))

    async def finish_subject_in(self, account_id: UUID, subject_id: UUID, result: StoredResult) -> None:
        """Keep the key from now on as long as any other: its subject is final.

        A result that was stored before stays.
        """
        await self._db.session.execute(
            update(StoredKey)
            .where(StoredKey.account_id == account_id, StoredKey.subject_id == subject_id)
            .values(
                outcome=func.coalesce(StoredKey.outcome, result.outcome),
                body=func.coalesce(StoredKey.body, result.document),
                expires_at=self._clock.now() + self._keep,
            )
        )

    async def release_subject_in(self, account_id: UUID, subject_id: UUID) -> None:
        """End the lease of the request with this subject without a result: a repeat asks the subject."""
        await self._db.session.execute(_in_flight(account_id, subject_id).values(leased_until=self._clock.now()))

    async def reopen_subject_in(self, account_id: UUID, subject_id: UUID) -> None:
        """Forget the result of a subject that is not final any more: a repeat asks the subject."""
        await self._db.session.execute(
            update(StoredKey)
            .where(StoredKey.account_id == account_id, StoredKey.subject_id == subject_id)
            .values(status=None, outcome=None, body=None, leased_until=self._clock.now(), expires_at=_UNTIL_FINAL)
        )

    async def free_subject_in(self, account_id: UUID, subject_id: UUID) -> None:
        """Forget the key of the request with this subject: a repeat is a first request again."""
        await self._db.session.execute(
            delete(StoredKey).where(StoredKey.account_id == account_id, StoredKey.subject_id == subject_id)
        )

    async def _replay(self, account_id: UUID, key: IdempotencyKey, now: datetime) -> UUID | None:
        found = await self._db.session.scalar(select(StoredKey).where(*_this(account_id, key)).with_for_update())
        if found is None:  # it expired and was pruned in this very moment
            raise RequestInFlightError(1)
        if found.digest != key.digest:
            raise IdempotencyKeyReusedError
        if found.outcome is not None and found.body is not None:
            raise IdempotentReplay(StoredResult(found.outcome, found.body))
        if found.leased_until > now or found.subject_id is None:
            left = round((found.leased_until - now).total_seconds())
            raise RequestInFlightError(max(1, min(left, _ASK_AGAIN_SECONDS)))
        return found.subject_id


def _this(account_id: UUID, key: IdempotencyKey) -> tuple[Any, ...]:
    return (
        StoredKey.account_id == account_id,
        StoredKey.principal == _principal(),
        StoredKey.method == key.method,
        StoredKey.route == key.route,
        StoredKey.key == key.text,
    )


def _in_flight(account_id: UUID, subject_id: UUID) -> Update:
    return update(StoredKey).where(
        StoredKey.account_id == account_id, StoredKey.subject_id == subject_id, StoredKey.outcome.is_(None)
    )


def _columns(result: StoredResult) -> dict[str, str]:
    return {"outcome": result.outcome, "body": result.document}


def _principal() -> str:
    actor = acting()
    return f"{actor.kind}:{actor.actor_id}"
