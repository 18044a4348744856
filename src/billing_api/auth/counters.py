"""Where the `limits` library counts: its asynchronous storage interface over one PostgreSQL table."""

from collections.abc import Sequence
from datetime import timedelta

from limits.aio.storage import Storage
from sqlalchemy import Text, bindparam, case, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from billing_api.auth.model import RateCounter, rate_counters
from billing_api.db.base import each_of
from billing_api.db.database import Database, in_transaction
from billing_api.db.pruning import delete_some, prune
from billing_api.db.statements import Command, Statement, columns_of, parameters
from billing_api.kit.clock import Clock

_SWEPT_AT_ONCE = 100

_counter = rate_counters.c
_keys = each_of("keys", Text())
_this, _is_open = _counter.key == bindparam("key"), _counter.expires_at > bindparam("now")
_is_over = _counter.expires_at <= bindparam("now")
_FIND = Statement(select(*columns_of(rate_counters, RateCounter)).where(_this, _is_open), RateCounter)
_LIST = Statement(
    select(*columns_of(rate_counters, RateCounter)).join(_keys, _counter.key == _keys.c.value).where(_is_open),
    RateCounter,
)
_first = insert(rate_counters).values(**parameters("key", "hits", "expires_at"))
_COUNT = Statement(
    _first.on_conflict_do_update(
        index_elements=[_counter.key],
        set_={
            "hits": case((_is_over, _first.excluded.hits), else_=_counter.hits + _first.excluded.hits),
            "expires_at": case((_is_over, _first.excluded.expires_at), else_=_counter.expires_at),
        },
    ).returning(_counter.hits),
    int,
)
_GIVE_BACK = Statement(
    update(rate_counters)
    .where(_this, _is_open)
    .values(hits=func.greatest(_counter.hits - bindparam("amount"), 0))
    .returning(_counter.hits),
    int,
)
_SWEEP = delete_some(rate_counters, _is_over)
_REMOVE = Command(delete(rate_counters).where(_this))
_REMOVE_ALL = Command(delete(rate_counters))
_ONE = Statement(select(literal(1).label("one")), int)


class PostgresCounters(Storage):
    """Counters that live for one window each; every count is a short transaction of its own.

    A count must stay when the caller's work is rolled back, so none of them joins a caller's transaction.
    """

    STORAGE_SCHEME = None  # it is made by bootstrap, not from a URI

    def __init__(self, db: Database, clock: Clock) -> None:
        super().__init__()
        self.db = db
        self._clock = clock

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """Return none: db/ has translated them."""
        return ()

    @in_transaction
    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and return the count; the first hit of a window fixes its end `expiry` seconds later.

        A negative amount gives hits back, and never opens a window.
        """
        now = self._clock.now()
        if amount < 0:
            return await self.db.fetch_one(_GIVE_BACK, key=key, now=now, amount=-amount) or 0
        end = now + timedelta(seconds=expiry)
        hits = await self.db.fetch_one(_COUNT, key=key, now=now, hits=amount, expires_at=end)
        assert hits is not None  # an upsert returns its row
        if hits == amount:
            await self._remove_some(_SWEPT_AT_ONCE)  # a burst of new windows leaves little for `prune`
        return hits

    async def get(self, key: str) -> int:
        """Return the count of the open window, or 0 without one."""
        window = await self.db.fetch_one(_FIND, key=key, now=self._clock.now())
        return window.hits if window is not None else 0

    async def list_open(self, keys: Sequence[str]) -> dict[str, RateCounter]:
        """Return the open windows of these keys, in one round trip."""
        return {window.key: window for window in await self.db.fetch(_LIST, keys=keys, now=self._clock.now())}

    async def get_expiry(self, key: str) -> float:
        """Return the end of the open window, or now without one, in seconds since the epoch."""
        now = self._clock.now()
        window = await self.db.fetch_one(_FIND, key=key, now=now)
        return (window.expires_at if window is not None else now).timestamp()

    async def check(self) -> bool:
        """Return whether the database responds."""
        return bool(await self.db.fetch_one(_ONE))

    @in_transaction
    async def reset(self) -> int | None:
        """Remove all counters, and return their number."""
        return await self.db.execute(_REMOVE_ALL)

    @in_transaction
    async def clear(self, key: str) -> None:
        """Remove one counter."""
        await self.db.execute(_REMOVE, key=key)

    async def prune(self) -> int:
        """Remove all windows that are over, and return their number."""
        return await prune(self.db, self._remove_some)

    async def _remove_some(self, limit: int) -> int:
        return await self.db.execute(_SWEEP, now=self._clock.now(), limit=limit)
