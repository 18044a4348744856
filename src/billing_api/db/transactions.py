"""The open transaction of a task."""

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from typing import Any, cast

import asyncpg

from billing_api.db.address import Connection
from billing_api.db.appended import Appended


class NoTransactionError(RuntimeError):
    """A statement that needs a transaction was run outside of one: a fault of the program."""


class OpenTransactionError(RuntimeError):
    """Something that must not happen inside a transaction was tried in one: a fault of the program."""


class Transaction:
    """An open transaction: its connection, and the work that waits for its end."""

    def __init__(self, connection: Connection, turns: set[Hashable]) -> None:
        self.connection = connection
        self.turns = turns
        self.appended = Appended()
        self.after_commit: list[Callable[[], object]] = []
        self.has_ended = False

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
