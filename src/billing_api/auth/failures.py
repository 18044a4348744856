"""Failures are counted in the database for all processes; too many of them wait for their window's end."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter

from billing_api.auth.allowances import Allowance, TooManyRequestsError
from billing_api.errors import AppError
from billing_api.kit.clock import Clock


class Failures:
    """Lets a try through unless too many have failed, and counts it when it has failed, so that a crash counts none.

    Tries that are under way in this process count as failures until they end: a thousand guesses at once get no more
    answers than one after the other.
    """

    def __init__(self, counters: Storage, clock: Clock) -> None:
        self._limiter = FixedWindowRateLimiter(counters)
        self._clock = clock
        self._under_way: Counter[Allowance] = Counter()

    @asynccontextmanager
    async def attempt(
        self, *allowances: Allowance, failure: type[AppError], refusal: type[TooManyRequestsError]
    ) -> AsyncIterator[None]:
        """Count the block for each allowance when it ends in `failure`. Raise `refusal` when one is used up."""
        self._under_way.update(allowances)
        try:
            ahead = [(allowance, self._under_way[allowance]) for allowance in allowances]
            for allowance, tries in ahead:
                await self._require(allowance, tries, refusal)
            try:
                yield
            except failure:
                await self.count(*allowances)
                raise
        finally:
            self._leave(allowances)

    async def require(self, *allowances: Allowance, refusal: type[TooManyRequestsError]) -> None:
        """Raise `refusal` when an allowance is used up."""
        for allowance in allowances:
            await self._require(allowance, 1, refusal)

    async def count(self, *allowances: Allowance) -> None:
        """Count one failure for each allowance."""
        for allowance in allowances:
            await self._limiter.hit(allowance.limit, allowance.policy, allowance.subject)

    async def _require(self, allowance: Allowance, tries: int, refusal: type[TooManyRequestsError]) -> None:
        if await self._limiter.test(allowance.limit, allowance.policy, allowance.subject, cost=tries):
            return
        stats = await self._limiter.get_window_stats(allowance.limit, allowance.policy, allowance.subject)
        raise refusal(allowance, max(1, round(stats.reset_time - self._clock.now().timestamp())))

    def _leave(self, allowances: tuple[Allowance, ...]) -> None:
        self._under_way.subtract(allowances)
        for allowance in allowances:
            if not self._under_way[allowance]:
                del self._under_way[allowance]
