"""Idempotency keys, as the database keeps them: a key and its work are one transaction, or one lease."""

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
    AnsweredBefore,
    IdempotencyKeyReusedError,
    IdempotentRequest,
    RequestInFlightError,
)
from billing_api.kit.schema import ReadSchema

ReadT = TypeVar("ReadT", bound=ReadSchema)

# A key whose subject is not final yet must not be forgotten: a repeat would do the work again.
_UNTIL_FINAL = datetime(9999, 1, 1, tzinfo=UTC)
# What a client is told to wait while the first request is under way; most are answered by then.
_ASK_AGAIN_SECONDS = 5


class IdempotencyKey(Base):
    """A key of one principal on one route: in flight while `status` is null, then the answer."""

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
    subject_id: Mapped[UUID | None]  # the payment that answers when the lease has lapsed
    leased_until: Mapped[datetime]
    expires_at: Mapped[datetime]
    status: Mapped[int | None]
    body: Mapped[str | None]  # text, not JSON: a replay gives the same bytes


class IdempotencyKeys:
    """Claims keys and remembers answers."""

    def __init__(self, db: Database, clock: Clock, *, lease: timedelta, keep: timedelta) -> None:
        """`lease` is how long a request in flight holds its key, `keep` how long an answer is remembered."""
        self._db = db
        self._clock = clock
        self._lease = lease
        self._keep = keep

    async def once(self, account_id: UUID, request: IdempotentRequest, work: Callable[[], Awaitable[ReadT]]) -> ReadT:
        """Run `work` in a transaction together with its key: an entry for what one transaction can do.

        The answer is remembered as a 201; nothing is remembered of a refusal, for nothing was done.
        Raises AnsweredBefore, IdempotencyKeyReusedError.
        """

        async def claim_and_work() -> ReadT:
            if request.key is None:
                return await work()
            await self.claim_in(account_id, request)
            result = await work()
            await self.finish_in(account_id, request, 201, result.model_dump_json())
            return result

        return await self._db.run(claim_and_work)

    async def claim_in(
        self, account_id: UUID, request: IdempotentRequest, subject_id: UUID | None = None
    ) -> UUID | None:
        """Take the key for this request, or answer the subject of a request whose lease has lapsed.

        None means that the key is ours and the work is to be done. A concurrent claim waits for this transaction.
        A key with a subject is kept until `finish_subject_in` says that the subject is final.
        Raises AnsweredBefore, IdempotencyKeyReusedError, RequestInFlightError.
        """
        now = self._clock.now()
        ours = {
            "digest": request.digest,
            "subject_id": subject_id,
            "leased_until": now + self._lease,
            "expires_at": now + self._keep if subject_id is None else _UNTIL_FINAL,
        }
        identity = {
            "account_id": account_id,
            "principal": _principal(),
            "method": request.method,
            "route": request.route,
            "key": request.key,
        }
        claimed = await self._db.session.scalar(
            insert(IdempotencyKey)
            .values(identity | ours)
            .on_conflict_do_update(
                index_elements=list(identity),
                set_=ours | {"status": None, "body": None},
                where=IdempotencyKey.expires_at <= now,  # one that is forgotten is as good as none
            )
            .returning(IdempotencyKey.key)
        )
        if claimed is not None:
            return None
        return await self._answer_again(account_id, request, now)

    async def finish_in(self, account_id: UUID, request: IdempotentRequest, status: int, body: str) -> None:
        """Remember the answer."""
        await self._db.session.execute(
            update(IdempotencyKey).where(*self._this(account_id, request)).values(status=status, body=body)
        )

    async def answer_subject_in(self, account_id: UUID, subject_id: UUID, status: int, body: str) -> None:
        """Remember what the request that has this subject was answered, until `finish_subject_in` says how long."""
        await self._db.session.execute(self._unanswered(account_id, subject_id).values(status=status, body=body))

    async def finish_subject_in(self, account_id: UUID, subject_id: UUID, status: int, body: str) -> None:
        """The subject is final, whoever found it out: from now on the answer is kept as long as any other.

        A request that was answered before keeps that answer.
        """
        await self._db.session.execute(
            update(IdempotencyKey)
            .where(IdempotencyKey.account_id == account_id, IdempotencyKey.subject_id == subject_id)
            .values(
                status=func.coalesce(IdempotencyKey.status, status),
                body=func.coalesce(IdempotencyKey.body, body),
                expires_at=self._clock.now() + self._keep,
            )
        )

    async def release_subject_in(self, account_id: UUID, subject_id: UUID) -> None:
        """The request with this subject is over and its answer not final: from now on a repeat asks the subject."""
        await self._db.session.execute(self._unanswered(account_id, subject_id).values(leased_until=self._clock.now()))

    async def reopen_subject_in(self, account_id: UUID, subject_id: UUID) -> None:
        """The subject was final and is so no more: forget the answer, so that a repeat asks the subject."""
        await self._db.session.execute(
            update(IdempotencyKey)
            .where(IdempotencyKey.account_id == account_id, IdempotencyKey.subject_id == subject_id)
            .values(status=None, body=None, leased_until=self._clock.now(), expires_at=_UNTIL_FINAL)
        )

    async def free_subject_in(self, account_id: UUID, subject_id: UUID) -> None:
        """Forget the key of the request with this subject: a repeat is a first request again."""
        await self._db.session.execute(
            delete(IdempotencyKey).where(
                IdempotencyKey.account_id == account_id, IdempotencyKey.subject_id == subject_id
            )
        )

    @staticmethod
    def _unanswered(account_id: UUID, subject_id: UUID) -> Update:
        return update(IdempotencyKey).where(
            IdempotencyKey.account_id == account_id,
            IdempotencyKey.subject_id == subject_id,
            IdempotencyKey.status.is_(None),
        )

    async def _answer_again(self, account_id: UUID, request: IdempotentRequest, now: datetime) -> UUID | None:
        found = await self._db.session.scalar(
            select(IdempotencyKey).where(*self._this(account_id, request)).with_for_update()
        )
        if found is None:  # it expired and was pruned in this very moment
            raise RequestInFlightError(1)
        if found.digest != request.digest:
            raise IdempotencyKeyReusedError
        if found.status is not None and found.body is not None:
            raise AnsweredBefore(found.status, found.body)
        if found.leased_until > now or found.subject_id is None:
            left = round((found.leased_until - now).total_seconds())
            raise RequestInFlightError(max(1, min(left, _ASK_AGAIN_SECONDS)))
        return found.subject_id

    @staticmethod
    def _this(account_id: UUID, request: IdempotentRequest) -> tuple[Any, ...]:
        return (
            IdempotencyKey.account_id == account_id,
            IdempotencyKey.principal == _principal(),
            IdempotencyKey.method == request.method,
            IdempotencyKey.route == request.route,
            IdempotencyKey.key == request.key,
        )


def _principal() -> str:
    who = acting()
    return f"{who.kind}:{who.actor_id}"
