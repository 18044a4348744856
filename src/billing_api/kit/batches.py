"""Working through a batch: each item on its own, a few at once, and no item keeps the others from their turn."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

FAILED, NOT_TRIED = "failed", "not tried"
# Nothing that must exist was found: the wrong place is looked at, and no item may be judged by it.
NOT_BELIEVED = "not believed"
_AT_ONCE = 4
# So many failures in a row are no accident: a part that every item needs is away, and each would wait for its time-out.
_GIVE_UP_AFTER = 5


async def run_batch(items: Iterable[T], work: Callable[[T], Awaitable[str]]) -> Counter[str]:
    """Do `work` with each item and count its results; `FAILED` is the result of an item that could not be done.

    After several failures in a row, or one `NOT_BELIEVED`, the rest is left for the next batch and counted as not
    tried.
    """
    counts: Counter[str] = Counter()
    waiting, in_a_row = iter(items), 0

    async def worker() -> None:
        nonlocal in_a_row
        for item in waiting:
            if in_a_row >= _GIVE_UP_AFTER or counts[NOT_BELIEVED]:
                counts[NOT_TRIED] += 1
                continue
            result = await work(item)
            counts[result] += 1
            in_a_row = in_a_row + 1 if result == FAILED else 0

    async with asyncio.TaskGroup() as workers:
        for _ in range(_AT_ONCE):
            workers.create_task(worker())
    return counts
