"""Transactions: begun, committed and retried here and nowhere else.

A service's entry method is marked `@in_transaction`; inside it the repositories find the open session by
`Database.session`. A block can't be retried, a function can: that is why there is no `async with` to call.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import ContextVar
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import structlog
from sqlalchemy import ExceptionContext, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from billing_api.db.address import IDLE_SECONDS, DatabaseAddress
from billing_api.db.base import constraint_of
from billing_api.db.errors import DATABASE_ERRORS, DatabaseUnavailableError, Remedy, state_of, trouble_of
from billing_api.db.liveness import ask_rested_connections
from billing_api.errors import AppError, Kind

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)

_ATTEMPTS = 5
_REFUSALS = {"22", "23"}  # classes of states: a value out of range, a constraint
_open_session: ContextVar[AsyncSession | None] = ContextVar("open_session", default=None)


class NoTransactionError(RuntimeError):
    """SQL of a transaction was asked for outside of one: a fault of the program."""


class OpenTransactionError(RuntimeError):
    """Something that must not happen inside a transaction was tried in one: a fault of the program."""


class OutcomeUnknownError(DatabaseUnavailableError):
    """The connection was lost while committing: the change may or may not have been made."""

    code, title = "outcome_unknown", "The change may have been made"

    def __init__(self) -> None:
        super().__init__(
            "The connection to the database was lost while the change was committed. "
            "Read the resource, or repeat the request with the same Idempotency-Key."
        )


class RefusedByDatabaseError(AppError):
    """A constraint of the database does not allow the change."""

    code, title, kind = "refused_by_database", "The change can't be stored", Kind.CONFLICT

    def __init__(self, constraint: str) -> None:
        super().__init__(f"The database refuses the change ({constraint or 'a value is out of range'}).")


def transaction_is_open() -> bool:
    """Whether this task holds a transaction; the gateway refuses to be called then."""
    return _open_session.get() is not None


class Database:
    """The write side: one engine, and the runner of transactions."""

    def __init__(
        self, address: DatabaseAddress, *, pool_size: int, timeout_seconds: float, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        """Take the address and the time-outs of a statement and of a transaction that does nothing.

        Nothing connects before the first transaction.
        """
        self.engine: AsyncEngine = address.engine(
            command_timeout=timeout_seconds,
            idle_seconds=idle_seconds,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=timeout_seconds,
            hide_parameters=True,  # an error's text is logged, and parameters hold digests and personal data
        )
        ask_rested_connections(self.engine.sync_engine)
        event.listen(self.engine.sync_engine, "handle_error", _drop_spent_connections)
        self._sessions = async_sessionmaker(self.engine, autobegin=False, expire_on_commit=False)

    @property
    def session(self) -> AsyncSession:
        """The open transaction's session. Raises NoTransactionError."""
        session = _open_session.get()
        if session is None:
            raise NoTransactionError("this needs an open transaction: call it from an @in_transaction method")
        return session

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run `work` in one transaction and commit; repeat it whole when the database asks for that.

        Raises OpenTransactionError inside another one, DatabaseUnavailableError when the database can't do it now,
        OutcomeUnknownError when it was lost during the commit.
        """
        if transaction_is_open():
            raise OpenTransactionError("transactions don't nest: call the service's `…_in` method instead")
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._attempt(work)
            except DATABASE_ERRORS as error:
                remedy = trouble_of(error).remedy
                if remedy is Remedy.RAISE:
                    raise
                reason = state_of(error) or type(error).__name__
                if remedy is Remedy.TELL or attempt == _ATTEMPTS:
                    log.warning("database_unavailable", reason=reason)
                    raise DatabaseUnavailableError from error
                log.info("transaction_repeated", attempt=attempt, reason=reason)
            await asyncio.sleep(random.uniform(0.5, 1.5) * 0.02 * 2**attempt)  # noqa: S311 - a backoff is no secret
        raise AssertionError("the last attempt returns or raises")

    async def _attempt(self, work: Callable[[], Awaitable[T]]) -> T:
        async with self._sessions() as session:
            transaction = await session.begin()
            token = _open_session.set(session)
            try:
                result = await work()
                await session.flush()
            except BaseException:
                await transaction.rollback()
                raise
            finally:
                _open_session.reset(token)
            try:
                await transaction.commit()
            except DATABASE_ERRORS as error:
                if trouble_of(error).spends or not state_of(error):
                    raise OutcomeUnknownError from error
                raise
            return result

    async def savepoint(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run a part of the open transaction so that it can fail alone: what it did is undone, and the error goes on.

        What the database itself refuses is a RefusedByDatabaseError, after which the transaction is whole.
        """
        session = self.session
        await session.flush()
        try:
            async with session.begin_nested():
                result = await work()
                await session.flush()
        except DBAPIError as error:
            if state_of(error)[:2] not in _REFUSALS:
                raise
            raise RefusedByDatabaseError(constraint_of(error)) from error
        return result

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


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


def _drop_spent_connections(context: ExceptionContext) -> None:
    """Have the pool replace a connection that is of no more use, and those that are as old."""
    if trouble_of(context.original_exception).spends:
        context.is_disconnect = True
