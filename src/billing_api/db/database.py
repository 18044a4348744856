"""The one way to the database: a pool of asyncpg's connections, and the runner of transactions.

A service's entry method is marked `@in_transaction`. Inside it every statement runs on the transaction's connection;
outside it a statement is a read of its own, or it raises. A block can't be retried, a function can: that is why there
is no `async with` to call.
"""

from collections.abc import Awaitable, Callable, Coroutine, Hashable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import asyncpg

from billing_api.db.address import IDLE_SECONDS, Connection, DatabaseAddress
from billing_api.db.base import constraint_of
from billing_api.db.errors import (
    DRIVER_ERRORS,
    OutcomeUnknownError,
    RefusedByDatabaseError,
    classify,
    state_of,
)
from billing_api.db.pool import ConnectionPool
from billing_api.db.retries import repeat, with_retries
from billing_api.db.statements import Command, Statement
from billing_api.db.streams import RowStream
from billing_api.db.transactions import (
    NoTransactionError,
    OpenTransactionError,
    Transaction,
    present_transaction,
    transaction_is_open,
)
from billing_api.db.turns import Turns, WaitForTurnError
from billing_api.kit.tracing import database_span

P = ParamSpec("P")
T = TypeVar("T")
RowT = TypeVar("RowT")

_ATTEMPTS, _ATTEMPTS_OF_A_READ = 5, 3
_REFUSALS = {"22", "23"}  # classes of SQLSTATEs: a value out of range, a constraint


_snapshot: ContextVar["Connection | None"] = ContextVar("snapshot", default=None)


