"""Asks a pooled connection whether it lives, when it has rested for a while.

SQLAlchemy's own pre-ping asks before every transaction, and by asyncpg that is three round trips: BEGIN, nothing,
ROLLBACK. A connection that was in use a moment ago is believed instead: if it died since, its first statement says so,
and `Database.run` repeats the transaction.
"""

import math
import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

REST_SECONDS = 1.0

_RESTS_SINCE = "rests_since"


def ask_rested_connections(engine: Engine) -> None:
    """Have the engine's pool do so; a connection that does not answer takes all that are as old with it."""

    def note(_connection: Any, entry: ConnectionPoolEntry) -> None:
        entry.info[_RESTS_SINCE] = time.monotonic()

    def ask(connection: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
        if time.monotonic() - entry.info.get(_RESTS_SINCE, math.inf) < REST_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except (engine.dialect.loaded_dbapi.Error, OSError) as error:
            raise InvalidatePoolError("a connection that rested is lost") from error

    event.listen(engine, "checkin", note)
    event.listen(engine, "checkout", ask)
