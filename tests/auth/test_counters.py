"""The counters of the `limits` library in PostgreSQL."""

import asyncio
from uuid import uuid4

import pytest
from limits.aio.storage import Storage

from billing_api.auth.counters import PostgresCounters
from tests.factories.clock import MovableClock
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def counters(services: Services, clock: MovableClock) -> PostgresCounters:
    return PostgresCounters(services.database, clock)


@pytest.fixture
def key() -> str:
    return uuid4().hex


def test_it_is_the_librarys_interface(counters: PostgresCounters) -> None:
    assert isinstance(counters, Storage)


async def test_hits_add_up_until_the_window_ends(counters: PostgresCounters, clock: MovableClock, key: str) -> None:
    assert [await counters.incr(key, 60) for _ in range(3)] == [1, 2, 3]
    assert await counters.get(key) == 3
    clock.forward(seconds=60)
    assert await counters.get(key) == 0
    assert await counters.incr(key, 60) == 1


async def test_a_windows_end_does_not_move(counters: PostgresCounters, clock: MovableClock, key: str) -> None:
    await counters.incr(key, 60)
    end = clock.now().timestamp() + 60
    clock.forward(seconds=30)
    await counters.incr(key, 60)
    assert await counters.get_expiry(key) == pytest.approx(end, abs=1e-3)


async def test_without_a_window_the_end_is_now(counters: PostgresCounters, clock: MovableClock, key: str) -> None:
    assert await counters.get_expiry(key) == clock.now().timestamp()


async def test_hits_at_once_are_all_counted(counters: PostgresCounters, key: str) -> None:
    counts = await asyncio.gather(*(counters.incr(key, 60) for _ in range(20)))
    assert sorted(counts) == list(range(1, 21))


async def test_hits_are_given_back_but_never_below_zero(
    counters: PostgresCounters, clock: MovableClock, key: str
) -> None:
    await counters.incr(key, 60, amount=2)
    assert await counters.incr(key, 60, amount=-1) == 1
    assert await counters.incr(key, 60, amount=-5) == 0
    clock.forward(seconds=61)
    assert await counters.incr(key, 60, amount=-1) == 0
    assert await counters.incr(key, 60) == 1


async def test_what_is_counted_stays_when_the_callers_work_is_rolled_back(
    services: Services, counters: PostgresCounters, key: str
) -> None:
    """It can't even be tried: a counter refuses to be part of another transaction."""

    async def work() -> None:
        await counters.incr(key, 60)

    with pytest.raises(RuntimeError, match="don't nest"):
        await services.database.run(work)


async def test_one_counter_is_cleared(counters: PostgresCounters, key: str) -> None:
    await counters.incr(key, 60)
    await counters.clear(key)
    assert await counters.get(key) == 0
    assert await counters.check()


async def test_opening_a_window_sweeps_those_that_are_over(
    sql: Sql, counters: PostgresCounters, clock: MovableClock, key: str
) -> None:
    await counters.reset()  # a sweep takes a hundred: those of other tests might be the ones
    old = [f"{key}-{n}" for n in range(3)]
    for each in old:
        await counters.incr(each, 60)
    clock.forward(seconds=61)
    await counters.incr(key, 60)
    assert await sql.fetchval("SELECT count(*) FROM rate_counters WHERE key = ANY($1)", old) == 0
