"""A batch over items that are due."""

import asyncio

from billing_api.kit.batches import FAILED, run_batch
from tests.fixtures.waiting import PATIENCE_SECONDS


async def test_each_item_is_worked_on_once_and_counted() -> None:
    seen: list[int] = []

    async def work(item: int) -> str:
        seen.append(item)
        await asyncio.sleep(0)
        return "even" if item % 2 == 0 else "odd"

    assert await run_batch(range(101), work) == {"even": 51, "odd": 50}
    assert sorted(seen) == list(range(101))


async def test_a_few_at_once() -> None:
    running, most, all_here = 0, 0, asyncio.Event()

    async def work(_item: int) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 4:
            all_here.set()
        await asyncio.wait_for(all_here.wait(), PATIENCE_SECONDS)
        running -= 1
        return "done"

    assert await run_batch(range(8), work) == {"done": 8}
    assert most == 4


async def test_a_failure_keeps_no_other_from_its_turn() -> None:
    async def work(item: int) -> str:
        return FAILED if item % 3 == 0 else "done"

    assert await run_batch(range(30), work) == {"done": 20, FAILED: 10}


async def test_when_everything_fails_the_rest_is_left_for_the_next_pass() -> None:
    tried = 0

    async def work(_item: int) -> str:
        nonlocal tried
        tried += 1
        await asyncio.sleep(0)
        return FAILED

    counts = await run_batch(range(1_000), work)
    assert counts[FAILED] == tried < 10
    assert counts["not tried"] == 1_000 - tried


async def test_nothing_due() -> None:
    async def work(_item: int) -> str:
        raise AssertionError

    assert await run_batch([], work) == {}
