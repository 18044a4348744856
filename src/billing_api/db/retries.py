"""Repeat work on the database's passing errors, a few times; stamina does the waiting."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import stamina
import stamina.instrumentation
import structlog

from billing_api.db.errors import (
    DRIVER_ERRORS,
    DatabaseUnavailableError,
    OutcomeUnknownError,
    Remedy,
    classify,
    state_of,
)
from billing_api.kit.metrics import REPEATS, UNAVAILABLE

T = TypeVar("T")

log = structlog.get_logger(__name__)

_FIRST_WAIT_SECONDS = 0.03
# A restarting PostgreSQL is back by then, and a browser's request is still open.
PATIENCE = timedelta(seconds=25)

stamina.instrumentation.set_on_retry_hooks([])  # this module logs each repetition itself, without arguments


async def with_retries(work: Callable[[], Awaitable[T]], *, attempts: int, event: str) -> T:
    """Run a transaction or a read, and run it again as a whole while the database asks for that.

    Each repetition is logged as `event`. Raise DatabaseUnavailableError when it can't be done now.
    """

    try:
        return await work()  # outside the loop, which costs time: it nearly always succeeds
    except DRIVER_ERRORS as error:
        return await repeat(work, error, attempts=attempts, event=event)


async def repeat(work: Callable[[], Awaitable[T]], first: Exception, *, attempts: int, event: str) -> T:
    """Run work again whose first attempt of these ended with this error. Raise as `with_retries` does."""
    try:
        return await _repeat(work, first, attempts=attempts - 1, event=event)
    except DRIVER_ERRORS as error:
        if classify(error).remedy is Remedy.RAISE:
            raise
        UNAVAILABLE.labels(_reason(error)).inc()
        log.warning("database_unavailable", reason=_reason(error))
        raise DatabaseUnavailableError from error


async def _repeat(work: Callable[[], Awaitable[T]], first: Exception, *, attempts: int, event: str) -> T:
    """Run it again after its first error, if that is one which passes. Raise the last error."""

    def is_repeatable(error: Exception) -> bool:
        repeats = isinstance(error, DRIVER_ERRORS) and classify(error).remedy is Remedy.REPEAT
        if repeats:
            REPEATS.labels(_reason(error)).inc()
            log.info(event, reason=_reason(error))
        return repeats

    if not is_repeatable(first):
        raise first
    await asyncio.sleep(_FIRST_WAIT_SECONDS)  # the other side of a deadlock gets what it waited for
    async for attempt in stamina.retry_context(
        on=is_repeatable, attempts=attempts, timeout=None, wait_initial=0.04, wait_max=0.7, wait_jitter=0.04
    ):
        with attempt:
            return await work()
    raise AssertionError("the last attempt returns or raises")


async def patiently(
    record: Callable[[], Awaitable[T]], *, patience: timedelta = PATIENCE, past_a_lost_commit: bool = True
) -> T:
    """Write the outcome of an action outside the database, and try again until it is written or `patience` is over.

    After a commit whose response was lost only an idempotent change may be written again. Raise the last error.
    """

    def is_worth_waiting(error: Exception) -> bool:
        waits = isinstance(error, (DatabaseUnavailableError, *DRIVER_ERRORS))
        if not waits or (isinstance(error, OutcomeUnknownError) and not past_a_lost_commit):
            return False
        log.warning("recording_waits_for_the_database", reason=_reason(error))
        return True

    async for attempt in stamina.retry_context(
        on=is_worth_waiting, attempts=None, timeout=patience, wait_initial=0.1, wait_max=2.0, wait_jitter=0
    ):
        with attempt:
            return await record()
    raise AssertionError("the last attempt returns or raises")


def _reason(error: BaseException) -> str:
    return state_of(error) or type(error.__cause__ or error).__name__
