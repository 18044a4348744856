"""Counters of tries in one table, for all processes: each key is counted in windows of a fixed length."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Text, bindparam, case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from billing_api.auth.model import RateCounter, rate_counters
from billing_api.db.base import each_of
from billing_api.db.database import Database, in_transaction
from billing_api.db.pruning import delete_some, prune
from billing_api.db.statements import Command, Statement, columns_of, parameters
from billing_api.kit.clock import Clock

_SWEPT_AT_ONCE = 100

_counter = rate_counters.c
_COUNTER = columns_of(rate_counters, RateCounter)
_keys = each_of("keys", Text())
_is_open, _is_over = _counter.expires_at > bindparam("now"), _counter.expires_at <= bindparam("now")
_LIST = Statement(select(*_COUNTER).join(_keys, _counter.key == _keys.c.value).where(_is_open), RateCounter)
_first = insert(rate_counters).values(**parameters("key", "hits", "expires_at"))
_COUNT = Statement(
    _first.on_conflict_do_update(
        index_elements=[_counter.key],
        set_={
            "hits": case((_is_over, _first.excluded.hits), else_=_counter.hits + _first.excluded.hits),
            "expires_at": case((_is_over, _first.excluded.expires_at), else_=_counter.expires_at),
        },
    ).returning(*_COUNTER),
    RateCounter,
)
_GIVE_BACK = Command(
    update(rate_counters)
    .where(_counter.key == bindparam("of_key"), _is_open)
    .values(hits=func.greatest(_counter.hits - bindparam("amount"), 0))
)
_SWEEP = delete_some(rate_counters, _is_over)


class RateCounters:
    """The counts of all keys; every count is a short transaction of its own.

    A count must stay when the caller's work is rolled back, so none of them joins a caller's transaction.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self.db = db
        self._clock = clock

    @in_transaction
    async def count(self, key: str, amount: int = 1, *, seconds: int) -> RateCounter:
        """Count, and return the window with its hits; the first hit of a window fixes its end `seconds` later."""
        now = self._clock.now()
        window = await self.db.fetch_one(
            _COUNT, key=key, now=now, hits=amount, expires_at=now + timedelta(seconds=seconds)
        )
        assert window is not None  # an upsert returns its row
        if window.hits == amount:
            await self._remove_some(_SWEPT_AT_ONCE)  # a burst of new windows leaves little for `prune`
        return window

    @in_transaction
    async def give_back(self, key: str, amount: int) -> None:
        """Take hits back from the open window, as far as it has them."""
        await self.db.execute(_GIVE_BACK, of_key=key, now=self._clock.now(), amount=amount)

    async def list_open(self, keys: Sequence[str]) -> dict[str, RateCounter]:
        """Return the open windows of these keys, in one round trip."""
        return {window.key: window for window in await self.db.fetch(_LIST, keys=keys, now=self._clock.now())}

    async def prune(self) -> int:
        """Remove all windows that are over, and return their number."""
        return await prune(self.db, self._remove_some)

    async def _remove_some(self, limit: int) -> int:
        return await self.db.execute(_SWEEP, now=self._clock.now(), limit=limit)
