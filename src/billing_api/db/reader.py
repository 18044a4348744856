"""Hot reads: statements written in SQLAlchemy, compiled once at import, run on asyncpg itself.

The query stays typed and in its repository; the driver's speed is kept (docs/decisions/0004).
"""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from functools import cached_property
from typing import Any, TypeVar, cast

import asyncpg
from sqlalchemy import Column, Select, Table
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect

from billing_api.db.address import Connection, DatabaseAddress
from billing_api.db.session import OpenTransactionError, transaction_is_open
from billing_api.errors import UnavailableError

T = TypeVar("T")
RowT = TypeVar("RowT")

# What asyncpg raises when the server went away, is starting or full: a read can simply be asked again.
LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,  # the server's farewell was read, the end of the connection not yet
)
_ATTEMPTS = 3
_snapshot: ContextVar["Connection | None"] = ContextVar("snapshot", default=None)


class Statement:
    """A SELECT, compiled when first used; its parameters are given by name."""

    def __init__(self, select: Select[*tuple[Any, ...]]) -> None:
        self._select = select

    @cached_property
    def _compiled(self) -> tuple[str, tuple[str, ...], dict[str, Any], frozenset[str]]:
        dialect = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call]
        compiled = self._select.compile(dialect=dialect)
        required = frozenset(name for name, parameter in compiled.binds.items() if parameter.required)
        return str(compiled), tuple(compiled.positiontup or ()), dict(compiled.params), required

    @property
    def sql(self) -> str:
        """The text with `$1` parameters."""
        return self._compiled[0]

    def bind(self, values: dict[str, Any]) -> list[Any]:
        """The parameters in their order; a constant written into the statement keeps its value.

        Raises TypeError when one is unknown or missing.
        """
        _, names, constants, required = self._compiled
        if unknown := values.keys() - set(names):
            raise TypeError(f"the statement has no parameter {sorted(unknown)}")
        if missing := required - values.keys():
            raise TypeError(f"the statement wants the parameter {sorted(missing)}")
        return [values[name] if name in values else constants[name] for name in names]


def columns_of(table: Table | type[Any], row: type[Any]) -> list[Column[Any]]:
    """The table's columns that a row dataclass has, in the order of its fields."""
    columns = table.c if isinstance(table, Table) else table.__table__.c
    return [columns[field.name] for field in dataclasses.fields(row)]


class Reader:
    """The read side: a pool of the driver's own connections in autocommit, one round trip a statement."""

    def __init__(self, address: DatabaseAddress, *, pool_size: int, timeout_seconds: float) -> None:
        """Take the address and the time-out of a statement; `open` makes the pool."""
        self._address = address
        self._pool_size = pool_size
        self._timeout = timeout_seconds
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def open(self) -> None:
        """Make the pool; connections are made when they are needed."""
        self._pool = await asyncpg.create_pool(
            connect=self._connect,
            min_size=0,
            max_size=self._pool_size,
            command_timeout=self._timeout,
            init=_set_codecs,
            reset=_leave_as_it_is,
        )

    async def _connect(self, *_: Any, **options: Any) -> Connection:
        return await self._address.connect(**options)

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.close()

    async def fetch(self, statement: Statement, row: Callable[..., RowT], /, **values: Any) -> list[RowT]:
        """All rows, each made by `row` from its columns in order. Raises UnavailableError."""
        records = await self._ask(statement, values)
        return [row(*record) for record in records]

    async def fetch_one(self, statement: Statement, row: Callable[..., RowT], /, **values: Any) -> RowT | None:
        """The first row or None. Raises UnavailableError."""
        rows = await self.fetch(statement, row, **values)
        return rows[0] if rows else None

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[None]:
        """One REPEATABLE READ READ ONLY transaction: every read inside sees the books of the same moment.

        Raises UnavailableError, also when the connection is lost half-way.
        """
        connection, opened = await self._patiently(self._begin_snapshot)
        try:
            async with opened:
                token = _snapshot.set(connection)
                try:
                    yield
                finally:
                    _snapshot.reset(token)
        except LOST as error:
            raise UnavailableError from error

    async def _begin_snapshot(self) -> tuple[Connection, AsyncExitStack]:
        async with AsyncExitStack() as opening:
            connection = await opening.enter_async_context(self._open_pool.acquire(timeout=self._timeout))
            await opening.enter_async_context(connection.transaction(isolation="repeatable_read", readonly=True))
            return cast("Connection", connection), opening.pop_all()  # a pool's proxy is a connection

    async def _ask(self, statement: Statement, values: dict[str, Any]) -> list[asyncpg.Record]:
        if transaction_is_open():
            raise OpenTransactionError("a hot read would not see this transaction's changes: read by its session")
        arguments = statement.bind(values)
        if (connection := _snapshot.get()) is not None:
            return await connection.fetch(statement.sql, *arguments)
        return await self._patiently(lambda: self._fetch(statement.sql, arguments))

    async def _fetch(self, sql: str, arguments: list[Any]) -> list[asyncpg.Record]:
        # Not the pool's own fetch: it would wait for a free connection without limit.
        async with self._open_pool.acquire(timeout=self._timeout) as connection:
            return await connection.fetch(sql, *arguments)

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask again what a lost connection did not answer."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await ask()
            except LOST as error:
                # A statement that took too long is not asked again: that would add to what makes it slow.
                if attempt == _ATTEMPTS or isinstance(error, TimeoutError):
                    raise UnavailableError from error
                await asyncio.sleep(0.05 * attempt)
        raise AssertionError("the last attempt returns or raises")

    @property
    def _open_pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        if self._pool is None:
            raise RuntimeError("the reader is not open")
        return self._pool


async def _set_codecs(connection: Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def _leave_as_it_is(_: object) -> None:
    """Reads change nothing in a session, so the driver's cleaning between two of them is a round trip for nothing.

    A transaction that was left open is rolled back by the pool all the same.
    """
