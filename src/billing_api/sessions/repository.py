"""The SQL of sessions and their refresh tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, insert, select, update

from billing_api.db.base import each_of, rows_of
from billing_api.db.database import Database
from billing_api.db.paging import Listing
from billing_api.db.pruning import prune
from billing_api.db.statements import Command, Statement, arrays_of, columns_of, parameters, values_of
from billing_api.kit.pagination import Rows
from billing_api.sessions.model import RefreshToken, Session, refresh_tokens, sessions
from billing_api.sessions.schemas import SessionQuery
from billing_api.users.values import LockedUser


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session as its user sees it."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ip: str | None
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class TokenFamily:
    """The session that a refresh token belongs to."""

    account_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True)
class TokenUse:
    """The session of a refresh token, the salt of its successor, and the time of an earlier use."""

    account_id: UUID
    session_id: UUID
    salt: bytes | None
    used_before_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Successor:
    token_hash: bytes
    successor_salt: bytes


_PRUNED_AT_ONCE = 100  # each has up to some thousand tokens

_on_account = sessions.c.account_id == bindparam("account_id")
_this_session = (_on_account, sessions.c.id == bindparam("id"))
_of_user = (_on_account, sessions.c.user_id == bindparam("user_id"))
_is_live = (
    sessions.c.ended_at.is_(None),
    sessions.c.expires_at > bindparam("now"),
    sessions.c.last_seen_at > bindparam("idle_since"),
)
_LIST = Listing(
    select(*columns_of(sessions, SessionSummary)).where(*_of_user, *_is_live),
    SessionSummary,
    SessionQuery,
    sorts=[sessions.c.id],
    unique=sessions.c.id,
    order="-id",
)
_FIND_LIVE = Statement(select(sessions.c.id).where(*_of_user, *_is_live, sessions.c.id == bindparam("id")), UUID)
_FIND = Statement(select(*columns_of(sessions, Session)).where(*_this_session), Session)
# A session's lock does not stop its new tokens.
_LOCK = Statement(select(*columns_of(sessions, Session)).where(*_this_session).with_for_update(key_share=True), Session)
_FIND_SUMMARY = Statement(select(*columns_of(sessions, SessionSummary)).where(*_this_session), SessionSummary)
_FIND_DEVICE = Statement(select(sessions.c.device_id).where(*_this_session), UUID)
_ADD = Command(insert(sessions))
_TOUCH = Command(update(sessions).where(*_this_session).values(**parameters("last_seen_at", "ip")))
_END = Command(update(sessions).where(*_this_session).values(**parameters("ended_at", "end_reason")))
_accounts = each_of("account_ids", Uuid())
_END_OTHERS = Statement(
    update(sessions)
    .where(
        sessions.c.account_id == _accounts.c.value,
        sessions.c.user_id == bindparam("of_user"),
        sessions.c.ended_at.is_(None),
        sessions.c.id.is_distinct_from(bindparam("keep")),
    )
    .values(**parameters("ended_at", "end_reason"))
    .returning(sessions.c.id),
    UUID,
)

_family = columns_of(refresh_tokens, TokenFamily)
_this_token = refresh_tokens.c.token_hash == bindparam("token_hash")
_FIND_FAMILY = Statement(select(*_family).where(_this_token), TokenFamily)
_ADD_TOKEN = Command(insert(refresh_tokens))
_USE_TOKEN = Statement(
    update(refresh_tokens)
    .where(_this_token, refresh_tokens.c.used_at.is_(None))
    .values(**parameters("used_at", "successor_salt"))
    .returning(*_family),
    TokenFamily,
)
_FIND_USE = Statement(
    select(
        *_family, refresh_tokens.c.successor_salt.label("salt"), refresh_tokens.c.used_at.label("used_before_at")
    ).where(_this_token),
    TokenUse,
)
_LIST_SUCCESSORS = Statement(
    select(*columns_of(refresh_tokens, _Successor)).where(
        refresh_tokens.c.account_id == bindparam("account_id"),
        refresh_tokens.c.session_id == bindparam("session_id"),
        refresh_tokens.c.used_at >= bindparam("since"),
        refresh_tokens.c.successor_salt.is_not(None),
    ),
    _Successor,
)

_LIST_SPENT = Statement(
    select(sessions.c.account_id, sessions.c.id.label("session_id"))
    .where(sessions.c.expires_at <= bindparam("before"))
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True),
    TokenFamily,
)
_spent = rows_of("spent", account_id=Uuid(), session_id=Uuid())
_REMOVE_TOKENS = Command(
    delete(refresh_tokens).where(
        refresh_tokens.c.account_id == _spent.c.account_id, refresh_tokens.c.session_id == _spent.c.session_id
    )
)
_REMOVE = Command(
    delete(sessions).where(sessions.c.account_id == _spent.c.account_id, sessions.c.id == _spent.c.session_id)
)


class SessionRepository:
    """Sessions by their account; refresh tokens by their digest, across all accounts."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_page(
        self, account_id: UUID, user_id: UUID, query: SessionQuery, *, now: datetime, idle_since: datetime
    ) -> Rows[SessionSummary]:
        """Return one page of the user's live sessions on the account, newest first. Raise BadCursorError."""
        return await _LIST.fetch(
            self._db, query, account_id=account_id, user_id=user_id, now=now, idle_since=idle_since
        )

    async def is_live(
        self, account_id: UUID, user_id: UUID, session_id: UUID, *, now: datetime, idle_since: datetime
    ) -> bool:
        """Return whether the session goes on."""
        found = await self._db.fetch_one(
            _FIND_LIVE, account_id=account_id, user_id=user_id, id=session_id, now=now, idle_since=idle_since
        )
        return found is not None

    async def find(self, account_id: UUID, session_id: UUID) -> Session | None:
        """Return a session, or None."""
        return await self._db.fetch_one(_FIND, account_id=account_id, id=session_id)

    async def lock(self, account_id: UUID, session_id: UUID) -> Session | None:
        """Return the session under its lock, or None."""
        return await self._db.fetch_one(_LOCK, account_id=account_id, id=session_id)

    async def find_summary(self, account_id: UUID, session_id: UUID) -> SessionSummary | None:
        """Return a session as its user sees it, live or not, or None."""
        return await self._db.fetch_one(_FIND_SUMMARY, account_id=account_id, id=session_id)

    async def find_device(self, account_id: UUID, session_id: UUID) -> UUID | None:
        """Return the device that the session began on; without a lock, since a user is locked before their sessions."""
        return await self._db.fetch_one(_FIND_DEVICE, account_id=account_id, id=session_id)

    async def add(self, session: Session) -> None:
        """Insert a session."""
        await self._db.execute(_ADD, **values_of(session))

    async def touch(self, session: Session) -> None:
        """Write the time and the address of a session's last refresh."""
        await self._db.execute(
            _TOUCH,
            account_id=session.account_id,
            id=session.id,
            last_seen_at=session.last_seen_at,
            ip=session.ip,
        )

    async def end(self, session: Session, *, reason: str, now: datetime) -> None:
        """Write the end of a session."""
        await self._db.execute(_END, account_id=session.account_id, id=session.id, ended_at=now, end_reason=reason)

    async def end_others(
        self, user: LockedUser, account_ids: Sequence[UUID], *, keep: UUID | None, reason: str, now: datetime
    ) -> list[UUID]:
        """End the user's live sessions on these accounts but the one to keep; return their ids."""
        return await self._db.fetch(
            _END_OTHERS, of_user=user.id, account_ids=account_ids, keep=keep, ended_at=now, end_reason=reason
        )

    async def find_family(self, token_hash: bytes) -> TokenFamily | None:
        """Return the session of a token, used or not, or None."""
        return await self._db.fetch_one(_FIND_FAMILY, token_hash=token_hash)

    async def add_token(self, token: RefreshToken) -> None:
        """Insert a token of a session."""
        await self._db.execute(_ADD_TOKEN, **values_of(token))

    async def use_token(self, token_hash: bytes, salt: bytes, now: datetime) -> TokenUse | None:
        """Mark the token used and keep `salt`, unless it was used before: of many at once exactly one does.

        Return None when there is no such token.
        """
        family = await self._db.fetch_one(_USE_TOKEN, token_hash=token_hash, used_at=now, successor_salt=salt)
        if family is not None:
            return TokenUse(family.account_id, family.session_id, salt, None)
        return await self._db.fetch_one(_FIND_USE, token_hash=token_hash)

    async def list_salts(self, account_id: UUID, session_id: UUID, *, since: datetime) -> dict[bytes, bytes]:
        """Return the salts of the successors of a session's tokens that were used since then, by their tokens."""
        successors = await self._db.fetch(_LIST_SUCCESSORS, account_id=account_id, session_id=session_id, since=since)
        return {successor.token_hash: successor.successor_salt for successor in successors}

    async def prune(self, before: datetime) -> int:
        """Remove the sessions that expired before, with all their tokens, and return their number."""

        async def remove(limit: int) -> int:
            spent = await self._db.fetch(_LIST_SPENT, before=before, limit=limit)
            if spent:
                keys = arrays_of(spent)
                await self._db.execute(_REMOVE_TOKENS, **keys)
                await self._db.execute(_REMOVE, **keys)
            return len(spent)

        return await prune(self._db, remove, at_once=_PRUNED_AT_ONCE)
