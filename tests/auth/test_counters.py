"""The counters of tries in PostgreSQL."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from billing_api.auth.counters import RateCounters
from tests.factories.clock import MovableClock
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def counters(services: Services, clock: MovableClock) -> RateCounters:
    return RateCounters(services.database, clock)


@pytest.fixture
def key() -> str:
    return uuid4().hex


async def _hits(counters: RateCounters, key: str) -> int:
    window = (await counters.list_open([key])).get(key)
    return 0 if window is None else window.hits


async def test_hits_add_up_until_the_window_ends(counters: RateCounters, clock: MovableClock, key: str) -> None:
    assert [(await counters.count(key, seconds=60)).hits for _ in range(3)] == [1, 2, 3]
    assert await _hits(counters, key) == 3
    clock.forward(seconds=60)
    assert await _hits(counters, key) == 0
    assert (await counters.count(key, seconds=60)).hits == 1


async def test_a_windows_end_does_not_move(counters: RateCounters, clock: MovableClock, key: str) -> None:
    first = await counters.count(key, seconds=60)
    assert first.expires_at == clock.now() + timedelta(seconds=60)
    clock.forward(seconds=30)
    assert (await counters.count(key, seconds=60)).expires_at == first.expires_at


async def test_hits_at_once_are_all_counted(counters: RateCounters, key: str) -> None:
    windows = await asyncio.gather(*(counters.count(key, seconds=60) for _ in range(20)))
    assert sorted(window.hits for window in windows) == list(range(1, 21))


async def test_hits_are_given_back_but_never_below_zero(counters: RateCounters, clock: MovableClock, key: str) -> None:
    await counters.count(key, 2, seconds=60)
    await counters.give_back(key, 1)
    assert await _hits(counters, key) == 1
    await counters.give_back(key, 5)
    assert await _hits(counters, key) == 0
    clock.forward(seconds=61)
    await counters.give_back(key, 1)
    assert (await counters.count(key, seconds=60)).hits == 1


async def test_what_is_counted_stays_when_the_callers_work_is_rolled_back(
    services: Services, counters: RateCounters, key: str
) -> None:
    """It can't even be tried: a counter refuses to be part of another transaction."""

    async def work() -> None:
        await counters.count(key, seconds=60)

    with pytest.raises(RuntimeError, match="don't nest"):
        await services.database.run(work)


async def test_opening_a_window_sweeps_those_that_are_over(
    sql: Sql, counters: RateCounters, clock: MovableClock, key: str
) -> None:
    await sql.execute("DELETE FROM rate_counters")  # a sweep takes a hundred: those of other tests might be the ones
    old = [f"{key}-{n}" for n in range(3)]
    for each in old:
        await counters.count(each, seconds=60)
    clock.forward(seconds=61)
    await counters.count(key, seconds=60)
    assert await sql.fetchval("SELECT count(*) FROM rate_counters WHERE key = ANY($1)", old) == 0
