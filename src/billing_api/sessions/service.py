"""Sessions: begun, kept by rotating refresh tokens, listed and ended."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from billing_api.audit.service import AuditLog
from billing_api.auth.caller import Caller, Role
from billing_api.auth.revocations import Revocations
from billing_api.auth.tokens import AccessTokens
from billing_api.db.database import Database, in_transaction
from billing_api.events.service import Outbox
from billing_api.kit.clock import Clock
from billing_api.kit.context import act_as, acting
from billing_api.kit.ids import new_id
from billing_api.kit.pagination import Page
from billing_api.sessions.errors import RefreshTokenError, SessionNotFoundError
from billing_api.sessions.model import RefreshToken, Session
from billing_api.sessions.repository import SessionRepository, SessionRow, TokenFamily
from billing_api.sessions.schemas import SessionQuery, SessionRead
from billing_api.users.service import People

_TOKEN_BYTES = 32
_CLOCKS_DIFFER = timedelta(minutes=1)  # at most, from process to process
_PREFIX = "rt_"  # for scanners that look for leaked secrets


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody gets who signed in or refreshed."""

    caller: Caller
    access_token: str = field(repr=False)
    access_lifetime: timedelta  # shorter than usual when the session ends before
    refresh_token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """How long a session lasts at most and without a refresh, and for how long a token used twice is no theft."""

    lifetime: timedelta
    idle: timedelta
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
        """Exchange a refresh token for new tokens. Raise RefreshTokenError."""
        grant = await self._rotate(refresh_token)
        if grant is None:  # raised here, not in the transaction: what a reuse ended must stay ended
            raise RefreshTokenError
        return grant

    async def family_of(self, refresh_token: str) -> TokenFamily:
        """Return the session of a refresh token, used or not. Raise RefreshTokenError."""
        family = await self._sessions.read_session(_digest(refresh_token))
        if family is None:
            raise RefreshTokenError
        return family

    async def list_page(self, caller: Caller, query: SessionQuery) -> Page[SessionRead]:
        """Return the caller's live sessions on the account, newest first. Raise BadCursorError."""
        now = self._clock.now()
        found = await self._sessions.list_page(
            caller.account_id, caller.person_id, query, now=now, idle_since=now - self._terms.idle
        )
        return Page[SessionRead].showing(found, lambda row: _read(row, caller))

    @in_transaction
    async def sign_out(self, caller: Caller | None, refresh_token: str | None = None) -> None:
        """End the session of an access token and that of a refresh token, mostly the same; each may have ended."""
        known = {(caller.account_id, caller.session_id)} if caller is not None else set()
        if refresh_token is not None and (found := await self._sessions.find_session(_digest(refresh_token))):
            known.add(found)
        for account_id, session_id in sorted(known):
            session = await self._sessions.find_for_update(account_id, session_id)
            if session is not None and session.ended_at is None:
                act_as("person", str(session.person_id))
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
        now = self._clock.now()
        live = await self._sessions.is_live(
            caller.account_id, caller.person_id, caller.session_id, now=now, idle_since=now - self._terms.idle
        )
        return live and await self._people.role_of(caller.account_id, caller.person_id) == caller.role

    async def device_in(self, caller: Caller) -> UUID | None:
        """Return the device that the caller's session began on."""
        return await self._sessions.find_device(caller.account_id, caller.session_id)

    async def open_in(
        self,
        *,
        account_id: UUID,
        person_id: UUID,
        role: Role,
        user_agent: str | None = None,
        device_id: UUID | None = None,
    ) -> Grant:
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
            device_id=device_id,
        )
        await self._sessions.add(session)
        await self._audit.record_in(account_id, "session.started", session.id)
        token = f"{_PREFIX}{secrets.token_urlsafe(_TOKEN_BYTES)}"
        await self._add_token_in(session, token)
        return self._grant(session, role, token)

    @in_transaction
    async def _rotate(self, token: str) -> Grant | None:
        now = self._clock.now()
        use = await self._sessions.use_token(_digest(token), secrets.token_bytes(_TOKEN_BYTES), now)
        if use is None:
            return None
        session = await self._sessions.find_for_update(use.account_id, use.session_id)
        if session is None or self._has_ended(session):
            return None
        if use.used_before_at is not None and max(now - use.used_before_at, timedelta()) >= self._terms.reuse_grace:
            await self._outbox.record_in(session.account_id, "session.refresh_token_reused", session.id)
            await self._end_in(session, "refresh_token_reused")
            return None
        role = await self._people.role_in(session.account_id, session.person_id)
        if role is None or use.salt is None:  # without a salt it was used by a process of the release before this one
            return None
        act_as("person", str(session.person_id))
        session.last_seen_at = now
        session.ip = acting().ip
        successor = _successor(token, use.salt)
        if use.used_before_at is None:
            await self._add_token_in(session, successor)
        else:
            successor = await self._newest_in(session, successor, used_at=use.used_before_at)
        return self._grant(session, role, successor)

    async def _newest_in(self, session: Session, token: str, *, used_at: datetime) -> str:
        """Return the token, or the one that has followed it within the grace, so that a family has one end.

        `used_at` is the time of the token before it.
        """
        since = used_at - _CLOCKS_DIFFER
        salts = await self._sessions.find_salts(session.account_id, session.id, since=since)
        while (salt := salts.get(_digest(token))) is not None:
            token = _successor(token, salt)
        return token

    def _has_ended(self, session: Session) -> bool:
        now = self._clock.now()
        return (
            session.ended_at is not None or session.expires_at <= now or session.last_seen_at <= now - self._terms.idle
        )

    async def end_others_in(
        self, person_id: UUID, *, keep: UUID | None, reason: str, account_id: UUID | None = None
    ) -> int:
        """End the sessions of the person but the one to keep, on one account or on all; return how many ended."""
        account_ids = [account_id] if account_id is not None else await self._people.account_ids_in(person_id)
        ended = await self._sessions.end_others(person_id, account_ids, keep=keep, reason=reason, now=self._clock.now())
        await self._revocations.revoke(*ended)
        return len(ended)

    async def _end_in(self, session: Session, reason: str) -> None:
        session.ended_at = self._clock.now()
        session.end_reason = reason
        await self._revocations.revoke(session.id)
        await self._audit.record_in(session.account_id, "session.ended", session.id, reason=reason)

    async def _add_token_in(self, session: Session, token: str) -> None:
        await self._sessions.add(
            RefreshToken(
                token_hash=_digest(token),
                account_id=session.account_id,
                session_id=session.id,
                issued_at=self._clock.now(),
                used_at=None,
                successor_salt=None,
            )
        )

    def _grant(self, session: Session, role: Role, refresh_token: str) -> Grant:
        caller = Caller(account_id=session.account_id, person_id=session.person_id, session_id=session.id, role=role)
        end = min(session.expires_at, session.last_seen_at + self._terms.idle)
        return Grant(
            caller,
            self._tokens.issue(caller, session_end=end),
            min(self._tokens.lifetime, end - self._clock.now()),
            refresh_token,
            session.expires_at,
        )


def _successor(token: str, salt: bytes) -> str:
    """Return the token that follows another: who has the old one gets it again, and who has the salt alone does not.

    Only its digest is stored, as with every token.
    """
    following = hmac.digest(token.encode(errors="replace"), salt, sha256)
    return f"{_PREFIX}{urlsafe_b64encode(following).rstrip(b'=').decode()}"


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
