"""Refresh tokens: rotated once, a reuse ends the family, and two tabs are forgiven."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256

import pytest

from billing_api.audit.service import AuditLog
from billing_api.auth.errors import InvalidTokenError
from billing_api.auth.tokens import AccessToken, AccessTokens
from billing_api.config import Settings
from billing_api.events.service import Outbox
from billing_api.sessions.errors import RefreshTokenError
from billing_api.sessions.model import Session
from billing_api.sessions.refresh_tokens import successor_of
from billing_api.sessions.repository import SessionRepository
from billing_api.sessions.schemas import SessionQuery
from billing_api.sessions.service import Grant, Sessions, SessionTerms
from tests.factories.clock import MovableClock
from tests.factories.sessions import audit_of
from tests.factories.users import make_member
from tests.fixtures.queries import Queries, Sql
from tests.fixtures.services import Services

LIFETIME = timedelta(days=30)
IDLE = timedelta(days=10)


@dataclass
class Family:
    """One session, with the service that has the clock and the grace of the test."""

    services: Services
    sessions: Sessions
    first: Grant
    sql: Sql

    @property
    def account_id(self) -> object:
        return self.first.caller.account_id

    async def row(self) -> Session:
        caller = self.first.caller

        async def read() -> Session | None:
            return await self.sessions._sessions.lock(caller.account_id, caller.session_id)

        session = await self.services.database.run(read)
        assert session is not None
        return session

    def access_of(self, grant: Grant) -> AccessToken:
        """Return the access token's claims, also after its end."""
        return self.services.tokens._verified(grant.access_token)

    async def unused_tokens(self) -> int:
        query = "SELECT count(*) FROM refresh_tokens WHERE session_id = $1 AND used_at IS NULL"
        count: int = await self.sql.fetchval(query, self.first.caller.session_id)
        return count

    async def refresh_at_once(self, times: int) -> tuple[int, int]:
        """Refresh many times at once with the first token; return how many were granted and how many refused."""
        outcomes = await asyncio.gather(
            *(self.sessions.refresh(self.first.refresh_token) for _ in range(times)), return_exceptions=True
        )
        refused = sum(isinstance(outcome, RefreshTokenError) for outcome in outcomes)
        granted = sum(isinstance(outcome, Grant) for outcome in outcomes)
        assert granted + refused == times, outcomes
        return granted, refused


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def sessions_with(services: Services, settings: Settings, clock: MovableClock) -> Callable[[timedelta], Sessions]:
    """The service with a grace of the test's choice."""

    def make(grace: timedelta) -> Sessions:
        audit, events = AuditLog(services.database, clock), Outbox(services.database, clock)
        return Sessions(
            replace(services.core, clock=clock, audit=audit, events=events),
            SessionRepository(services.database),
            services.users,
            tokens=AccessTokens(
                services.signing_keys,
                clock,
                issuer=settings.issuer,
                audience=settings.token_audience,
                lifetime=services.tokens.lifetime,
            ),
            revocations=services.revocations,
            terms=SessionTerms(lifetime=LIFETIME, idle=IDLE, reuse_grace=grace),
        )

    return make


async def begin(services: Services, sessions: Sessions, sql: Sql) -> Family:
    member = await make_member(services)
    first = await services.database.run(lambda: sessions.start(account_id=member.account_id, member=member.as_seen))
    return Family(services, sessions, first, sql)


@pytest.fixture
async def strict(services: Services, sql: Sql, sessions_with: Callable[[timedelta], Sessions]) -> Family:
    """A session without grace."""
    return await begin(services, sessions_with(timedelta()), sql)


@pytest.fixture
async def forgiving(services: Services, sql: Sql, sessions_with: Callable[[timedelta], Sessions]) -> Family:
    """A session with ten seconds of grace."""
    return await begin(services, sessions_with(timedelta(seconds=10)), sql)


async def test_each_refresh_gives_the_next_token(strict: Family) -> None:
    grant = strict.first
    for _ in range(3):
        following = await strict.sessions.refresh(grant.refresh_token)
        assert following.refresh_token != grant.refresh_token
        assert following.caller == grant.caller
        grant = following
    assert await strict.unused_tokens() == 1


async def test_tokens_are_stored_as_digests(strict: Family, sql: Sql) -> None:
    query = "SELECT token_hash FROM refresh_tokens WHERE session_id = $1"
    stored = [row["token_hash"] for row in await sql.fetch(query, strict.first.caller.session_id)]
    assert stored == [sha256(strict.first.refresh_token.encode()).digest()]


