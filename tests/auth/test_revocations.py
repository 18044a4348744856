"""A revocation counts at once here, after a refresh in other processes, and by its row when the copy is old."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context
from typing import Any
from uuid import UUID

import pytest

from billing_api.auth.authenticator import Authenticator
from billing_api.auth.caller import Caller
from billing_api.auth.errors import InvalidTokenError
from billing_api.auth.keys import KeyRing, new_keys
from billing_api.auth.revocations import Revocations
from billing_api.auth.tokens import AccessTokens
from billing_api.db.address import DatabaseAddress
from billing_api.db.database import Database
from billing_api.db.statements import Statement
from billing_api.errors import UnavailableError
from billing_api.kit.ids import new_id
from tests.factories.clock import MovableClock
from tests.factories.users import make_member, open_session
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services

KEYS = new_keys()
Left = Callable[..., Awaitable[set[UUID]]]


class Process:
    """One of several processes that serve the API: a copy of its own, and the keys and the clock of all."""

    def __init__(self, services: Services, clock: MovableClock) -> None:
        self.db = services.database
        self.tokens = AccessTokens(
            KeyRing(KEYS), clock, issuer="tests", audience="tests", lifetime=services.tokens.lifetime
        )
        self.revocations = Revocations(services.database, clock, token_lifetime=services.tokens.lifetime)
        self.asked_the_row = 0
        self._services = services
        self._authenticator = Authenticator(self.tokens, self.revocations, self._still_holds)

    async def _still_holds(self, caller: Caller) -> bool:
        self.asked_the_row += 1
        return await self._services.sessions.still_holds(caller)

    async def lets_in(self, token: str) -> bool:
        try:
            await self._authenticator.authenticate(f"Bearer {token}")
        except InvalidTokenError:
            return False
        return True

    async def revoke(self, *subjects: UUID) -> None:
        await self.db.run(lambda: self.revocations.revoke(*subjects))


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def start(services: Services, clock: MovableClock) -> Callable[[], Process]:
    return lambda: Process(services, clock)


@pytest.fixture
async def caller(services: Services) -> Caller:
    return (await open_session(services, await make_member(services))).caller


async def test_here_a_session_ends_at_once(start: Callable[[], Process], caller: Caller) -> None:
    here = start()
    await here.revocations.refresh()
    token = here.tokens.issue(caller)
    assert await here.lets_in(token)
    await here.revoke(caller.session_id)
    assert not await here.lets_in(token)


async def test_elsewhere_it_ends_with_the_next_refresh(start: Callable[[], Process], caller: Caller) -> None:
    here, elsewhere = start(), start()
    await elsewhere.revocations.refresh()
    token = here.tokens.issue(caller)
    await here.revoke(caller.session_id)
    assert await elsewhere.lets_in(token)
    await elsewhere.revocations.refresh()
    assert not await elsewhere.lets_in(token)
    assert elsewhere.asked_the_row == 0


async def test_a_process_that_starts_knows_what_was_revoked_before(
    start: Callable[[], Process], caller: Caller, clock: MovableClock
) -> None:
    here = start()
    token = here.tokens.issue(caller)
    await here.revoke(caller.session_id)
    clock.forward(minutes=14)
    late = start()
    await late.revocations.refresh()
    assert not await late.lets_in(token)


async def test_what_commits_late_is_not_missed(
    start: Callable[[], Process], caller: Caller, clock: MovableClock
) -> None:
    """A revocation is timed before its commit: a refresh in between must not pass it by for good."""
    here, elsewhere = start(), start()
    token = here.tokens.issue(caller)

    async def revoke_slowly() -> None:
        await here.revocations.revoke(caller.session_id)
        clock.forward(seconds=20)
        await _without_transaction(elsewhere.revocations.refresh)

    await here.db.run(revoke_slowly)
    assert await elsewhere.lets_in(token)
    await elsewhere.revocations.refresh()
    assert not await elsewhere.lets_in(token)


async def test_what_is_rolled_back_was_never_revoked(start: Callable[[], Process], caller: Caller) -> None:
    here = start()
    await here.revocations.refresh()
    token = here.tokens.issue(caller)

    async def think_better_of_it() -> None:
        await here.revocations.revoke(caller.session_id)
        raise UnavailableError

    with pytest.raises(UnavailableError):
        await here.db.run(think_better_of_it)
    await here.revocations.refresh()
    assert await here.lets_in(token)


async def test_a_users_revocation_spares_what_is_issued_afterwards(
    start: Callable[[], Process], caller: Caller, clock: MovableClock
) -> None:
    """A change of role ends the old tokens; the refresh that follows, in the same second, is good again."""
    here = start()
    await here.revocations.refresh()
    before = here.tokens.issue(caller)
    clock.forward(seconds=0.2)
    await here.revoke(caller.user_id)
    clock.forward(seconds=0.2)
    assert not await here.lets_in(before)
    assert await here.lets_in(here.tokens.issue(caller))


@pytest.mark.parametrize(("issued", "revoked"), [(123_000, 123_000), (123_600, 123_600), (123_600, 123_601)])
async def test_a_revocation_in_the_tokens_own_millisecond_counts(
    start: Callable[[], Process], caller: Caller, clock: MovableClock, issued: int, revoked: int
) -> None:
    """A token names the millisecond of its issue, which must not be rounded past a revocation that follows."""
    here = start()
    await here.revocations.refresh()
    clock.time = clock.time.replace(microsecond=issued)
    token = here.tokens.issue(caller)
    clock.time = clock.time.replace(microsecond=revoked)
    await here.revoke(caller.user_id)
    assert not await here.lets_in(token)


class TestStaleCopy:
    async def test_a_fresh_one_never_asks_the_row(
        self, start: Callable[[], Process], caller: Caller, clock: MovableClock
    ) -> None:
        here = start()
        await here.revocations.refresh()
        clock.forward(seconds=5)
        assert await here.lets_in(here.tokens.issue(caller))
        assert here.asked_the_row == 0

    async def test_after_five_seconds_each_request_asks_the_row(
        self, start: Callable[[], Process], caller: Caller, clock: MovableClock
    ) -> None:
        here = start()
        await here.revocations.refresh()
        clock.forward(seconds=5.1)
        token = here.tokens.issue(caller)
        assert await here.lets_in(token)
        assert await here.lets_in(token)
        assert here.asked_the_row == 2

    async def test_a_process_that_never_refreshed_asks_the_row(
        self, start: Callable[[], Process], caller: Caller
    ) -> None:
        here = start()
        assert await here.lets_in(here.tokens.issue(caller))
        assert here.asked_the_row == 1

    async def test_the_row_tells_what_another_process_ended(
        self, services: Services, start: Callable[[], Process], caller: Caller
    ) -> None:
        here = start()
        token = here.tokens.issue(caller)
        await services.sessions.sign_out(caller)
        assert not await here.lets_in(token)

    async def test_the_row_tells_that_the_role_is_another(self, start: Callable[[], Process], caller: Caller) -> None:
        here = start()
        claimed = Caller(caller.account_id, caller.user_id, caller.session_id, role="viewer")
        assert not await here.lets_in(here.tokens.issue(claimed))

    async def test_the_row_knows_no_session_of_another_account(
        self, start: Callable[[], Process], caller: Caller
    ) -> None:
        here = start()
        claimed = Caller(new_id(), caller.user_id, caller.session_id, caller.role)
        assert not await here.lets_in(here.tokens.issue(claimed))


class TestPruning:
    @pytest.fixture
    def left(self, sql: Sql) -> Left:
        """Return a function that selects the revocations that still have a row."""

        async def find(*subjects: UUID) -> set[UUID]:
            rows = await sql.fetch("SELECT subject_id FROM revocations WHERE subject_id = ANY($1)", subjects)
            return {UUID(str(row["subject_id"])) for row in rows}

        return find

    async def test_what_no_living_token_needs_is_pruned(
        self, start: Callable[[], Process], clock: MovableClock, left: Left
    ) -> None:
        """A token lives for fifteen minutes; one minute more is for revocations that were slow to commit."""
        here, (old, recent) = start(), (new_id(), new_id())
        await here.revoke(old)
        clock.forward(seconds=45)
        await here.revoke(recent)
        clock.forward(minutes=15, seconds=30)
        await here.revocations.prune()
        assert await left(old, recent) == {recent}


async def test_a_refresh_that_read_before_a_later_revocation_does_not_undo_it(
    start: Callable[[], Process], caller: Caller, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watch reads each second, also while a revocation is committed here."""
    here = start()
    await here.revoke(caller.user_id)
    clock.forward(seconds=1)
    token = here.tokens.issue(caller)
    read = here.db.fetch

    async def read_early(statement: Statement[Any], /, **values: Any) -> list[Any]:
        monkeypatch.undo()
        found = await read(statement, **values)
        clock.forward(seconds=1)
        await here.revoke(caller.user_id)
        return found

    monkeypatch.setattr(here.db, "fetch", read_early)
    await here.revocations.refresh()
    assert not await here.lets_in(token)


