"""Idempotency keys in the database: a key and its work are one transaction, or one lease."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, bindparam, delete, func, null, select, text, update
from sqlalchemy.dialects.postgresql import insert

from billing_api.db.base import account_key, table
from billing_api.db.database import Database
from billing_api.db.pruning import delete_some, prune
from billing_api.db.statements import Command, Statement, columns_of, parameters
from billing_api.kit.clock import Clock
from billing_api.kit.context import ActorKind, acting
from billing_api.kit.idempotency import (
    IdempotencyKey,
    IdempotencyKeyReusedError,
    IdempotentReplay,
    Recorded,
    RequestInFlightError,
    StoredResult,
)
from billing_api.kit.schema import ReadSchema

T = TypeVar("T")
ReadT = TypeVar("ReadT", bound=ReadSchema)

# A key whose subject is not final must not be forgotten: a repeat would do the work again.
_UNTIL_FINAL = datetime(9999, 1, 1, tzinfo=UTC)
# The longest Retry-After while the first request is under way; most are finished by then.
_MOST_SECONDS = 5


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key of one principal on one route: in flight while `outcome` is null, then with the stored result."""

    account_id: UUID
    principal: str
    method: str
    route: str
    key: str
    digest: str
    subject_id: UUID | None  # the payment that gives the result when the lease has lapsed
    leased_until: datetime
    expires_at: datetime
    outcome: str | None
    body: str | None  # text, not JSON: a replay gives the same bytes


# Kinds of actors as stored keys name them. A user keeps the word of earlier releases: by another word a repeat would
# not find the key of its first request, and would be carried out a second time.
_PRINCIPALS: dict[ActorKind, str] = {"user": "person", "client": "client", "system": "system"}
_PRIMARY_KEY = ("account_id", "principal", "method", "route", "key")
_CLAIMED = ("digest", "subject_id", "leased_until", "expires_at")
idempotency_keys = table(
    "idempotency_keys",
    StoredKey,
    account_key(),
    Column("status", BigInteger),  # the release before this one names it; the next release drops it
    Index(None, "expires_at"),
    Index(None, "account_id", "subject_id", postgresql_where=text("subject_id IS NOT NULL")),
    key=_PRIMARY_KEY,
)

_k = idempotency_keys.c
_THIS = [_k[name] == bindparam(name) for name in _PRIMARY_KEY]
_HAS_SUBJECT = [_k[name] == bindparam(name) for name in ("account_id", "subject_id")]
_IS_IN_FLIGHT = [*_HAS_SUBJECT, _k.outcome.is_(None)]
_FORGOTTEN = {"outcome": null(), "body": null()}

_new = insert(idempotency_keys).values(parameters(*_PRIMARY_KEY, *_CLAIMED))
_CLAIM = Statement(
    _new.on_conflict_do_update(
        index_elements=_PRIMARY_KEY,
        set_={name: _new.excluded[name] for name in _CLAIMED} | _FORGOTTEN,
        where=_k.expires_at <= bindparam("now"),  # a key that has expired is free
    ).returning(_k.key),
    str,
)
_LOCK = Statement(select(*columns_of(idempotency_keys, StoredKey)).where(*_THIS).with_for_update(), StoredKey)
_FIND = Statement(select(*columns_of(idempotency_keys, StoredKey)).where(*_THIS), StoredKey)
_STORE = Command(update(idempotency_keys).where(*_THIS).values(parameters("outcome", "body")))
_STORE_FOR_SUBJECT = Command(update(idempotency_keys).where(*_IS_IN_FLIGHT).values(parameters("outcome", "body")))
_FINISH_SUBJECT = Command(
    update(idempotency_keys)
    .where(*_HAS_SUBJECT)
    .values(
        outcome=func.coalesce(_k.outcome, bindparam("outcome")),
        body=func.coalesce(_k.body, bindparam("body")),
        expires_at=bindparam("expires_at"),
    )
)
_RELEASE_SUBJECT = Command(update(idempotency_keys).where(*_IS_IN_FLIGHT).values(parameters("leased_until")))
_REOPEN_SUBJECT = Command(
    update(idempotency_keys).where(*_HAS_SUBJECT).values(parameters("leased_until", "expires_at") | _FORGOTTEN)
)
_FREE_SUBJECT = Command(delete(idempotency_keys).where(*_HAS_SUBJECT))
_REMOVE_EXPIRED = delete_some(idempotency_keys, _k.expires_at <= bindparam("now"))


