"""The SQL of sessions and their refresh tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select, update

from billing_api.db.database import Database
from billing_api.db.paging import Listing
from billing_api.db.reader import Reader, Statement, columns_of
from billing_api.kit.pagination import Rows
from billing_api.sessions.model import RefreshToken, Session
from billing_api.sessions.schemas import SessionQuery


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as its person sees it."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ip: str | None
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class TokenUse:
    """The session of a refresh token, the salt of its successor, and the time of an earlier use."""

    account_id: UUID
    session_id: UUID
    salt: bytes | None
    used_before_at: datetime | None


@dataclass(frozen=True, slots=True)
class TokenFamily:
    """The session that a refresh token belongs to."""

    account_id: UUID
    session_id: UUID


_FAMILY = Statement(
    select(*columns_of(RefreshToken, TokenFamily)).where(RefreshToken.token_hash == bindparam("token_hash"))
)
_LIVE = (
    Session.ended_at.is_(None),
    Session.expires_at > bindparam("now"),
    Session.last_seen_at > bindparam("idle_since"),
)
_OWN = (Session.account_id == bindparam("account_id"), Session.person_id == bindparam("person_id"))
_LIST = Listing(
    select(*columns_of(Session, SessionRow)).where(*_OWN, *_LIVE),
    SessionRow,
    SessionQuery,
    sorts=[Session.id],
    unique=Session.id,
    order="-id",
)
_ONE_LIVE = Statement(select(*columns_of(Session, SessionRow)).where(*_OWN, *_LIVE, Session.id == bindparam("id")))


class SessionRepository:
    """Sessions by their account; refresh tokens by their digest, across all accounts."""

    def __init__(self, db: Database, reader: Reader) -> None:
        self._db = db
        self._reader = reader

    async def list_page(
        self, account_id: UUID, person_id: UUID, query: SessionQuery, *, now: datetime, idle_since: datetime
    ) -> Rows[SessionRow]:
        """Return one page of the live sessions on the account, newest first. Raise BadCursorError."""
        return await _LIST.fetch(
            self._db, query, account_id=account_id, person_id=person_id, now=now, idle_since=idle_since
        )

    async def is_live(
        self, account_id: UUID, person_id: UUID, session_id: UUID, *, now: datetime, idle_since: datetime
    ) -> bool:
        """Whether the session goes on, as the database knows it in this moment."""
        found = await self._reader.fetch_one(
            _ONE_LIVE,
            SessionRow,
            account_id=account_id,
            person_id=person_id,
            id=session_id,
            now=now,
            idle_since=idle_since,
        )
        return found is not None

    async def add(self, row: Session | RefreshToken) -> None:
        """Write a new row; a session before its tokens."""
        self._db.session.add(row)
        await self._db.session.flush()

    async def find_for_update(self, account_id: UUID, session_id: UUID) -> Session | None:
        """The session under a lock that does not stop new tokens of it."""
        return await self._db.session.scalar(
            select(Session)
            .where(Session.account_id == account_id, Session.id == session_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )

    async def find_device(self, account_id: UUID, session_id: UUID) -> UUID | None:
        """Return the device that the session began on, without a lock: a person is locked before their sessions."""
        device_id: UUID | None = await self._db.session.scalar(
            select(Session.device_id).where(Session.account_id == account_id, Session.id == session_id)
        )
        return device_id

    async def use_token(self, token_hash: bytes, salt: bytes, now: datetime) -> TokenUse | None:
        """Mark the token used and keep `salt`, unless it was used before: of many at once exactly one does.

        Return None when there is no such token.
        """
        this = RefreshToken.token_hash == token_hash
        family = (RefreshToken.account_id, RefreshToken.session_id)
        use = (
            update(RefreshToken)
            .where(this, RefreshToken.used_at.is_(None))
            .values(used_at=now, successor_salt=salt)
            .returning(*family)
        )
        found = (await self._db.session.execute(use)).one_or_none()
        if found is not None:
            return TokenUse(found.account_id, found.session_id, salt, None)
        earlier = select(*family, RefreshToken.successor_salt, RefreshToken.used_at).where(this)
        used = (await self._db.session.execute(earlier)).one_or_none()
        return TokenUse(*used) if used is not None else None

    async def find_salts(self, account_id: UUID, session_id: UUID, *, since: datetime) -> dict[bytes, bytes]:
        """Return the salts of the successors of a session's tokens that were used since then, by their tokens."""
        used = select(RefreshToken.token_hash, RefreshToken.successor_salt).where(
            RefreshToken.account_id == account_id,
            RefreshToken.session_id == session_id,
            RefreshToken.used_at >= since,
            RefreshToken.successor_salt.is_not(None),
        )
        return {row.token_hash: row.successor_salt for row in await self._db.session.execute(used)}

    async def read_session(self, token_hash: bytes) -> TokenFamily | None:
        """Return the session of a token, used or not, outside a transaction."""
        return await self._reader.fetch_one(_FAMILY, TokenFamily, token_hash=token_hash)

    async def find_session(self, token_hash: bytes) -> tuple[UUID, UUID] | None:
        """Return the account and the session of a token, used or not."""
        found = (
            await self._db.session.execute(
                select(RefreshToken.account_id, RefreshToken.session_id).where(RefreshToken.token_hash == token_hash)
            )
        ).one_or_none()
        return (found.account_id, found.session_id) if found is not None else None

    async def end_others(
        self, person_id: UUID, account_ids: Sequence[UUID], *, keep: UUID | None, reason: str, now: datetime
    ) -> list[UUID]:
        """End the person's live sessions on these accounts but the one to keep; return their ids."""
        end = (
            update(Session)
            .where(
                Session.account_id.in_(account_ids),
                Session.person_id == person_id,
                Session.ended_at.is_(None),
                Session.id.is_distinct_from(keep),
            )
            .values(ended_at=now, end_reason=reason)
            .returning(Session.id)
            .execution_options(synchronize_session=False)
        )
        return list(await self._db.session.scalars(end))
