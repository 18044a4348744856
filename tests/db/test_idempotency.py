"""Idempotency keys in PostgreSQL: who owns a key, how long its lease holds, and which result a repeat gets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest

from billing_api.db.database import Database
from billing_api.db.idempotency import IdempotencyKeys
from billing_api.errors import UnavailableError
from billing_api.kit.context import act_as
from billing_api.kit.idempotency import (
    IdempotencyKey,
    IdempotencyKeyReusedError,
    IdempotentReplay,
    RequestInFlightError,
    StoredResult,
)
from billing_api.kit.ids import new_id
from billing_api.kit.schema import ReadSchema
from tests.db.conftest import DatabaseAt
from tests.factories.clock import MovableClock
from tests.fixtures.queries import Sql

T = TypeVar("T")
LEASE, KEEP = timedelta(seconds=90), timedelta(hours=48)
REQUEST = IdempotencyKey("a key that two may choose", "POST", "/v1/payments", "digest")
UNTIL_FINAL = datetime(9999, 1, 1, tzinfo=UTC)
_ACCOUNT = """
    INSERT INTO accounts (id, name, status, currency, net_days, discount_basis_points, discount_days,
                          discount_includes_tax, created_at, updated_at, version)
    VALUES ($1, 'Sunny Side Ltd', 'active', 'USD', 30, 0, 0, false, now(), now(), 1)
