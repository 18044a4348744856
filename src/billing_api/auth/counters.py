"""Where the `limits` library counts: its asynchronous storage interface over one PostgreSQL table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from limits.aio.storage import Storage
from sqlalchemy import Text, bindparam, case, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from billing_api.auth.model import RateCounter
from billing_api.db.base import each_of
from billing_api.db.database import Database, in_transaction
from billing_api.db.reader import Reader, Statement
from billing_api.kit.clock import Clock

_SWEPT_AT_ONCE = 100

_WANTED = each_of("keys", Text())
_OPEN_NOW = (
    select(RateCounter.key, RateCounter.hits, RateCounter.expires_at)
    .join(_WANTED, RateCounter.key == _WANTED.c.value)
    .where(RateCounter.expires_at > bindparam("now"))
)
_OPEN = Statement(_OPEN_NOW)


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """A counter whose window has not ended."""

    key: str
    hits: int
    expires_at: datetime


class PostgresCounters(Storage):
    """Counters that live for one window each; every method is a short transaction of its own.

    What is counted must stay counted when the caller's work is rolled back, so none of it joins a caller's transaction.
    """

    STORAGE_SCHEME = None  # it is made by bootstrap, not from a URI

    def __init__(self, db: Database, reader: Reader, clock: Clock) -> None:
        super().__init__()
        self.db = db
        self._reader = reader
        self._clock = clock

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """None of its own: db/ has translated them."""
        return ()

    @in_transaction
    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and answer the count; the first hit of a window fixes its end `expiry` seconds later.

        A negative amount gives hits back, and never opens a window.
        """
        now = self._clock.now()
        if amount < 0:
            return await self._give_back(key, -amount, now)
        first = insert(RateCounter).values(key=key, hits=amount, expires_at=now + timedelta(seconds=expiry))
        over = RateCounter.expires_at <= now
        count = first.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "hits": case((over, first.excluded.hits), else_=RateCounter.hits + first.excluded.hits),
                "expires_at": case((over, first.excluded.expires_at), else_=RateCounter.expires_at),
            },
        ).returning(RateCounter.hits)
        hits = (await self.db.session.execute(count)).scalar_one()
        if hits == amount:
            await self._sweep(now)
        return hits

    @in_transaction
    async def get(self, key: str) -> int:
        """The count of the window that is open; 0 when none is."""
        live = select(RateCounter.hits).where(RateCounter.key == key, RateCounter.expires_at > self._clock.now())
        return await self.db.session.scalar(live) or 0

    async def get_open(self, keys: Sequence[str]) -> dict[str, OpenWindow]:
        """Return the windows that are open for these keys, in one round trip."""
        return {row.key: row for row in await self._reader.fetch(_OPEN, OpenWindow, keys=keys, now=self._clock.now())}

    async def get_open_in(self, keys: Sequence[str]) -> dict[str, OpenWindow]:
        """Return the same inside a transaction: what is read, unlike what is counted, may be a part of one."""
        rows = await self.db.session.execute(_OPEN_NOW, {"keys": keys, "now": self._clock.now()})
        return {row.key: OpenWindow(*row) for row in rows}

    @in_transaction
    async def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since the epoch; now when none is open."""
        now = self._clock.now()
        live = select(RateCounter.expires_at).where(RateCounter.key == key, RateCounter.expires_at > now)
        return (await self.db.session.scalar(live) or now).timestamp()

    @in_transaction
    async def check(self) -> bool:
        """Whether the database answers."""
        return bool(await self.db.session.scalar(select(text("1"))))

    @in_transaction
    async def reset(self) -> int | None:
        """Forget everything."""
        return len((await self.db.session.scalars(delete(RateCounter).returning(RateCounter.key))).all())

    @in_transaction
    async def clear(self, key: str) -> None:
        """Forget one counter."""
        await self.db.session.execute(delete(RateCounter).where(RateCounter.key == key))

    async def _give_back(self, key: str, amount: int, now: datetime) -> int:
        open_window = update(RateCounter).where(RateCounter.key == key, RateCounter.expires_at > now)
        fewer = func.greatest(RateCounter.hits - amount, 0)
        return await self.db.session.scalar(open_window.values(hits=fewer).returning(RateCounter.hits)) or 0

    async def _sweep(self, now: datetime) -> None:
        """Who opens a window takes some that are over away, so that no other chore is needed."""
        over = (
            select(RateCounter.key)
            .where(RateCounter.expires_at <= bindparam("now", now))
            .limit(_SWEPT_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        await self.db.session.execute(delete(RateCounter).where(RateCounter.key.in_(over)))
