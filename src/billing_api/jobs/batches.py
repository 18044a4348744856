"""Periodic work over many accounts: each item is done by itself, and one that fails keeps no other from its turn."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeVar

import structlog

from billing_api.jobs.errors import TryAgainError
from billing_api.kit.batches import FAILED, NOT_TRIED, run_batch

T = TypeVar("T")
log = structlog.get_logger(__name__)

_DONE = "done"


async def run_each(
    items: Iterable[T],
    work: Callable[[T], Awaitable[object]],
    *,
    event: str,
    facts: Callable[[T], Mapping[str, str]],
) -> None:
    """Do `work` with each item, a few at once; one that fails is logged as `event`, with its facts.

    Raise TryAgainError after several failures in a row, when the rest is not tried.
    """

    async def attempt(item: T) -> str:
        try:
            await work(item)
        except Exception:  # whatever it is, the others must not wait for it
            log.exception(event, **facts(item))
            return FAILED
        return _DONE

    counts = await run_batch(items, attempt)
    if counts[NOT_TRIED]:
        raise TryAgainError(f"{event}: {counts[FAILED]} failed, several of them in a row")