"""


class Made(ReadSchema):
    """A response."""

    number: int


@dataclass
class Principal:
    """A user on an account; each call is a transaction of its own."""

    db: Database
    keys: IdempotencyKeys
    account_id: UUID
    name: str = "pat"

    async def claim(self, request: IdempotencyKey = REQUEST, subject_id: UUID | None = None) -> UUID | None:
        return await self.run(lambda: self.keys.claim(self.account_id, request, subject_id))

    async def finish(self, body: str, request: IdempotencyKey = REQUEST) -> None:
        await self.change(lambda: self.keys.store(self.account_id, request, StoredResult("created", body)))

    async def answer_subject(self, subject_id: UUID, body: str) -> None:
        await self.change(
            lambda: self.keys.store_for_subject(self.account_id, subject_id, StoredResult("created", body))
        )

    async def once(self, work: Callable[[], Awaitable[Made]], request: IdempotencyKey | None = REQUEST) -> Made:
        return await self._as_themselves(lambda: self.keys.once(self.account_id, request, work))

    async def repeat(self, request: IdempotencyKey = REQUEST) -> tuple[str, str]:
        """Repeat the request, which must have a response."""
        with pytest.raises(IdempotentReplay) as answered:
            await self.claim(request, new_id())
        return answered.value.result.outcome, answered.value.result.document

    async def change(self, append: Callable[[], None]) -> None:
        """Have results stored or forgotten at the end of a transaction."""

        async def work() -> None:
            append()

        await self.run(work)

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        return await self._as_themselves(lambda: self.db.run(work))

    async def _as_themselves(self, work: Callable[[], Awaitable[T]]) -> T:
        async def act() -> T:
            act_as("user", self.name, self.account_id)
            return await work()

        return await asyncio.get_running_loop().create_task(act(), context=copy_context())


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def pat(database_url: str, database_at: DatabaseAt, clock: MovableClock, sql: Sql) -> Principal:
    db, account_id = await database_at(database_url), new_id()
    await sql.execute(_ACCOUNT, account_id)
    return Principal(db, IdempotencyKeys(db, clock, lease=LEASE, keep=KEEP), account_id)


@pytest.fixture
def robin(pat: Principal) -> Principal:
    """Another user on the same account."""
    return replace(pat, name="robin")


@pytest.fixture
async def stranger(pat: Principal, sql: Sql) -> Principal:
    """A user of the same id on another account."""
    account_id = new_id()
    await sql.execute(_ACCOUNT, account_id)
    return replace(pat, account_id=account_id)


async def row_of(sql: Sql, pat: Principal, subject_id: UUID) -> dict[str, Any]:
    row = await sql.fetchrow(
        "SELECT outcome, body, leased_until, expires_at"
        " FROM idempotency_keys WHERE account_id = $1 AND subject_id = $2",
        pat.account_id,
        subject_id,
    )
    assert row is not None
    return dict(row)


class TestScope:
    async def test_each_account_and_user_has_its_own_key_and_result(
        self, pat: Principal, robin: Principal, stranger: Principal
    ) -> None:
        users = {"pat": pat, "robin": robin, "stranger": stranger}
        assert [await one.claim() for one in users.values()] == [None] * 3
        for name, one in users.items():
            await one.finish(name)
        assert {name: await one.repeat() for name, one in users.items()} == {name: ("created", name) for name in users}

    async def test_a_request_of_the_release_before_has_the_users_key(self, pat: Principal, sql: Sql) -> None:
        """It wrote `person` for a user; both releases run during an upgrade, and a payment is repeated across it."""
        await pat.claim()
        await pat.finish("paid")
        where = "WHERE account_id = $1 AND principal = 'person:' || $2"
        assert await sql.fetchval(f"SELECT count(*) FROM idempotency_keys {where}", pat.account_id, pat.name) == 1
        assert await pat.repeat() == ("created", "paid")

    @pytest.mark.parametrize(
        "other", [{"method": "PUT"}, {"route": "/v1/addresses"}, {"text": "another key of that user"}]
    )
    async def test_each_method_route_and_key_has_its_own_result(self, pat: Principal, other: dict[str, str]) -> None:
        requests = [REQUEST, replace(REQUEST, **other)]
        assert [await pat.claim(request) for request in requests] == [None, None]
        for number, request in enumerate(requests):
            await pat.finish(str(number), request)
        assert [await pat.repeat(request) for request in requests] == [("created", "0"), ("created", "1")]

    async def test_another_body_is_refused_also_after_a_result(self, pat: Principal) -> None:
        await pat.claim()
        for _ in range(2):
            with pytest.raises(IdempotencyKeyReusedError):
                await pat.claim(replace(REQUEST, digest="another"))
            await pat.finish("result")


class TestOnce:
    async def test_the_result_is_stored_with_the_work(self, pat: Principal) -> None:
        calls = []

        async def work() -> Made:
            calls.append(1)
            return Made(number=len(calls))

        assert await pat.once(work) == Made(number=1)
        with pytest.raises(IdempotentReplay) as answered:
            await pat.once(work)
        assert answered.value.result == StoredResult("created", '{"number":1}')
        assert len(calls) == 1

    async def test_a_refusal_leaves_the_key_free(self, pat: Principal) -> None:
        async def refuse() -> Made:
            raise UnavailableError

        async def work() -> Made:
            return Made(number=2)

        with pytest.raises(UnavailableError):
            await pat.once(refuse)
        assert await pat.once(work) == Made(number=2)

    async def test_without_a_key_each_request_is_carried_out(self, pat: Principal, sql: Sql) -> None:
        async def work() -> Made:
            return Made(number=3)

        assert [await pat.once(work, None) for _ in range(2)] == [Made(number=3)] * 2
        assert await sql.fetchval("SELECT count(*) FROM idempotency_keys WHERE account_id = $1", pat.account_id) == 0


class TestLease:
    async def test_while_it_holds_a_repeat_waits_and_then_gets_the_subject(
        self, pat: Principal, clock: MovableClock
    ) -> None:
        subject_id = new_id()
        assert await pat.claim(subject_id=subject_id) is None
        for seconds, wait in ((0, 5), (87, 3), (2.9, 1)):
            clock.forward(seconds=seconds)
            with pytest.raises(RequestInFlightError) as in_flight:
                await pat.claim(subject_id=new_id())
            assert in_flight.value.retry_after == wait
        clock.forward(seconds=0.1)
        assert await pat.claim(subject_id=new_id()) == subject_id

    async def test_without_a_subject_a_repeat_waits_until_the_key_is_forgotten(
        self, pat: Principal, clock: MovableClock
    ) -> None:
        """Only a subject shows the outcome of the first request."""
        await pat.claim()
        clock.forward(hours=47)
        with pytest.raises(RequestInFlightError) as in_flight:
            await pat.claim()
        assert in_flight.value.retry_after == 1
        clock.forward(hours=1)
        assert await pat.claim() is None

    async def test_a_key_that_is_pruned_before_it_is_read_may_be_tried_again_at_once(
        self, pat: Principal, clock: MovableClock
    ) -> None:
        """Another process prunes between the claim that finds the key and the look at its row."""
        with pytest.raises(RequestInFlightError) as in_flight:
            await pat.run(lambda: pat.keys._find_subject(pat.account_id, REQUEST, clock.now()))
        assert in_flight.value.retry_after == 1

    async def test_an_expired_key_is_claimed_as_a_new_one(self, pat: Principal, clock: MovableClock, sql: Sql) -> None:
        """Nothing of the old request is left: not its response, its body or its lease."""
        await pat.claim(replace(REQUEST, digest="old"))
        await pat.finish("old result")
        clock.forward(hours=48)
        subject_id = new_id()
        assert await pat.claim(subject_id=subject_id) is None
        assert await row_of(sql, pat, subject_id) == {
            "outcome": None,
            "body": None,
            "leased_until": clock.now() + LEASE,
            "expires_at": UNTIL_FINAL,
        }
        with pytest.raises(RequestInFlightError):
            await pat.claim(subject_id=new_id())

    async def test_a_key_with_an_open_subject_does_not_expire(self, pat: Principal, clock: MovableClock) -> None:
        subject_id = new_id()
        await pat.claim(subject_id=subject_id)
        clock.forward(days=400)
        assert await pat.claim(subject_id=new_id()) == subject_id

    async def test_two_at_once_do_not_both_have_the_key(self, pat: Principal) -> None:
        """The second waits for the first one's transaction, and sees its key."""
        outcomes = await asyncio.gather(*(pat.claim(subject_id=new_id()) for _ in range(4)), return_exceptions=True)
        assert sum(outcome is None for outcome in outcomes) == 1
        assert sum(isinstance(outcome, RequestInFlightError) for outcome in outcomes) == 3


