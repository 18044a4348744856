"""One pass over what is due: each item on its own, a few at once, and none that keeps the others from their turn."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

FAILED, NOT_TRIED = "failed", "not tried"
# Nothing that must be there was found: what is looked at is not what it should be, and no item may be judged by it.
NOT_BELIEVED = "not believed"
_AT_ONCE = 4
# So many in a row are no accident: whatever all of them need is away, and each would wait for its time-out.
_GIVE_UP_AFTER = 5


async def one_pass(due: Iterable[T], work: Callable[[T], Awaitable[str]]) -> Counter[str]:
    """Do `work` with each item and count what it answers; `FAILED` is what an item that could not be done answers.

    After several failures in a row, or one `NOT_BELIEVED`, the rest is left for the next pass and counted as not tried.
    """
    counts: Counter[str] = Counter()
    items, in_a_row = iter(due), 0

    async def worker() -> None:
        nonlocal in_a_row
        for item in items:
            if in_a_row >= _GIVE_UP_AFTER or counts[NOT_BELIEVED]:
                counts[NOT_TRIED] += 1
                continue
            answer = await work(item)
            counts[answer] += 1
            in_a_row = in_a_row + 1 if answer == FAILED else 0

    async with asyncio.TaskGroup() as workers:
        for _ in range(_AT_ONCE):
            workers.create_task(worker())
    return counts
