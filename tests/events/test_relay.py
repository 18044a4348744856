"""The relay numbers what is committed: none is skipped, none is numbered twice, and there is no gap."""

import asyncio
import signal

import pytest

from billing_api.core import Core
from billing_api.events.relay import Relay
from tests.events.conftest import Outside
from tests.fixtures.shop import Shop
from tests.fixtures.waiting import looks

pytestmark = pytest.mark.slow


@pytest.fixture
def relay(shop: Shop) -> Relay:
    """A relay of this process."""
    return new_relay(shop)


def new_relay(shop: Shop) -> Relay:
    core = shop.parts[Core]
    return Relay(core.db, core.clock)


async def test_events_are_numbered_in_the_order_of_their_ids(relay: Relay, outside: Outside) -> None:
    for _ in range(3):
        await outside.write()
    assert await relay.number_all() == 3
    assert list((await outside.numbers()).values()) == [1, 2, 3]


async def test_event_that_is_committed_late_is_not_skipped(relay: Relay, outside: Outside) -> None:
    """Its transaction began first, and ended after the number of a later one was given."""
    async with outside.connection() as slow:
        transaction = slow.transaction()
        await transaction.start()
        early = await outside.write(slow)
        late = await outside.write()
        assert await relay.number_all() == 1
        await transaction.commit()
    assert await relay.number_all() == 1
    assert await outside.numbers() == {early: 2, late: 1}


async def test_event_that_is_rolled_back_takes_no_number(relay: Relay, outside: Outside) -> None:
    async with outside.connection() as other:
        transaction = other.transaction()
        await transaction.start()
        await outside.write(other)
        await relay.number_all()
        await transaction.rollback()
    kept = await outside.write()
    await relay.number_all()
    assert await outside.numbers() == {kept: 1}


async def test_relay_leaves_the_work_to_the_one_that_is_at_it(relay: Relay, outside: Outside) -> None:
    await outside.write()
    await relay.number_all()
    event = await outside.write()
    async with outside.connection() as other, other.transaction():
        await other.execute("SELECT FROM event_positions WHERE name = 'relay' FOR UPDATE")
        assert await relay.number_all() == 0
    assert await relay.number_all() == 1
    assert (await outside.numbers())[event] == 2


async def test_several_relays_beside_writers_leave_no_gap(shop: Shop, outside: Outside) -> None:
    """Eight writers, each with a transaction that stays open over its next one, and three relays at once."""
    writing = True

    async def write() -> None:
        async with outside.connection() as one, outside.connection() as two:
            before = one.transaction()
            await before.start()
            for connection in (two, one) * 10:
                await outside.write(one)
                after = connection.transaction() if connection is two else two.transaction()
                await after.start()
                await outside.write(two)
                await after.commit()
            await before.commit()

    async def relay_on() -> None:
        relay = new_relay(shop)
        while writing:
            await relay.number_all()

    relaying = [asyncio.create_task(relay_on()) for _ in range(3)]
    await asyncio.gather(*(write() for _ in range(8)))
    writing = False
    await asyncio.gather(*relaying)
    await new_relay(shop).number_all()
    numbers = list((await outside.numbers()).values())
    assert len(numbers) == 320
    assert set(numbers) == set(range(1, 321))


async def test_relay_killed_in_the_middle_gives_no_number_twice(shop: Shop, outside: Outside) -> None:
    """It is killed while its statement waits for a row: whether the others had their numbers is not to be seen."""
    events = [await outside.write() for _ in range(5)]
    async with outside.connection() as holder:
        transaction = holder.transaction()
        await transaction.start()
        await holder.execute("SELECT FROM outbox_events WHERE id = $1 FOR UPDATE", events[3])
        async with shop.worker() as worker:
            await until_waiting(outside)
            worker.send_signal(signal.SIGKILL)
            await worker.wait()
        assert set((await outside.numbers()).values()) == {None}
        await transaction.rollback()
    async with shop.worker():
        await until_numbered(outside)
    assert list((await outside.numbers()).values()) == [1, 2, 3, 4, 5]


async def test_reader_killed_in_the_middle_has_each_effect_once(shop: Shop, outside: Outside) -> None:
    """It is killed with the events numbered, and its jobs not yet committed."""
    async with shop.worker():
        await until_position(outside)
    for _ in range(5):
        await outside.write()
    async with outside.connection() as holder:
        transaction = holder.transaction()
        await transaction.start()
        await holder.execute("LOCK TABLE jobs IN SHARE MODE")
        async with shop.worker() as worker:
            await until_numbered(outside)
            await until_waiting(outside)
            worker.send_signal(signal.SIGKILL)
            await worker.wait()
        await transaction.rollback()
    assert await outside.told() == []
    async with shop.worker(), shop.worker():
        await until_told(outside, 5)
        more = await outside.write()
        await until_told(outside, 6)
    assert (await outside.numbers())[more] == 6
    assert await outside.told() == [f"event-{number}" for number in range(1, 7)]


async def until_waiting(outside: Outside) -> None:
    """Wait until a statement waits for a lock."""
    for _ in looks("a statement that waits for a lock"):
        if await outside.sql.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        ):
            return


async def until_numbered(outside: Outside) -> None:
    """Wait until every event has its number."""
    for _ in looks("the numbers of all events"):
        if None not in (await outside.numbers()).values():
            return


async def until_position(outside: Outside) -> None:
    """Wait until the reader has begun."""
    for _ in looks("the position of the reader"):
        if await outside.sql.fetchval("SELECT count(*) FROM event_positions WHERE name = 'tests.tell'"):
            return


async def until_told(outside: Outside, count: int) -> None:
    """Wait until the reader has read so many events."""
    for _ in looks(f"{count} events told"):
        if len(await outside.told()) >= count:
            return
