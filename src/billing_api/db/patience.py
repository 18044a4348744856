"""Waiting for the database where something outside has been done already and has to be written down."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import structlog

from billing_api.db.database import OutcomeUnknownError
from billing_api.db.errors import DATABASE_ERRORS, DatabaseUnavailableError

T = TypeVar("T")

log = structlog.get_logger(__name__)

# A restarting PostgreSQL is back by then, and a browser's request is still open.
PATIENCE = timedelta(seconds=25)
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.1, 2.0


async def patiently(
    record: Callable[[], Awaitable[T]], *, patience: timedelta = PATIENCE, past_a_lost_commit: bool = True
) -> T:
    """Record again and again, whatever the database raises, until it is done or the patience is over.

    Past a commit whose answer was lost only what is idempotent can be recorded again. Raises the database's last error.
    """
    time = asyncio.get_running_loop().time
    give_up_at, wait = time() + patience.total_seconds(), _FIRST_WAIT_SECONDS
    while True:
        try:
            return await record()
        except (DatabaseUnavailableError, *DATABASE_ERRORS) as error:
            is_over = time() + wait > give_up_at
            if is_over or (isinstance(error, OutcomeUnknownError) and not past_a_lost_commit):
                raise
            log.warning("recording_waits_for_the_database", reason=type(error.__cause__ or error).__name__)
        await asyncio.sleep(wait)
        wait = min(2 * wait, _LONGEST_WAIT_SECONDS)
