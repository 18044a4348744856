"""Sessions: begun, kept by rotating refresh tokens, listed and ended."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from billing_api.audit.service import AuditLog
from billing_api.auth.caller import Caller, Role
from billing_api.auth.revocations import Revocations
from billing_api.auth.tokens import AccessTokens
from billing_api.db.session import Database, in_transaction
from billing_api.events.service import Outbox
from billing_api.kit.clock import Clock
from billing_api.kit.context import act_as, acting
from billing_api.kit.ids import new_id
from billing_api.sessions.errors import RefreshTokenError, SessionNotFoundError
from billing_api.sessions.model import RefreshToken, Session
from billing_api.sessions.repository import SessionRepository, SessionRow
from billing_api.sessions.schemas import SessionPage, SessionQuery, SessionRead
from billing_api.users.service import People

_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody gets who signed in or refreshed."""

    caller: Caller
    access_token: str = field(repr=False)
    access_lifetime: timedelta
    refresh_token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """How long a session lasts, whatever happens, and for how long a token used twice is two tabs and no theft."""

    lifetime: timedelta
    reuse_grace: timedelta


class Sessions:
    """One session is one sign-in of a person into an account: the family of its refresh tokens."""

    def __init__(
        self,
        db: Database,
        sessions: SessionRepository,
        people: People,
        *,
        tokens: AccessTokens,
        revocations: Revocations,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
        terms: SessionTerms,
    ) -> None:
        self.db = db
        self._sessions = sessions
        self._people = people
        self._tokens = tokens
        self._revocations = revocations
        self._audit = audit
        self._outbox = outbox
        self._clock = clock
        self._terms = terms

    async def refresh(self, refresh_token: str) -> Grant:
        """Exchange a refresh token for new tokens. Raises RefreshTokenError."""
        grant = await self._rotate(_digest(refresh_token))
        if grant is None:  # raised here, not in the transaction: what a reuse ended must stay ended
            raise RefreshTokenError
        return grant

    async def list_page(self, caller: Caller, query: SessionQuery) -> SessionPage:
        """The caller's live sessions on the account, newest first. Raises BadCursorError."""
        position = query.position(UUID)
        rows = await self._sessions.list_page(
            caller.account_id,
            caller.person_id,
            before=position[0] if position else None,
            now=self._clock.now(),
            limit=query.limit,
        )
        return SessionPage.of(query, rows, lambda row: _read(row, caller), lambda row: (row.id,))

    @in_transaction
    async def sign_out(self, caller: Caller) -> None:
        """End the session that asks; it may have ended in this very moment."""
        session = await self._sessions.find_for_update(caller.account_id, caller.session_id)
        if session is not None and session.ended_at is None:
            await self._end_in(session, "signed_out")

    @in_transaction
    async def end(self, caller: Caller, session_id: UUID) -> None:
        """End one of the caller's sessions on this account. Raises SessionNotFoundError."""
        session = await self._sessions.find_for_update(caller.account_id, session_id)
        if session is None or session.person_id != caller.person_id or session.ended_at is not None:
            raise SessionNotFoundError
        await self._end_in(session, "ended_by_person")

    async def still_holds(self, caller: Caller) -> bool:
        """Whether the session lives and the role is the same, as the database knows it in this moment."""
        live = await self._sessions.is_live(
            caller.account_id, caller.person_id, caller.session_id, now=self._clock.now()
        )
        return live and await self._people.role_of(caller.account_id, caller.person_id) == caller.role

    async def open_in(self, *, account_id: UUID, person_id: UUID, role: Role, user_agent: str | None = None) -> Grant:
        """Begin a session for somebody who has shown who they are."""
        now = self._clock.now()
        session = Session(
            account_id=account_id,
            id=new_id(),
            person_id=person_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + self._terms.lifetime,
            ended_at=None,
            end_reason=None,
            ip=acting().ip,
            user_agent=user_agent,
        )
        await self._sessions.add(session)
        await self._audit.record_in(account_id, "session.started", session.id)
        return await self._grant_in(session, role)

    @in_transaction
    async def _rotate(self, token_hash: bytes) -> Grant | None:
        family = await self._sessions.use_token(token_hash, self._clock.now())
        if family is None:
            return None
        session = await self._sessions.find_for_update(family.account_id, family.session_id)
        now = self._clock.now()
        if session is None or session.ended_at is not None or session.expires_at <= now:
            return None
        if (
            family.used_before_at is not None
            and max(now - family.used_before_at, timedelta()) >= self._terms.reuse_grace
        ):
            await self._outbox.record_in(session.account_id, "session.refresh_token_reused", session.id)
            await self._end_in(session, "refresh_token_reused")
            return None
        role = await self._people.role_in(session.account_id, session.person_id)
        if role is None:
            return None
        act_as("person", str(session.person_id))
        session.last_seen_at = now
        session.ip = acting().ip
        return await self._grant_in(session, role)

    async def end_others_in(self, person_id: UUID, *, keep: UUID, reason: str) -> int:
        """End every session of the person but one, on every account; answers how many."""
        account_ids = await self._people.account_ids_in(person_id)
        ended = await self._sessions.end_others(person_id, account_ids, keep=keep, reason=reason, now=self._clock.now())
        await self._revocations.revoke_in(*ended)
        return len(ended)

    async def _end_in(self, session: Session, reason: str) -> None:
        session.ended_at = self._clock.now()
        session.end_reason = reason
        await self._revocations.revoke_in(session.id)
        await self._audit.record_in(session.account_id, "session.ended", session.id, reason=reason)

    async def _grant_in(self, session: Session, role: Role) -> Grant:
        token = f"rt_{secrets.token_urlsafe(_TOKEN_BYTES)}"  # the prefix is for scanners that look for leaked secrets
        await self._sessions.add(
            RefreshToken(
                token_hash=_digest(token),
                account_id=session.account_id,
                session_id=session.id,
                issued_at=self._clock.now(),
                used_at=None,
            )
        )
        caller = Caller(account_id=session.account_id, person_id=session.person_id, session_id=session.id, role=role)
        return Grant(caller, self._tokens.issue(caller), self._tokens.lifetime, token, session.expires_at)


def _digest(token: str) -> bytes:
    """A token of 256 random bits needs no slow hash."""
    return sha256(token.encode(errors="replace")).digest()


def _read(row: SessionRow, caller: Caller) -> SessionRead:
    return SessionRead(
        id=row.id,
        current=row.id == caller.session_id,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
        ip=row.ip,
        user_agent=row.user_agent,
    )
