"""The open transaction of a task."""

from collections.abc import Awaitable, Callable, Hashable
from contextvars import ContextVar
from typing import Any, TypeVar, cast

import asyncpg

from billing_api.db.address import Connection
from billing_api.db.appended import Appended

T = TypeVar("T")


class NoTransactionError(RuntimeError):
    """A statement that needs a transaction was run outside of one: a fault of the program."""


class OpenTransactionError(RuntimeError):
    """Something that must not happen inside a transaction was tried in one: a fault of the program."""


class Transaction:
    """An open transaction: its connection, and the work that waits for its end.

    Its own statements are sent as they are: asyncpg's class for them takes a fifth longer.
    """

    def __init__(self, connection: Connection, turns: set[Hashable]) -> None:
        self.connection = connection
        self.turns = turns
        self.appended = Appended()
        self.after_commit: list[Callable[[], object]] = []
        self.has_ended = False
        self._savepoints = 0

    async def save(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run a part of the transaction behind a savepoint, to which an error brings it back."""
        self._savepoints += 1
        name = f"savepoint_{self._savepoints}"
        await self.connection.execute(f"SAVEPOINT {name}")
        try:
            result = await work()
        except BaseException:
            await self.connection.execute(f"ROLLBACK TO SAVEPOINT {name}")
            raise
        await self.connection.execute(f"RELEASE SAVEPOINT {name}")
        return result

    @property
    def lent_connection(self) -> Connection:
        """The connection for a user who might keep it beyond the transaction's end: there it raises InterfaceError."""
        return cast("Connection", _LentConnection(self))


class _LentConnection:
    """The connection of a transaction until its end: then others use it."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def __getattr__(self, name: str) -> Any:
        if self._transaction.has_ended:
            raise asyncpg.InterfaceError("the connection has been released back to the pool")
        return getattr(self._transaction.connection, name)


present_transaction: ContextVar[Transaction | None] = ContextVar("transaction", default=None)


def transaction_is_open() -> bool:
    """Return whether this task has a transaction; the gateway refuses to be called then."""
    return present_transaction.get() is not None
