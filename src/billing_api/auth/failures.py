"""Count failures in the database, for all processes, and refuse further tries until the window ends."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from billing_api.auth.allowances import Allowance, TooManyRequestsError
from billing_api.auth.counters import RateCounters
from billing_api.auth.model import RateCounter
from billing_api.errors import AppError
from billing_api.kit.clock import Clock

_AT_ONCE = 4  # of one subject, in each process


class Failures:
    """Allow a try unless too many have failed, and count it once it has failed, so that a crash counts none.

    Running tries of this process count as failures until they end: a thousand guesses at once get no further than a
    thousand in a row. Of one subject a few tries run at once and the others wait, so that none is refused
    only because others are running.
    """

    def __init__(self, counters: RateCounters, clock: Clock) -> None:
        self._counters = counters
        self._clock = clock
        self._running: Counter[Allowance] = Counter()
        self._slots: WeakValueDictionary[Allowance, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def attempt(
        self, *allowances: Allowance, failure: type[AppError], refusal: type[TooManyRequestsError]
    ) -> AsyncIterator[None]:
        """Count the block for each allowance when it ends in `failure`. Raise `refusal` when one is used up.

        Tries wait for a slot of the first allowance. It is the narrowest, so that strangers delay only themselves.
        """
        async with self.slots(allowances[0]), self._counted(allowances, failure, refusal):
            yield

    def slots(self, allowance: Allowance) -> asyncio.Semaphore:
        """Return the semaphore that lets a few tries of an allowance run at once, in each process."""
        return self._slots.setdefault(allowance, asyncio.Semaphore(_AT_ONCE))

    @asynccontextmanager
    async def _counted(
        self, allowances: Sequence[Allowance], failure: type[AppError], refusal: type[TooManyRequestsError]
    ) -> AsyncIterator[None]:
        self._running.update(allowances)
        try:
            tries = [self._running[allowance] for allowance in allowances]
            self._require(allowances, tries, await self._counters.list_open(_keys(allowances)), refusal)
            try:
                yield
            except failure:
                await self.count(*allowances)
                raise
        finally:
            self._leave(allowances)

    async def require(self, *allowances: Allowance, refusal: type[TooManyRequestsError]) -> None:
        """Raise `refusal` when an allowance is used up, however many are running."""
        self._require(allowances, None, await self._counters.list_open(_keys(allowances)), refusal)

    async def count(self, *allowances: Allowance) -> None:
        """Count one failure for each allowance."""
        for allowance in allowances:
            await self._counters.count(_key(allowance), seconds=allowance.limit.get_expiry())

    def _require(
        self,
        allowances: Sequence[Allowance],
        tries: Sequence[int] | None,
        found: Mapping[str, RateCounter],
        refusal: type[TooManyRequestsError],
    ) -> None:
        now = self._clock.now()
        for allowance, wanted in zip(allowances, tries or [1] * len(allowances), strict=True):
            window = found.get(_key(allowance))
            failed, end = (window.hits, window.expires_at) if window is not None else (0, now)
            if failed + wanted > allowance.limit.amount:
                raise refusal(allowance, max(1, round((end - now).total_seconds())))

    def _leave(self, allowances: Sequence[Allowance]) -> None:
        self._running.subtract(allowances)
        for allowance in allowances:
            if not self._running[allowance]:
                del self._running[allowance]


def _key(allowance: Allowance) -> str:
    return allowance.limit.key_for(allowance.policy, allowance.subject)


def _keys(allowances: Iterable[Allowance]) -> list[str]:
    return [_key(allowance) for allowance in allowances]
