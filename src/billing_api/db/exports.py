"""Exports: streams of rows, few at a time, so that they leave connections to everybody else."""

import asyncio
from collections import deque
from time import monotonic
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from billing_api.db.database import Database
from billing_api.db.statements import Statement
from billing_api.db.streams import RowStream
from billing_api.errors import AppError, Kind, UnavailableError
from billing_api.kit.metrics import EXPORTS
from billing_api.kit.places import Places

RowT = TypeVar("RowT")

OF_ACCOUNT = 2  # at once, for each account in a process; none takes a second one where no other is left
_SLOW = 10.0  # seconds that an export has waited for its client: then it makes room for another account
_PATIENCE = 12.0  # seconds that an account's first export waits for a place: those of slow clients are free by then
_LOOK = 1.0  # seconds between two looks for a slow client
_LINE = 20  # exports that wait
_SHARE = 4  # of so many connections of the pool, one may be an export's


class TooManyExportsError(AppError):
    """The account has as many exports under way as it may have."""

    code, title, kind = "too_many_exports", "Other exports are under way", Kind.TOO_MANY
    cure = "Wait until an export of the account has ended, then repeat the request."
    sample: ClassVar = {"most": OF_ACCOUNT}

    def __init__(self, most: int) -> None:
        super().__init__(f"An account may have {most} exports under way at once: try again shortly.", retry_after=5)


class ExportsBusyError(UnavailableError):
    """As many exports are under way as the service allows."""

    code, title = "exports_busy", "Too many exports are under way"
    cure = "Repeat the request after the seconds of `Retry-After`."

    def __init__(self) -> None:
        super().__init__("As many exports are under way as the service allows: try again shortly.")


class Exports:
    """The exports of this process: a few for each account, and together a quarter of the connections.

    Where all places are taken, an account's first export waits in line for the next one that is free. So accounts that
    open exports again and again keep no other account out: they stand behind it.
    """

    def __init__(self, db: Database, *, pool_size: int) -> None:
        self._db = db
        self._most = max(1, pool_size // _SHARE)
        self._streams: set[RowStream[Any]] = set()
        self._under_way = 0
        self._places = Places(OF_ACCOUNT, TooManyExportsError)  # of exports under way and of those that wait
        self._line: deque[asyncio.Future[None]] = deque()

    async def open(self, account_id: UUID, statement: Statement[RowT], /, **values: Any) -> RowStream[RowT]:
        """Begin an export of an account, which lasts until it is closed.

        Raise TooManyExportsError, ExportsBusyError, DatabaseUnavailableError.
        """
        self._places.take(account_id)
        try:
            await self._begin(is_second=self._places.of(account_id) > 1)
        except BaseException:
            self._places.leave(account_id)
            raise
        try:
            stream = await self._db.stream(statement, account_id=account_id, **values)
        except BaseException:
            self._end(account_id)
            raise
        self._streams.add(stream)
        stream.on_close(lambda: self._end(account_id, stream))
        return stream

    @property
    def under_way(self) -> int:
        """The number of exports that are not closed yet."""
        return self._under_way

    async def _begin(self, *, is_second: bool) -> None:
        """Count an export in once it may begin. Raise ExportsBusyError."""
        if not self._line and self._under_way + is_second < self._most:
            self._count(1)
        elif is_second or len(self._line) >= _LINE:
            raise ExportsBusyError
        else:
            await self._wait()

    async def _wait(self) -> None:
        """Wait for the place of an export that ends. Raise ExportsBusyError."""
        place = asyncio.get_running_loop().create_future()
        self._line.append(place)
        try:
            async with asyncio.timeout(_PATIENCE):
                while not place.done():
                    await self._end_slow()
                    await asyncio.wait([place], timeout=_LOOK)
        except BaseException as error:
            if place.done():  # at the last moment
                self._free()
            else:
                self._line.remove(place)
            if isinstance(error, TimeoutError):
                raise ExportsBusyError from None
            raise

    async def _end_slow(self) -> None:
        """End the export that has waited for its client for the longest, if that is too long."""
        now = monotonic()
        slowest = max(self._streams, key=lambda one: one.waited_until(now), default=None)
        if slowest is not None and slowest.waited_until(now) > _SLOW:
            await slowest.end()

    def _end(self, account_id: UUID, stream: RowStream[Any] | None = None) -> None:
        if stream is not None:
            self._streams.discard(stream)
        self._places.leave(account_id)
        self._free()

    def _free(self) -> None:
        """Count an export out; the first in line takes its place."""
        self._count(-1)
        if self._line:
            self._count(1)
            self._line.popleft().set_result(None)

    def _count(self, change: int) -> None:
        self._under_way += change
        EXPORTS.inc(change)
