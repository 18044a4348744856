"""Failures are counted in the database for all processes; too many of them wait for their window's end."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from billing_api.auth.allowances import Allowance, TooManyRequestsError
from billing_api.auth.counters import OpenWindow, PostgresCounters
from billing_api.errors import AppError
from billing_api.kit.clock import Clock

_AT_ONCE = 4  # of one subject, in each process


class Failures:
    """Lets a try through unless too many have failed, and counts it when it has failed, so that a crash counts none.

    Tries that are under way in this process count as failures until they end: a thousand guesses at once get no more
    answers than one after the other. A few of one subject are made at once and the others wait their turn, so that none
    is refused only because others are under way.
    """

    def __init__(self, counters: PostgresCounters, clock: Clock) -> None:
        self._counters = counters
        self._clock = clock
        self._under_way: Counter[Allowance] = Counter()
        self._turns: WeakValueDictionary[Allowance, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def attempt(
        self, *allowances: Allowance, failure: type[AppError], refusal: type[TooManyRequestsError]
    ) -> AsyncIterator[None]:
        """Count the block for each allowance when it ends in `failure`. Raise `refusal` when one is used up.

        The first allowance is the one whose tries take turns: the narrowest, so that strangers delay no one else.
        """
        async with self.turn(allowances[0]), self._counted(allowances, failure, refusal):
            yield

    def turn(self, allowance: Allowance) -> asyncio.Semaphore:
        """Return what lets a few of an allowance's tries through at once, in each process."""
        return self._turns.setdefault(allowance, asyncio.Semaphore(_AT_ONCE))

    @asynccontextmanager
    async def _counted(
        self, allowances: Sequence[Allowance], failure: type[AppError], refusal: type[TooManyRequestsError]
    ) -> AsyncIterator[None]:
        self._under_way.update(allowances)
        try:
            tries = [self._under_way[allowance] for allowance in allowances]
            self._require(allowances, tries, await self._counters.get_open(_keys(allowances)), refusal)
            try:
                yield
            except failure:
                await self.count(*allowances)
                raise
        finally:
            self._leave(allowances)

    async def require(self, *allowances: Allowance, refusal: type[TooManyRequestsError]) -> None:
        """Raise `refusal` when an allowance is used up, whatever is under way."""
        self._require(allowances, None, await self._counters.get_open(_keys(allowances)), refusal)

    async def require_in(self, *allowances: Allowance, refusal: type[TooManyRequestsError]) -> None:
        """Do the same inside a transaction."""
        self._require(allowances, None, await self._counters.get_open_in(_keys(allowances)), refusal)

    async def count(self, *allowances: Allowance) -> None:
        """Count one failure for each allowance."""
        for allowance in allowances:
            await self._counters.incr(_key(allowance), allowance.limit.get_expiry())

    def _require(
        self,
        allowances: Sequence[Allowance],
        tries: Sequence[int] | None,
        found: Mapping[str, OpenWindow],
        refusal: type[TooManyRequestsError],
    ) -> None:
        now = self._clock.now()
        for allowance, wanted in zip(allowances, tries or [1] * len(allowances), strict=True):
            window = found.get(_key(allowance))
            failed, end = (window.hits, window.expires_at) if window is not None else (0, now)
            if failed + wanted > allowance.limit.amount:
                raise refusal(allowance, max(1, round((end - now).total_seconds())))

    def _leave(self, allowances: Sequence[Allowance]) -> None:
        self._under_way.subtract(allowances)
        for allowance in allowances:
            if not self._under_way[allowance]:
                del self._under_way[allowance]


def _key(allowance: Allowance) -> str:
    return allowance.limit.key_for(allowance.policy, allowance.subject)


def _keys(allowances: Iterable[Allowance]) -> list[str]:
    return [_key(allowance) for allowance in allowances]