async def test_no_rotation_moves_the_end(strict: Family, clock: MovableClock) -> None:
    grant, end = strict.first, clock.now() + LIFETIME
    for _ in range(3):
        clock.forward(days=9)
        grant = await strict.sessions.refresh(grant.refresh_token)
        assert grant.expires_at == end
    clock.forward(days=3)
    with pytest.raises(RefreshTokenError):
        await strict.sessions.refresh(grant.refresh_token)


async def test_an_access_token_ends_with_its_session_at_the_latest(strict: Family, clock: MovableClock) -> None:
    grant, end = strict.first, strict.first.expires_at
    assert grant.access_lifetime == timedelta(minutes=15)
    for _ in range(3):
        clock.forward(days=9)
        grant = await strict.sessions.refresh(grant.refresh_token)
    clock.time = end - timedelta(minutes=5)
    last = await strict.sessions.refresh(grant.refresh_token)
    assert last.access_lifetime == timedelta(minutes=5)
    assert strict.access_of(last).expires_at == int(end.timestamp())


class TestIdle:
    async def test_a_session_that_is_not_refreshed_ends(self, forgiving: Family, clock: MovableClock) -> None:
        clock.forward(days=10)
        with pytest.raises(RefreshTokenError):
            await forgiving.sessions.refresh(forgiving.first.refresh_token)

    async def test_each_refresh_begins_the_time_anew(self, forgiving: Family, clock: MovableClock) -> None:
        grant = forgiving.first
        for _ in range(2):
            clock.forward(days=9, hours=23)
            grant = await forgiving.sessions.refresh(grant.refresh_token)

    async def test_an_idle_session_is_neither_listed_nor_valid(self, forgiving: Family, clock: MovableClock) -> None:
        caller = forgiving.first.caller
        clock.forward(days=9, hours=23)
        assert await forgiving.sessions.still_holds(caller)
        assert len((await forgiving.sessions.list_page(caller, SessionQuery())).data) == 1
        clock.forward(hours=1)
        assert not await forgiving.sessions.still_holds(caller)
        assert (await forgiving.sessions.list_page(caller, SessionQuery())).data == []


class TestReuse:
    async def test_a_reuse_ends_the_session_whoever_came_second(
        self, services: Services, strict: Family, clock: MovableClock
    ) -> None:
        """The tokens of the thief and of the owner are invalid, and so is the access token."""
        following = await strict.sessions.refresh(strict.first.refresh_token)
        clock.forward(seconds=1)
        for token in (strict.first.refresh_token, following.refresh_token):
            with pytest.raises(RefreshTokenError):
                await strict.sessions.refresh(token)
        assert (await strict.row()).end_reason == "refresh_token_reused"
        assert services.revocations.includes(services.tokens.verify(following.access_token))
        with pytest.raises(InvalidTokenError):
            await services.authenticator.authenticate(f"Bearer {following.access_token}")

    async def test_it_is_recorded_once(self, services: Services, strict: Family, sql: Sql) -> None:
        await strict.sessions.refresh(strict.first.refresh_token)
        for _ in range(3):
            with pytest.raises(RefreshTokenError):
                await strict.sessions.refresh(strict.first.refresh_token)
        account_id, session_id = strict.first.caller.account_id, strict.first.caller.session_id
        (entry,) = await audit_of(services, account_id, "session.ended")
        assert (entry.subject_id, entry.detail) == (session_id, {"reason": "refresh_token_reused"})

        query = "SELECT kind FROM outbox_events WHERE account_id = $1 AND subject_id = $2"
        events = await sql.fetch(query, account_id, session_id)
        assert [event["kind"] for event in events] == ["session.refresh_token_reused"]

    async def test_fifty_at_once_without_grace_end_the_family(self, strict: Family) -> None:
        granted, refused = await strict.refresh_at_once(50)
        assert (granted, refused) == (1, 49)
        assert (await strict.row()).ended_at is not None