class TestSubject:
    """Each change reaches one request's key: not another subject's, and not that of another account."""

    @pytest.fixture
    async def subject_id(self, pat: Principal) -> UUID:
        """The subject of the request whose key the test changes."""
        subject_id = new_id()
        await pat.claim(subject_id=subject_id)
        return subject_id

    @pytest.fixture(autouse=True)
    async def _others_stay(
        self, pat: Principal, stranger: Principal, subject_id: UUID, sql: Sql, clock: MovableClock
    ) -> AsyncIterator[None]:
        """Look at two other keys after the test: of another subject, and of a subject of that id elsewhere."""
        other_id = new_id()
        await pat.claim(replace(REQUEST, text="another key of that user"), other_id)
        await stranger.claim(subject_id=subject_id)
        yield
        for principal, its_id in [(pat, other_id), (stranger, subject_id)]:
            assert await row_of(sql, principal, its_id) == {
                "outcome": None,
                "body": None,
                "leased_until": clock.now() + LEASE,
                "expires_at": UNTIL_FINAL,
            }

    async def test_a_repeat_gets_the_first_result(self, pat: Principal, sql: Sql, subject_id: UUID) -> None:
        for body in ("first", "second"):
            await pat.answer_subject(subject_id, body)
        assert await pat.repeat() == ("created", "first")
        assert (await row_of(sql, pat, subject_id))["expires_at"] == UNTIL_FINAL

    async def test_a_final_subject_without_a_result_is_kept_as_long_as_others(
        self, pat: Principal, sql: Sql, clock: MovableClock, subject_id: UUID
    ) -> None:
        await pat.change(lambda: pat.keys.finish_subject(pat.account_id, subject_id, StoredResult("declined", "final")))
        assert await pat.repeat() == ("declined", "final")
        assert (await row_of(sql, pat, subject_id))["expires_at"] == clock.now() + KEEP

    async def test_a_final_subject_with_a_result_keeps_it(
        self, pat: Principal, sql: Sql, clock: MovableClock, subject_id: UUID
    ) -> None:
        await pat.answer_subject(subject_id, "first")
        await pat.change(lambda: pat.keys.finish_subject(pat.account_id, subject_id, StoredResult("declined", "final")))
        assert await pat.repeat() == ("created", "first")
        assert (await row_of(sql, pat, subject_id))["expires_at"] == clock.now() + KEEP

    async def test_released_a_repeat_asks_the_subject_at_once(self, pat: Principal, subject_id: UUID) -> None:
        await pat.change(lambda: pat.keys.release_subject(pat.account_id, subject_id))
        assert await pat.claim(subject_id=new_id()) == subject_id

    async def test_a_request_with_a_result_is_not_released(
        self, pat: Principal, sql: Sql, clock: MovableClock, subject_id: UUID
    ) -> None:
        await pat.answer_subject(subject_id, "first")
        await pat.change(lambda: pat.keys.release_subject(pat.account_id, subject_id))
        assert (await row_of(sql, pat, subject_id))["leased_until"] == clock.now() + LEASE

    async def test_reopened_a_repeat_asks_the_subject_for_as_long_as_it_is_open(
        self, pat: Principal, sql: Sql, clock: MovableClock, subject_id: UUID
    ) -> None:
        await pat.change(lambda: pat.keys.finish_subject(pat.account_id, subject_id, StoredResult("declined", "final")))
        await pat.change(lambda: pat.keys.reopen_subject(pat.account_id, subject_id))
        assert await row_of(sql, pat, subject_id) == {
            "outcome": None,
            "body": None,
            "leased_until": clock.now(),
            "expires_at": UNTIL_FINAL,
        }
        assert await pat.claim(subject_id=new_id()) == subject_id

    async def test_freed_a_repeat_is_a_first_request(self, pat: Principal, subject_id: UUID) -> None:
        await pat.change(lambda: pat.keys.free_subject(pat.account_id, subject_id))
        assert await pat.claim(subject_id=new_id()) is None