async def test_revoking_nothing_takes_no_statement(start: Callable[[], Process], caller: Caller) -> None:
    """It needs no transaction."""
    here = start()
    await here.revocations.refresh()
    token = here.tokens.issue(caller)
    await here.revocations.revoke()
    assert await here.lets_in(token)


async def test_the_copy_forgets_what_no_living_token_needs(start: Callable[[], Process], clock: MovableClock) -> None:
    here, old = start(), new_id()
    await here.revoke(old)
    assert old in here.revocations._revoked
    clock.forward(minutes=17)
    await here.revocations.refresh()
    assert old not in here.revocations._revoked


async def test_the_task_goes_on_when_the_database_is_out_of_reach(
    services: Services, database_url: str, clock: MovableClock
) -> None:
    """The copy grows stale, so that requests read the row; the task itself must never end."""
    asked = asyncio.Event()

    class UnreachableDatabase(Database):
        async def fetch(self, statement: Statement[Any], /, **values: Any) -> list[Any]:
            asked.set()
            raise UnavailableError

    database = UnreachableDatabase(DatabaseAddress.parse(database_url), pool_size=1, timeout_seconds=1)
    revocations = Revocations(database, clock, token_lifetime=services.tokens.lifetime)
    task = asyncio.create_task(revocations.run())
    await asked.wait()
    assert not task.done()
    assert not revocations.are_fresh
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def _without_transaction(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run the work as another process would: outside the transaction that is open here."""
    await asyncio.get_running_loop().create_task(work(), context=Context())