class IdempotencyKeys:
    """Claims keys in the open transaction, and stores results at its end.

    Five verbs say how it stands with the subject of a key:
    store_for_subject: the result is kept, and the subject is not final.
    finish_subject: the subject is final, and the key expires like any other.
    release_subject: there is no result, and a repeat gets the subject.
    reopen_subject: the result was wrong, and a repeat gets the subject.
    free_subject: the key is forgotten, and a repeat is a first request.
    """

    def __init__(self, db: Database, clock: Clock, *, lease: timedelta, keep: timedelta) -> None:
        """Take the time for which a request in flight holds its key, and that for which a result is kept."""
        self._db = db
        self._clock = clock
        self._lease = lease
        self._keep = keep

    async def once(
        self,
        account_id: UUID,
        key: IdempotencyKey | None,
        work: Callable[[], Awaitable[ReadT]],
        *,
        stored: Callable[[ReadT], StoredResult] = StoredResult.created,
    ) -> ReadT:
        """Run `work` in a transaction together with its key: an entry for the work of one transaction.

        The result is stored as `stored` makes it. A refusal is not stored, because nothing was done.
        Raise IdempotentReplay, IdempotencyKeyReusedError, RequestInFlightError.
        """
        return await self._run(account_id, key, work, stored)

    async def record_once(
        self, account_id: UUID, key: IdempotencyKey | None, work: Callable[[], Awaitable[Recorded[ReadT]]]
    ) -> Recorded[ReadT]:
        """Run work that posts a document, or finds the one that it posted before. Raise as `once` does."""
        return await self._run(account_id, key, work, StoredResult.recorded)

    async def replay(self, account_id: UUID, key: IdempotencyKey | None) -> None:
        """Raise IdempotentReplay when the request has a result already: a repeat spends no allowance."""
        if key is None:
            return
        found = await self._db.fetch_one(_FIND, **_identity(account_id, key))
        if found is None or found.digest != key.digest or found.expires_at <= self._clock.now():
            return  # `claim` decides
        if found.outcome is not None and found.body is not None:
            raise IdempotentReplay(StoredResult(found.outcome, found.body))

    async def claim(self, account_id: UUID, key: IdempotencyKey, subject_id: UUID | None = None) -> UUID | None:
        """Take the key for this request, or return the subject of a request whose lease has lapsed.

        None means that the key is taken and the work is to be done. A concurrent claim waits for this transaction.
        A key with a subject is kept until `finish_subject` says that the subject is final.
        Raise IdempotentReplay, IdempotencyKeyReusedError, RequestInFlightError.
        """
        await self._db.take_turn(account_id)  # it waits for another claim, which may wait for the account's lock
        now = self._clock.now()
        claimed = await self._db.fetch_one(
            _CLAIM,
            **_identity(account_id, key),
            digest=key.digest,
            subject_id=subject_id,
            leased_until=now + self._lease,
            expires_at=now + self._keep if subject_id is None else _UNTIL_FINAL,
            now=now,
        )
        return None if claimed is not None else await self._find_subject(account_id, key, now)

    def store(self, account_id: UUID, key: IdempotencyKey, result: StoredResult) -> None:
        """Store the result."""
        self._db.append(_STORE, **_identity(account_id, key), **_columns(result))

    def store_for_subject(self, account_id: UUID, subject_id: UUID, result: StoredResult) -> None:
        """Store the result of the request with this subject, for as long as the subject is not final."""
        self._db.append(_STORE_FOR_SUBJECT, account_id=account_id, subject_id=subject_id, **_columns(result))

    def finish_subject(self, account_id: UUID, subject_id: UUID, result: StoredResult) -> None:
        """Keep the key from now on as long as any other: its subject is final.

        A result that was stored before stays.
        """
        self._db.append(
            _FINISH_SUBJECT,
            account_id=account_id,
            subject_id=subject_id,
            expires_at=self._clock.now() + self._keep,
            **_columns(result),
        )

    def release_subject(self, account_id: UUID, subject_id: UUID) -> None:
        """End the lease of the request with this subject: a repeat gets the subject. A stored result stays."""
        self._db.append(_RELEASE_SUBJECT, account_id=account_id, subject_id=subject_id, leased_until=self._clock.now())

    def reopen_subject(self, account_id: UUID, subject_id: UUID) -> None:
        """Forget the result of a subject that is not final any more: a repeat gets the subject."""
        self._db.append(
            _REOPEN_SUBJECT,
            account_id=account_id,
            subject_id=subject_id,
            leased_until=self._clock.now(),
            expires_at=_UNTIL_FINAL,
        )

    def free_subject(self, account_id: UUID, subject_id: UUID) -> None:
        """Forget the key of the request with this subject: a repeat is a first request again."""
        self._db.append(_FREE_SUBJECT, account_id=account_id, subject_id=subject_id)

    async def prune(self) -> int:
        """Remove the keys that have expired, and return their number; that of a subject that is not final has not."""
        now = self._clock.now()
        return await prune(self._db, lambda limit: self._db.execute(_REMOVE_EXPIRED, now=now, limit=limit))

    async def _run(
        self,
        account_id: UUID,
        key: IdempotencyKey | None,
        work: Callable[[], Awaitable[T]],
        stored: Callable[[T], StoredResult],
    ) -> T:
        if key is None:
            return await self._db.run(work)

        async def claim_and_work() -> T:
            await self.claim(account_id, key)
            made = await work()
            self.store(account_id, key, stored(made))
            return made

        return await self._db.run(claim_and_work)

    async def _find_subject(self, account_id: UUID, key: IdempotencyKey, now: datetime) -> UUID:
        """Return the subject of the request that has the key. Raise as `claim` does."""
        found = await self._db.fetch_one(_LOCK, **_identity(account_id, key))
        if found is None:  # it expired and was pruned in this very moment
            raise RequestInFlightError(1)
        if found.digest != key.digest:
            raise IdempotencyKeyReusedError
        if found.outcome is not None and found.body is not None:
            raise IdempotentReplay(StoredResult(found.outcome, found.body))
        if found.leased_until > now or found.subject_id is None:
            left = round((found.leased_until - now).total_seconds())
            raise RequestInFlightError(max(1, min(left, _MOST_SECONDS)))
        return found.subject_id


def _identity(account_id: UUID, key: IdempotencyKey) -> dict[str, object]:
    actor = acting()
    return {
        "account_id": account_id,
        "principal": f"{_PRINCIPALS[actor.kind]}:{actor.actor_id}",
        "method": key.method,
        "route": key.route,
        "key": key.text,
    }


def _columns(result: StoredResult) -> dict[str, str]:
    return {"outcome": result.outcome, "body": result.document}
