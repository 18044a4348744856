"""A reader's position moves in the transaction of the effects; an event that fails keeps no other waiting."""

import pytest

from billing_api.core import Core
from billing_api.db.database import Database
from billing_api.events.consuming import CONSUME_AGAIN, Consumer, Consumers, EventAgain
from billing_api.events.relay import Relay
from billing_api.events.values import NumberedEvent
from billing_api.jobs.repository import Queue
from billing_api.jobs.service import Jobs
from billing_api.jobs.tasks import JobRun
from tests.events.conftest import Outside
from tests.fixtures.shop import Shop
from tests.jobs.program import NOTE, TELL, Name, PersonalError, teller


class Reading:
    """A relay and a reader in this process."""

    def __init__(self, shop: Shop, consumer: Consumer = TELL) -> None:
        core = shop.parts[Core]
        self.consumer = consumer
        self.relay = Relay(core.db, core.clock)
        self.consumers = Consumers(core.db, core.clock, shop.jobs, {consumer: teller(shop.parts)})

    async def on(self) -> None:
        """Number and read all."""
        await self.relay.number_all()
        await self.consumers.consume_all()


@pytest.fixture
async def reading(shop: Shop) -> Reading:
    """A reader that has begun."""
    reading = Reading(shop)
    await reading.on()
    return reading


async def test_each_event_is_read_once(reading: Reading, outside: Outside) -> None:
    for _ in range(3):
        await outside.write()
        await reading.on()
        await reading.on()
    assert await outside.told() == ["event-1", "event-2", "event-3"]


async def test_other_kinds_are_passed_over(reading: Reading, outside: Outside) -> None:
    await outside.write(kind="test.else")
    await outside.write()
    await reading.on()
    assert await outside.told() == ["event-2"]


async def test_more_events_than_are_read_at_once(reading: Reading, outside: Outside) -> None:
    for _ in range(205):
        await outside.write()
    await reading.on()
    assert await outside.told() == [f"event-{number}" for number in range(1, 206)]


async def test_new_reader_leaves_out_what_occurred_before_it(shop: Shop, outside: Outside) -> None:
    """Also what the relay had not numbered, as all that was written before there was a relay."""
    await outside.write()
    await Reading(shop, Consumer("tests.other", frozenset())).on()
    await outside.write()
    new = Reading(shop)
    await new.consumers.consume_all()
    await outside.write()
    await new.on()
    assert await outside.told() == ["event-3"]


async def test_reader_from_the_beginning_has_all(shop: Shop, outside: Outside) -> None:
    await outside.write()
    await Reading(shop, Consumer("tests.all", TELL.kinds, from_the_beginning=True)).on()
    assert await outside.told() == ["event-1"]


async def test_failing_event_becomes_a_job_and_the_next_ones_are_read(
    reading: Reading, outside: Outside, shop: Shop
) -> None:
    failing = await outside.write(data='{"fails": true}')
    await outside.write()
    await reading.on()
    assert await outside.told() == ["event-2"]
    row = await outside.sql.fetchrow("SELECT id, payload FROM jobs WHERE task = $1", CONSUME_AGAIN.name)
    assert row is not None
    job = await shop.jobs.get(row["id"])
    again = CONSUME_AGAIN.read(job.payload)
    assert again == EventAgain(TELL.name, outside.account_id, failing)
    with pytest.raises(PersonalError):
        await reading.consumers.consume_again(again, JobRun(job, CONSUME_AGAIN, shop.parts[Queue]))


async def test_effects_of_a_failing_event_are_undone(shop: Shop, outside: Outside) -> None:
    core = shop.parts[Core]

    async def half(event: NumberedEvent) -> None:
        await shop.parts[Jobs].enqueue(NOTE, Name(f"event-{event.number}"))
        raise PersonalError

    consumers = Consumers(core.db, core.clock, shop.jobs, {TELL: half})
    await consumers.consume_all()
    await outside.write()
    await Relay(core.db, core.clock).number_all()
    await consumers.consume_all()
    assert await outside.told() == []
    assert await outside.sql.fetchval("SELECT count(*) FROM jobs") == 1


async def test_reader_leaves_the_work_to_the_one_that_is_at_it(reading: Reading, outside: Outside) -> None:
    await outside.write()
    async with outside.connection() as other, other.transaction():
        await other.execute("SELECT FROM event_positions WHERE name = $1 FOR UPDATE", TELL.name)
        await reading.on()
        assert await outside.told() == []
    await reading.on()
    assert await outside.told() == ["event-1"]


async def test_handler_works_in_the_transaction_of_the_position(shop: Shop, outside: Outside) -> None:
    """So it can't open its own."""
    database = shop.parts[Database]
    seen = []

    async def look(event: NumberedEvent) -> None:
        seen.append((event.number, database.connection.is_in_transaction()))

    core = shop.parts[Core]
    consumers = Consumers(core.db, core.clock, shop.jobs, {TELL: look})
    await consumers.consume_all()
    await outside.write()
    await Relay(core.db, core.clock).number_all()
    await consumers.consume_all()
    assert seen == [(1, True)]


async def test_backlog_is_what_is_not_passed_on(reading: Reading, outside: Outside) -> None:
    await outside.write()
    await outside.write()
    backlog = await reading.relay.backlog()
    assert (backlog.unnumbered, backlog.behind) == (2, {TELL.name: 0})
    assert backlog.oldest_at is not None
    await reading.relay.number_all()
    backlog = await reading.relay.backlog()
    assert (backlog.unnumbered, backlog.oldest_at, backlog.behind) == (0, None, {TELL.name: 2})
    await reading.consumers.consume_all()
    assert (await reading.relay.backlog()).behind == {TELL.name: 0}
