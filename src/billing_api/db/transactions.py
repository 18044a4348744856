"""The open transaction of a task."""

from collections.abc import Callable, Hashable
from contextvars import ContextVar

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


present_transaction: ContextVar[Transaction | None] = ContextVar("transaction", default=None)


def transaction_is_open() -> bool:
    """Return whether this task has a transaction; the gateway refuses to be called then."""
    return present_transaction.get() is not None