class TestGrace:
    async def test_two_tabs_get_the_same_token_and_go_on_together(self, forgiving: Family, clock: MovableClock) -> None:
        one = await forgiving.sessions.refresh(forgiving.first.refresh_token)
        clock.forward(seconds=9.9)
        other = await forgiving.sessions.refresh(forgiving.first.refresh_token)
        assert one.refresh_token == other.refresh_token
        assert await forgiving.unused_tokens() == 1
        assert (await forgiving.sessions.refresh(other.refresh_token)).caller == forgiving.first.caller

    async def test_a_tab_that_is_one_refresh_behind_gets_the_newest(self, forgiving: Family) -> None:
        """Its direct successor is used already, and would end the session at the next refresh."""
        one = await forgiving.sessions.refresh(forgiving.first.refresh_token)
        two = await forgiving.sessions.refresh(one.refresh_token)
        assert (await forgiving.sessions.refresh(forgiving.first.refresh_token)).refresh_token == two.refresh_token
        assert await forgiving.unused_tokens() == 1

    async def test_the_newest_is_found_by_one_query(self, forgiving: Family, queries: Queries) -> None:
        """However many have followed, since the session is locked meanwhile."""
        first = newest = await forgiving.sessions.refresh(forgiving.first.refresh_token)
        counts = []
        for followed in (1, 20):
            for _ in range(followed):
                newest = await forgiving.sessions.refresh(newest.refresh_token)
            queries.clear()
            again = await forgiving.sessions.refresh(first.refresh_token)
            assert again.refresh_token == newest.refresh_token
            counts.append(len(queries))
        assert counts[0] == counts[1]

    async def test_a_thief_within_it_is_noticed_afterwards(self, forgiving: Family, clock: MovableClock) -> None:
        """A session has one line of tokens, so that a second holder is noticed."""
        await forgiving.sessions.refresh(forgiving.first.refresh_token)
        stolen = await forgiving.sessions.refresh(forgiving.first.refresh_token)
        clock.forward(minutes=15)
        await forgiving.sessions.refresh(stolen.refresh_token)
        clock.forward(minutes=1)
        with pytest.raises(RefreshTokenError):
            await forgiving.sessions.refresh(stolen.refresh_token)
        assert (await forgiving.row()).end_reason == "refresh_token_reused"

    async def test_the_stored_values_do_not_reveal_the_token(self, forgiving: Family, sql: Sql) -> None:
        """The salt makes the successor from the old token, and from nothing else that is stored."""
        grant = await forgiving.sessions.refresh(forgiving.first.refresh_token)
        digest = sha256(forgiving.first.refresh_token.encode()).digest()
        salt: bytes = await sql.fetchval("SELECT successor_salt FROM refresh_tokens WHERE token_hash = $1", digest)
        assert successor_of(forgiving.first.refresh_token, salt) == grant.refresh_token
        assert successor_of(digest.hex(), salt) != grant.refresh_token
        assert successor_of(forgiving.first.refresh_token, bytes(32)) != grant.refresh_token

    async def test_it_is_short(self, forgiving: Family, clock: MovableClock) -> None:
        await forgiving.sessions.refresh(forgiving.first.refresh_token)
        clock.forward(seconds=10)
        with pytest.raises(RefreshTokenError):
            await forgiving.sessions.refresh(forgiving.first.refresh_token)
        assert (await forgiving.row()).end_reason == "refresh_token_reused"

    async def test_fifty_at_once_leave_one_family_alive(self, forgiving: Family) -> None:
        granted, refused = await forgiving.refresh_at_once(50)
        assert (granted, refused) == (50, 0)
        assert (await forgiving.row()).ended_at is None
        assert await forgiving.unused_tokens() == 1

    async def test_a_session_that_was_ended_has_none(self, forgiving: Family) -> None:
        await forgiving.sessions.refresh(forgiving.first.refresh_token)
        await forgiving.sessions.sign_out(forgiving.first.caller)
        with pytest.raises(RefreshTokenError):
            await forgiving.sessions.refresh(forgiving.first.refresh_token)


async def test_signing_out_while_fifty_refresh_leaves_no_access(services: Services, forgiving: Family) -> None:
    """The end revokes every token that was granted before it, and no token is granted after it."""
    outcomes = await asyncio.gather(
        *(forgiving.sessions.refresh(forgiving.first.refresh_token) for _ in range(25)),
        forgiving.sessions.sign_out(forgiving.first.caller),
        *(forgiving.sessions.refresh(forgiving.first.refresh_token) for _ in range(25)),
        return_exceptions=True,
    )
    for outcome in outcomes:
        if isinstance(outcome, Grant):
            with pytest.raises(InvalidTokenError):
                await services.authenticator.authenticate(f"Bearer {outcome.access_token}")
        else:
            assert outcome is None or isinstance(outcome, RefreshTokenError)