class Database:
    """Reads, changes and transactions; every part of the service has the same one."""

    def __init__(
        self,
        address: DatabaseAddress,
        *,
        pool_size: int,
        timeout_seconds: float,
        idle_seconds: float = IDLE_SECONDS,
        lock_seconds: float = 10.0,
    ) -> None:
        """Take the address and the time-outs of a statement, of a transaction that does nothing, and of a lock.

        Nothing connects before the first statement.
        """
        self._pool = ConnectionPool(
            address,
            size=pool_size,
            timeout_seconds=timeout_seconds,
            idle_seconds=idle_seconds,
            lock_seconds=lock_seconds,
        )
        self._turns = Turns(timeout_seconds=lock_seconds)

    async def open(self) -> None:
        """Make the pool; connections are made when they are needed."""
        await self._pool.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    # Statements

    async def fetch(self, statement: Statement[RowT], /, **values: Any) -> list[RowT]:
        """Return all rows. Raise NoTransactionError for a change outside a transaction, DatabaseUnavailableError."""
        return [statement.make(record) for record in await self._fetch(statement, values)]

    async def fetch_one(self, statement: Statement[RowT], /, **values: Any) -> RowT | None:
        """Return the first row, or None. Raise as `fetch` does."""
        records = await self._fetch(statement, values)
        return statement.make(records[0]) if records else None

    async def execute(self, command: Command, /, **values: Any) -> int:
        """Run a command of the open transaction, and return the number of rows that it changed."""
        connection = self._open.connection
        status = await connection.execute(command.sql, *command.bind(values))
        return int(status.rpartition(" ")[2])

    async def execute_many(self, command: Command, rows: Sequence[Mapping[str, Any]], /) -> None:
        """Run a command of the open transaction for each of these parameters, in one round trip."""
        connection = self._open.connection
        if rows:
            await connection.executemany(command.sql, [command.bind(row) for row in rows])

    def append(self, command: Command, /, **values: Any) -> None:
        """Have a change made at the end of the open transaction, in one round trip with the others (db/appended.py).

        No statement of the transaction sees it.
        """
        self._open.appended.add(command, values)

    async def write_appended(self) -> None:
        """Make the appended changes of the open transaction now, for one that reads them; outside of savepoints."""
        transaction = self._open
        await transaction.appended.write(transaction.connection)

    def after_commit(self, callback: Callable[[], object]) -> None:
        """Have a function called once the open transaction is committed; never when it is not."""
        self._open.after_commit.append(callback)

    async def take_turn(self, key: Hashable) -> None:
        """Let few transactions of this process at a time go on past this point for this key.

        Where it is another's turn the transaction ends, waits without a connection, and begins again.
        Raise DatabaseUnavailableError when that takes too long.
        """
        turns = self._open.turns
        if key not in turns:
            if not await self._turns.take(key):
                raise WaitForTurnError(key)
            turns.add(key)

    @property
    def connection(self) -> Connection:
        """The open transaction's connection, for work without a statement, such as COPY. Raise NoTransactionError."""
        return self._open.lent_connection

    @property
    def _open(self) -> Transaction:
        transaction = present_transaction.get()
        if transaction is None:
            raise NoTransactionError("this needs an open transaction: call it from an @in_transaction method")
        return transaction

    def _fetch(self, statement: Statement[Any], values: Mapping[str, Any]) -> Awaitable[list[asyncpg.Record]]:
        """Return the driver's own coroutine where it can be: each one around it takes time for each statement."""
        arguments = statement.bind(values)
        if (transaction := present_transaction.get()) is not None:
            return transaction.connection.fetch(statement.sql, *arguments)
        if statement.needs_transaction:
            raise NoTransactionError("this changes or locks rows: call it from an @in_transaction method")
        if (connection := _snapshot.get()) is not None:
            return connection.fetch(statement.sql, *arguments)
        return self.fetch_records(statement.sql, arguments)

    async def fetch_records(self, sql: str, arguments: Sequence[Any]) -> list[asyncpg.Record]:
        """Read outside of transactions and snapshots."""
        try:
            return await self._read(sql, arguments)
        except DRIVER_ERRORS as error:
            return await repeat(
                lambda: self._read(sql, arguments), error, attempts=_ATTEMPTS_OF_A_READ, event="read_repeated"
            )

    async def _read(self, sql: str, arguments: Sequence[Any]) -> list[asyncpg.Record]:
        with database_span("read", sql):
            async with self._pool.acquire() as connection:
                return await connection.fetch(sql, *arguments)

    # Transactions

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run `work` in one transaction and commit; repeat it whole when the database asks for that.

        Raise OpenTransactionError inside another one, DatabaseUnavailableError when the database can't do it now,
        OutcomeUnknownError when the connection was lost during the commit.
        """
        if transaction_is_open():
            raise OpenTransactionError("transactions don't nest: give the inner method the open one's LockedAccount")
        turns: set[Hashable] = set()
        try:
            while True:
                try:
                    return await with_retries(
                        lambda: self._attempt(work, turns), attempts=_ATTEMPTS, event="transaction_repeated"
                    )
                except WaitForTurnError as error:
                    self._end(turns)
                    await self._turns.wait(error.key)
                    turns.add(error.key)
        finally:
            self._end(turns)

    def _end(self, turns: set[Hashable]) -> None:
        while turns:
            self._turns.end(turns.pop())

    async def _attempt(self, work: Callable[[], Awaitable[T]], turns: set[Hashable]) -> T:
        with database_span("transaction"):
            async with self._pool.acquire() as connection:
                await connection.execute("BEGIN")
                transaction = Transaction(connection, turns)
                token = present_transaction.set(transaction)
                try:
                    result = await work()
                    await transaction.appended.write(connection)
                except BaseException:
                    await _roll_back(connection)
                    raise
                finally:
                    present_transaction.reset(token)
                    transaction.has_ended = True
                try:
                    await connection.execute("COMMIT")
                except DRIVER_ERRORS as error:
                    if classify(error).spends or not state_of(error):
                        raise OutcomeUnknownError from error
                    raise
                for callback in transaction.after_commit:
                    callback()
        return result

    async def savepoint(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run a part of the open transaction that may fail alone: its changes are undone, and the error goes on.

        A refusal of the database itself is a RefusedByDatabaseError, after which the transaction is whole.
        """
        transaction = self._open
        appended, callbacks = len(transaction.appended), len(transaction.after_commit)
        try:
            result = await transaction.save(work)
        except BaseException as error:
            transaction.appended.forget_after(appended)
            del transaction.after_commit[callbacks:]
            if isinstance(error, DRIVER_ERRORS) and state_of(error)[:2] in _REFUSALS:
                raise RefusedByDatabaseError(constraint_of(error)) from error
            raise
        return result

    async def snapshot(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run `work` in one REPEATABLE READ READ ONLY transaction: its reads see the books of the same moment.

        It is repeated as a whole when the database asks for that. Raise DatabaseUnavailableError.
        """
        return await with_retries(
            lambda: self._read_in_snapshot(work), attempts=_ATTEMPTS_OF_A_READ, event="read_repeated"
        )

    async def _read_in_snapshot(self, work: Callable[[], Awaitable[T]]) -> T:
        with database_span("snapshot"):
            async with self._pool.acquire() as connection:
                await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                token = _snapshot.set(connection)
                try:
                    result = await work()
                except BaseException:
                    await _roll_back(connection)
                    raise
                finally:
                    _snapshot.reset(token)
                await connection.execute("COMMIT")
        return result

    async def stream(self, statement: Statement[RowT], /, **values: Any) -> RowStream[RowT]:
        """Begin to read rows of any number, whose first batch is there; the caller closes the stream.

        Raise DatabaseUnavailableError.
        """
        arguments = statement.bind(values)
        return await with_retries(
            lambda: RowStream.begin(self._pool, statement, arguments),
            attempts=_ATTEMPTS_OF_A_READ,
            event="read_repeated",
        )

    def measure(self) -> None:
        """Set the gauges of the pool."""
        self._pool.measure()

    @property
    def connections_in_use(self) -> int:
        """The number of connections in use by statements and transactions, and of those that are waited for."""
        return self._pool.in_use


class _HasDatabase(Protocol):
    @property
    def db(self) -> Database: ...


SelfT = TypeVar("SelfT", bound=_HasDatabase)


def in_transaction(
    method: Callable[Concatenate[SelfT, P], Awaitable[T]],
) -> Callable[Concatenate[SelfT, P], Coroutine[Any, Any, T]]:
    """Make a service's method an entry: it runs in a transaction of its own, and as a whole again on a conflict."""

    @wraps(method)
    async def run(self: SelfT, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.db.run(lambda: method(self, *args, **kwargs))

    return run


async def _roll_back(connection: Connection) -> None:
    """Roll back; a connection that is lost has done so already, and the error on the way says more."""
    with suppress(*DRIVER_ERRORS):
        await connection.execute("ROLLBACK")
