"""Sessions: they begin with a sign-in, go on with rotating refresh tokens, and end."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from billing_api.auth.caller import Caller
from billing_api.auth.errors import InvalidTokenError
from billing_api.auth.revocations import Revocations
from billing_api.auth.tokens import AccessTokens
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.kit.context import act_as, acting
from billing_api.kit.ids import new_id
from billing_api.kit.pagination import Page
from billing_api.sessions.errors import RefreshTokenError, SessionNotFoundError
from billing_api.sessions.model import RefreshToken, Session
from billing_api.sessions.refresh_tokens import digest_of, new_salt, new_token, successor_of
from billing_api.sessions.repository import SessionRepository, SessionSummary, TokenFamily
from billing_api.sessions.schemas import CurrentSessionRead, SessionQuery, SessionRead, UserRead
from billing_api.users.service import Users
from billing_api.users.values import LockedUser, Member

_KEEP = timedelta(days=30)  # after its end, for those who ask when and from where
_CLOCKS_DIFFER = timedelta(minutes=1)  # at most, from process to process


@dataclass(frozen=True, slots=True)
class Grant:
    """The tokens of a sign-in or a refresh."""

    caller: Caller
    member: Member
    access_token: str = field(repr=False)
    access_lifetime: timedelta  # shorter than usual when the session ends before
    refresh_token: str = field(repr=False)
    expires_at: datetime
    entered_before_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """The longest time of a session, its time without a refresh, and the time in which a token may be used again."""

    lifetime: timedelta
    idle: timedelta
    reuse_grace: timedelta


class Sessions:
    """One session is one sign-in of a user into an account: the family of its refresh tokens."""

    def __init__(
        self,
        core: Core,
        sessions: SessionRepository,
        users: Users,
        *,
        tokens: AccessTokens,
        revocations: Revocations,
        terms: SessionTerms,
    ) -> None:
        self.db = core.db
        self._core = core
        self._sessions = sessions
        self._users = users
        self._tokens = tokens
        self._revocations = revocations
        self._terms = terms

    async def refresh(self, refresh_token: str) -> Grant:
        """Exchange a refresh token for new tokens. Raise RefreshTokenError."""
        grant = await self._rotate(refresh_token)
        if grant is None:  # raised outside the transaction: a reuse must end the session for good
            raise RefreshTokenError
        return grant

    async def prune(self) -> int:
        """Remove the sessions that expired some time ago, with their tokens, and return their number."""
        return await self._sessions.prune(self._core.clock.now() - _KEEP)

    async def family_of(self, refresh_token: str) -> TokenFamily:
        """Return the session of a refresh token, used or not. Raise RefreshTokenError."""
        family = await self._sessions.find_family(digest_of(refresh_token))
        if family is None:
            raise RefreshTokenError
        return family

    async def list_page(self, caller: Caller, query: SessionQuery) -> Page[SessionRead]:
        """Return the caller's live sessions on the account, newest first. Raise BadCursorError."""
        now = self._core.clock.now()
        found = await self._sessions.list_page(
            caller.account_id, caller.user_id, query, now=now, idle_since=now - self._terms.idle
        )
        return Page[SessionRead].of(found, lambda session: _read(session, caller))

    async def current(self, caller: Caller) -> CurrentSessionRead:
        """Return the caller's session, with the user. Raise InvalidTokenError when either has just ended."""
        session = await self._sessions.find(caller.account_id, caller.session_id)
        member = await self._users.member(caller.account_id, caller.user_id)
        if session is None or member is None:
            raise InvalidTokenError
        return CurrentSessionRead(
            **_read(session, caller).model_dump(),
            account_id=caller.account_id,
            role=member.role,
            user=UserRead.of(member),
            previous_sign_in_at=session.entered_before_at,
        )

    @in_transaction
    async def sign_out(self, caller: Caller | None, refresh_token: str | None = None) -> None:
        """End the session of an access token and that of a refresh token, mostly the same; each may have ended."""
        known = {(caller.account_id, caller.session_id)} if caller is not None else set()
        if refresh_token is not None and (family := await self._sessions.find_family(digest_of(refresh_token))):
            known.add((family.account_id, family.session_id))
        for account_id, session_id in sorted(known):
            session = await self._sessions.lock(account_id, session_id)
            if session is not None and session.ended_at is None:
                act_as("user", str(session.user_id), session.account_id, session.id)
                await self._end(session, "signed_out")

    @in_transaction
    async def end(self, caller: Caller, session_id: UUID) -> None:
        """End one of the caller's sessions on this account. Raise SessionNotFoundError."""
        session = await self._sessions.lock(caller.account_id, session_id)
        if session is None or session.user_id != caller.user_id or session.ended_at is not None:
            raise SessionNotFoundError
        await self._end(session, "ended_by_user")

    async def still_holds(self, caller: Caller) -> bool:
        """Return whether the session is live and the role is the same, by the present rows."""
        now = self._core.clock.now()
        live = await self._sessions.is_live(
            caller.account_id, caller.user_id, caller.session_id, now=now, idle_since=now - self._terms.idle
        )
        return live and await self._users.role_of(caller.account_id, caller.user_id) == caller.role

    async def find_origin(self, account_id: UUID, session_id: UUID) -> SessionSummary | None:
        """Return when and where a session began, or None."""
        return await self._sessions.find_summary(account_id, session_id)

    async def device_of(self, caller: Caller) -> UUID | None:
        """Return the device that the caller's session began on."""
        return await self._sessions.find_device(caller.account_id, caller.session_id)

    async def start(
        self,
        *,
        account_id: UUID,
        member: Member,
        entered_before_at: datetime | None = None,
        user_agent: str | None = None,
        device_id: UUID | None = None,
    ) -> Grant:
        """Start a session of a user whose password was verified."""
        now = self._core.clock.now()
        session = Session(
            account_id=account_id,
            id=new_id(),
            user_id=member.user_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + self._terms.lifetime,
            ended_at=None,
            end_reason=None,
            ip=acting().ip,
            user_agent=user_agent,
            device_id=device_id,
            entered_before_at=entered_before_at,
        )
        await self._sessions.add(session)
        act_as("user", str(member.user_id), account_id, session.id)
        self._core.audit.record(account_id, "session.started", session.id)
        token = new_token()
        await self._add_token(session, token)
        return self._grant(session, member, token)

    @in_transaction
    async def _rotate(self, token: str) -> Grant | None:
        now = self._core.clock.now()
        use = await self._sessions.use_token(digest_of(token), new_salt(), now)
        if use is None:
            return None
        session = await self._sessions.lock(use.account_id, use.session_id)
        if session is None or self._has_ended(session):
            return None
        if use.used_before_at is not None and max(now - use.used_before_at, timedelta()) >= self._terms.reuse_grace:
            self._core.events.record(session.account_id, "session.refresh_token_reused", session.id)
            await self._end(session, "refresh_token_reused")
            return None
        member = await self._users.member(session.account_id, session.user_id)
        if member is None or use.salt is None:  # without a salt it was used by a process of the release before this one
            return None
        act_as("user", str(session.user_id), session.account_id, session.id)
        session = replace(session, last_seen_at=now, ip=acting().ip)
        await self._sessions.touch(session)
        successor = successor_of(token, use.salt)
        if use.used_before_at is None:
            await self._add_token(session, successor)
        else:
            successor = await self._newest(session, successor, used_at=use.used_before_at)
        return self._grant(session, member, successor)

    async def _newest(self, session: Session, token: str, *, used_at: datetime) -> str:
        """Return the token, or the one that has followed it within the grace, so that a family has one end.

        `used_at` is the time of the token before it.
        """
        since = used_at - _CLOCKS_DIFFER
        salts = await self._sessions.list_salts(session.account_id, session.id, since=since)
        while (salt := salts.get(digest_of(token))) is not None:
            token = successor_of(token, salt)
        return token

    def _has_ended(self, session: Session) -> bool:
        now = self._core.clock.now()
        return (
            session.ended_at is not None or session.expires_at <= now or session.last_seen_at <= now - self._terms.idle
        )

    async def end_others(self, user: LockedUser, account_ids: Sequence[UUID], *, keep: UUID | None, reason: str) -> int:
        """End the user's sessions on these accounts but the one to keep; return how many ended."""
        ended = await self._sessions.end_others(user, account_ids, keep=keep, reason=reason, now=self._core.clock.now())
        await self._revocations.revoke(*ended)
        return len(ended)

    async def _end(self, session: Session, reason: str) -> None:
        await self._sessions.end(session, reason=reason, now=self._core.clock.now())
        await self._revocations.revoke(session.id)
        self._core.audit.record(session.account_id, "session.ended", session.id, reason=reason)

    async def _add_token(self, session: Session, token: str) -> None:
        await self._sessions.add_token(
            RefreshToken(
                token_hash=digest_of(token),
                account_id=session.account_id,
                session_id=session.id,
                issued_at=self._core.clock.now(),
                used_at=None,
                successor_salt=None,
            )
        )

    def _grant(self, session: Session, member: Member, refresh_token: str) -> Grant:
        caller = Caller(account_id=session.account_id, user_id=session.user_id, session_id=session.id, role=member.role)
        end = min(session.expires_at, session.last_seen_at + self._terms.idle)
        return Grant(
            caller,
            member,
            self._tokens.issue(caller, session_end=end),
            min(self._tokens.lifetime, end - self._core.clock.now()),
            refresh_token,
            session.expires_at,
            session.entered_before_at,
        )


def _read(session: SessionSummary | Session, caller: Caller) -> SessionRead:
    return SessionRead(
        id=session.id,
        current=session.id == caller.session_id,
        created_at=session.created_at,
        last_seen_at=session.last_seen_at,
        expires_at=session.expires_at,
        ip=session.ip,
        user_agent=session.user_agent,
    )
