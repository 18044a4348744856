"""The pool of connections: each is taken for a while, and those that are lost are replaced together.

asyncpg's pool makes connections, replaces them and waits for them. Its acquire and release cost more than the statement
of a short read. So a connection whose work ended without an error is kept here for the next one, for some seconds.
Then, and after each error, asyncpg's own release takes it back.
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic, perf_counter
from types import TracebackType
from typing import Any, cast

import asyncpg
import structlog

from billing_api.db.address import Connection, DatabaseAddress
from billing_api.db.errors import DRIVER_ERRORS, classify
from billing_api.kit.context import acting
from billing_api.kit.metrics import CONNECTIONS, CONNECTIONS_WAITING, POOL_SIZE

log = structlog.get_logger(__name__)

_KEPT_SECONDS = 5.0  # asyncpg's bounds of a connection's age and idle time are met that much later


class Lease:
    """A connection that was taken out of asyncpg's pool, and the time of that.

    `held` is the pool's proxy for the connection, by which it is given back. A call by way of it takes a tenth longer.
    """

    __slots__ = ("connection", "held", "since")

    def __init__(self, held: Connection) -> None:
        self.held = held
        self.connection: Connection = cast("Any", held)._con
        self.since = monotonic()

    def end_if_lost(self) -> bool:
        """Return whether the connection is lost; asyncpg then has its place again."""
        if not self.connection.is_closed():
            return False
        self.end()
        return True

    def end(self) -> None:
        """Close the connection without a word to the server, and give its place back to asyncpg."""
        with suppress(asyncpg.InterfaceError):  # asyncpg has taken it back
            self.held.terminate()

    def is_clean(self) -> bool:
        """Return whether the next statement may use the connection: it is there, and no transaction is open."""
        return not self.connection.is_closed() and not self.connection.is_in_transaction()


class ConnectionPool:
    """The connections of one process to the database."""

    def __init__(
        self, address: DatabaseAddress, *, size: int, timeout_seconds: float, idle_seconds: float, lock_seconds: float
    ) -> None:
        self._address = address
        self._size = size
        self._timeout = timeout_seconds
        self._idle_seconds = idle_seconds
        self._lock_seconds = lock_seconds
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._kept: list[Lease] = []  # the last is used next, so that the others become idle
        self._expired = 0.0  # when all connections were found to be lost
        self._sweep: asyncio.TimerHandle | None = None
        self._releases: set[asyncio.Task[None]] = set()
        self.in_use = 0  # or wanted, or on the way back to asyncpg

    async def open(self) -> None:
        """Make the pool; connections are made when they are needed."""
        self._pool = await asyncpg.create_pool(
            connect=self._connect,
            min_size=0,
            max_size=self._size,
            command_timeout=self._timeout,
            init=_set_codecs,
            reset=_leave_as_it_is,
        )

    async def _connect(self, *_: Any, **options: Any) -> Connection:
        return await self._address.connect(idle_seconds=self._idle_seconds, lock_seconds=self._lock_seconds, **options)

    async def close(self) -> None:
        """Close every connection."""
        if self._sweep is not None:
            self._sweep.cancel()
        self._end_leases(self._kept)
        if self._pool is not None:
            await self._pool.close()

    def measure(self) -> None:
        """Set the gauges of this process's pool."""
        CONNECTIONS.set(min(self.in_use, self._size))
        CONNECTIONS_WAITING.set(max(self.in_use - self._size, 0))
        POOL_SIZE.set(self._size)

    def acquire(self) -> "_Acquired":
        """Take a connection for a while. One that turns out to be lost has those replaced that are as old."""
        return _Acquired(self)

    def take_kept(self) -> Lease | None:
        """Return a connection that was kept, which must be given back, or None."""
        while self._kept:
            lease = self._kept.pop()
            if not lease.end_if_lost():
                self.in_use += 1
                return lease
        return None

    async def take(self) -> Lease:
        """Return a connection of asyncpg's pool, which must be given back.

        Raise TimeoutError and the errors of connecting.
        """
        # A time-out costs more than all the rest: where a connection is free, there is nothing to wait for.
        waits = self.in_use >= self._size
        self.in_use += 1
        try:
            # Not the pool's own methods: they would wait for a free connection without limit.
            connection = cast("Connection", await self._open_pool.acquire(timeout=self._timeout if waits else None))
        except BaseException:
            self.in_use -= 1
            raise
        lease = Lease(connection)
        if not lease.is_clean():  # a cancelled request left a transaction open: nothing may be added to it
            lease.end()
            self.in_use -= 1
            raise asyncpg.ConnectionDoesNotExistError("the connection had a transaction open")
        return lease

    def keep(self, lease: Lease) -> bool:
        """Take a connection back whose work ended without an error, and return True, unless it can't be kept."""
        if not self._may_keep(lease):
            return False
        self.in_use -= 1
        self._kept.append(lease)
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(_KEPT_SECONDS, self._end_old_leases)
        return True

    async def give_back(self, lease: Lease, error: BaseException | None) -> None:
        """Give a connection back to asyncpg after this error, or none."""
        if isinstance(error, DRIVER_ERRORS) and classify(error).spends:
            await self._open_pool.expire_connections()
            self._expired = monotonic()
            while self._kept:
                self._kept.pop().end()
        await asyncio.shield(self._release(lease))

    def _may_keep(self, lease: Lease) -> bool:
        return (
            self.in_use <= self._size  # and no other task waits for asyncpg's release
            and not self._open_pool.is_closing()
            and lease.since > max(self._expired, monotonic() - _KEPT_SECONDS)
            and lease.is_clean()
        )

    def _end_old_leases(self) -> None:
        self._sweep = None
        begin = monotonic() - _KEPT_SECONDS
        self._end_leases([lease for lease in self._kept if lease.since <= begin])
        if self._kept:
            self._sweep = asyncio.get_running_loop().call_later(_KEPT_SECONDS, self._end_old_leases)

    def _end_leases(self, leases: Sequence[Lease]) -> None:
        """Give connections that wait here back to asyncpg."""
        self._kept = [lease for lease in self._kept if lease not in leases]
        for lease in leases:
            self.in_use += 1
            self._release(lease)

    def _release(self, lease: Lease) -> "asyncio.Task[None]":
        """Give a connection back to asyncpg, in a task that no cancelled request ends: until then it is in use."""
        task = asyncio.create_task(self._released(lease))
        self._releases.add(task)
        task.add_done_callback(self._releases.discard)
        return task

    async def _released(self, lease: Lease) -> None:
        try:
            # The time-out is for closing a connection that is to be replaced.
            await self._open_pool.release(cast("Any", lease.held), timeout=self._timeout)
        except DRIVER_ERRORS as failure:  # asyncpg has ended it; the outcome of its work stands
            log.warning("connection_not_given_back", error=type(failure).__name__)
        finally:
            self.in_use -= 1

    @property
    def _open_pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        if self._pool is None:
            raise RuntimeError("the database is not open")
        return self._pool


class _Acquired:
    """A connection within an `async with`; a generator would take twice the time.

    The time is noted for the log line of the request, the wait for the connection included.
    """

    __slots__ = ("_lease", "_pool", "_since")

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    async def __aenter__(self) -> Connection:
        self._since = perf_counter()
        try:
            self._lease = self._pool.take_kept() or await self._pool.take()
        except BaseException:
            self._note_time()
            raise
        return self._lease.connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if error is not None or not self._pool.keep(self._lease):
                await self._pool.give_back(self._lease, error)
        finally:
            self._note_time()

    def _note_time(self) -> None:
        acting().notes.database_seconds += perf_counter() - self._since


async def _set_codecs(connection: Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def _leave_as_it_is(_: object) -> None:
    """Return without a query: no statement changes a session, so there is nothing to clean between two of them.

    A transaction that was left open is rolled back by the pool all the same.
    """
