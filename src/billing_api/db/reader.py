"""Hot reads: statements written in SQLAlchemy, compiled once at import, run on asyncpg itself.

The query stays typed and in its repository; the driver's speed is kept (docs/decisions/0004).
"""

import asyncio
import dataclasses
import json
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import cached_property
from typing import Any, TypeVar, cast

import asyncpg
import structlog
from sqlalchemy import Column, Select, Table
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect

from billing_api.db.address import IDLE_SECONDS, Connection, DatabaseAddress
from billing_api.db.database import OpenTransactionError, transaction_is_open
from billing_api.db.errors import DRIVER_ERRORS, DatabaseUnavailableError, Remedy, state_of, trouble_of

log = structlog.get_logger(__name__)

T = TypeVar("T")
RowT = TypeVar("RowT")

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
        return await self._address.connect(idle_seconds=IDLE_SECONDS, **options)

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.close()

    async def fetch(self, statement: Statement, row: Callable[..., RowT], /, **values: Any) -> list[RowT]:
        """All rows, each made by `row` from its columns in order. Raises DatabaseUnavailableError."""
        records = await self._ask(statement, values)
        return [row(*record) for record in records]

    async def fetch_one(self, statement: Statement, row: Callable[..., RowT], /, **values: Any) -> RowT | None:
        """The first row or None. Raises DatabaseUnavailableError."""
        rows = await self.fetch(statement, row, **values)
        return rows[0] if rows else None

    async def snapshot(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run `work` in one REPEATABLE READ READ ONLY transaction: its reads see the books of the same moment.

        It is repeated as a whole when the database asks for that. Raises DatabaseUnavailableError.
        """
        return await self._patiently(lambda: self._in_snapshot(work))

    async def _in_snapshot(self, work: Callable[[], Awaitable[T]]) -> T:
        async with (
            self._open_pool.acquire(timeout=self._timeout) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            token = _snapshot.set(cast("Connection", connection))  # a pool's proxy is a connection
            try:
                return await work()
            finally:
                _snapshot.reset(token)

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
        """Ask again where the database asks for that: a read has changed nothing."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await ask()
            except DRIVER_ERRORS as error:
                trouble = trouble_of(error)
                if trouble.remedy is Remedy.RAISE:
                    raise
                if trouble.spends:
                    await self._open_pool.expire_connections()
                reason = state_of(error) or type(error).__name__
                if trouble.remedy is Remedy.TELL or attempt == _ATTEMPTS:
                    log.warning("database_unavailable", reason=reason)
                    raise DatabaseUnavailableError from error
                log.info("read_repeated", attempt=attempt, reason=reason)
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
