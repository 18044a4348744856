"""Rows of one statement, batch by batch: any number of them in constant memory."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from contextvars import copy_context
from time import monotonic
from typing import Any, Generic, Self, TypeVar

from billing_api.db.errors import DRIVER_ERRORS
from billing_api.db.pool import ConnectionPool
from billing_api.db.statements import Statement

RowT = TypeVar("RowT")

# A batch is in memory as a whole, and the first byte of a file waits for one.
BATCH_ROWS = 500
# The plan of a page: for an unknown LIMIT PostgreSQL expects a tenth of the rows, and so reads them in their order from
# an index, where it would sort them all first for a known one.
_PLAN = "SET LOCAL plan_cache_mode = force_generic_plan"


class StreamEndedError(TimeoutError):
    """The stream was ended before its last row, since its reader was slow."""


class RowStream(Generic[RowT]):
    """The rows of a statement in a REPEATABLE READ READ ONLY transaction of its own: the books of one moment.

    It has a connection until `close`, which its user must call. Between two batches the server waits, as long as it
    lets any transaction be idle.
    """

    def __init__(self, statement: Statement[RowT]) -> None:
        self._statement = statement
        self._closing = AsyncExitStack()
        self._cursor: Any = None
        self._first: list[RowT] = []
        self._context = copy_context()  # the time of its connection is noted for the request that began it
        self._ending: asyncio.Task[None] | None = None
        self._waited = 0.0
        self._waits_since: float | None = None

    @classmethod
    async def begin(cls, pool: ConnectionPool, statement: Statement[RowT], arguments: Sequence[Any]) -> Self:
        """Take a connection and read the first batch. Raise the driver's errors."""
        stream = cls(statement)
        try:
            connection = await stream._closing.enter_async_context(pool.acquire())
            snapshot = connection.transaction(isolation="repeatable_read", readonly=True)
            await stream._closing.enter_async_context(snapshot)
            await connection.execute(_PLAN)
            stream._cursor = await connection.cursor(statement.sql, *arguments)
            stream._first = await stream._fetch()
        except BaseException:
            await stream.close()
            raise
        return stream

    async def __aiter__(self) -> AsyncIterator[list[RowT]]:
        """Yield the batches. Raise StreamEndedError, the driver's errors: then the rows are incomplete."""
        batch, self._first = self._first, []
        while batch:
            self._waits_since = monotonic()
            yield batch
            if self._ending is not None:
                raise StreamEndedError
            self._waited += monotonic() - self._waits_since
            self._waits_since = None
            batch = await self._fetch() if len(batch) == BATCH_ROWS else []

    def waited_until(self, now: float) -> float:
        """Return the seconds that it has waited for its reader; 0 while it reads a batch, or is being ended.

        `now` is of the monotonic clock.
        """
        if self._waits_since is None or self._ending is not None:
            return 0.0
        return self._waited + now - self._waits_since

    async def end(self) -> None:
        """Close it while it waits for its reader, who gets no further batch."""
        self._ending = asyncio.create_task(self.close(), context=self._context)
        await asyncio.shield(self._ending)

    def on_close(self, callback: Callable[[], None]) -> None:
        """Have a function called when the stream is closed."""
        self._closing.callback(callback)

    async def close(self) -> None:
        """End the transaction and give the connection back; a second time does nothing."""
        with suppress(*DRIVER_ERRORS):  # a connection that is lost has ended its transaction
            await self._closing.aclose()

    async def _fetch(self) -> list[RowT]:
        return [self._statement.make(record) for record in await self._cursor.fetch(BATCH_ROWS)]
