"""The errors of the database and its drivers: one table for transactions and for reads.

On each the work is repeated as a whole, or it is reported as a 503 with Retry-After, or it is a fault of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import ClassVar

import asyncpg

from billing_api.errors import AppError, Kind, UnavailableError


class DatabaseUnavailableError(UnavailableError):
    """The database can't do it now; nothing was changed."""


class OutcomeUnknownError(DatabaseUnavailableError):
    """The connection was lost while committing: the change may or may not have been made."""

    code, title = "outcome_unknown", "The change may have been made"
    cure = (
        "Read the resource to see whether the change was made, or repeat the request with the same `Idempotency-Key`."
    )

    def __init__(self) -> None:
        super().__init__(
            "The connection to the database was lost while the change was committed. "
            "Read the resource, or repeat the request with the same Idempotency-Key."
        )


class RefusedByDatabaseError(AppError):
    """A constraint of the database does not allow a line of an import, or its value is out of range."""

    code, title, kind = "refused_by_database", "The change can't be stored", Kind.CONFLICT
    cure = "Import the line again. If that does not help, report it: the service should have refused it with a reason."
    sample: ClassVar = {"constraint": "uq_invoices_account_id_number"}

    def __init__(self, constraint: str) -> None:
        super().__init__(f"The database refuses the change ({constraint or 'a value is out of range'}).")


class Remedy(StrEnum):
    """The treatment of an error."""

    REPEAT = auto()  # the whole transaction or read; once that has failed several times, a 503
    REPORT = auto()  # a 503: to try again at once would slow the database down further, or be of no use
    RAISE = auto()  # a 500: a fault of ours, the same each time


@dataclass(frozen=True, slots=True)
class DatabaseError:
    """An error's remedy; `spends` says that the connection and those as old as it are of no more use."""

    remedy: Remedy
    spends: bool = False


_REPEAT, _REPORT, _RAISE = DatabaseError(Remedy.REPEAT), DatabaseError(Remedy.REPORT), DatabaseError(Remedy.RAISE)
_REPEAT_ELSEWHERE = DatabaseError(Remedy.REPEAT, spends=True)

# By SQLSTATE, or by the class of one. Source: PostgreSQL's appendix A, and the errors of poolers.
STATES: Mapping[str, DatabaseError] = {
    "08": _REPEAT_ELSEWHERE,  # the connection is lost; a pooler lost its server
    "25006": _REPEAT_ELSEWHERE,  # read-only: the primary has become a standby
    "25P03": _REPEAT_ELSEWHERE,  # idle in the transaction for too long, as a suspended machine is
    "25P04": DatabaseError(Remedy.REPORT, spends=True),  # the transaction took too long
    "26000": _REPEAT_ELSEWHERE,  # no such prepared statement: behind a pooler, or after DEALLOCATE
    "42P05": _REPEAT_ELSEWHERE,  # the prepared statement is there already: behind a pooler
    "28": _REPORT,  # the role is refused
    "3D000": _REPORT,  # there is no such database
    "40001": _REPEAT,  # a conflict with another transaction, or with a standby's recovery
    "40P01": _REPEAT,  # a deadlock
    "53": _REPORT,  # no room on the disk, no memory
    "53300": _REPEAT_ELSEWHERE,  # too many connections
    "55006": _REPORT,  # in use, as a database that is copied
    "55P03": _REPORT,  # lock_timeout
    "57": _REPORT,  # an operator steps in
    "57014": _REPORT,  # statement_timeout, or cancelled by an operator
    "57P01": _REPEAT_ELSEWHERE,  # shutting down
    "57P02": _REPEAT_ELSEWHERE,  # crashed
    "57P03": _REPEAT_ELSEWHERE,  # starting, or shutting down
    "57P04": _REPEAT_ELSEWHERE,  # the database was dropped
    "57P05": _REPEAT_ELSEWHERE,  # idle for too long
    "58": _REPORT,  # an error of the operating system
}

# All errors of the drivers. asyncpg's InterfaceErrors are its own: a closed connection, but a wrong value, too.
DRIVER_ERRORS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

# A column's type has changed since the statement was prepared (0A000), or a composite type since it was looked up.
_STALE = (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)
_WRONG_USE = (ValueError, asyncpg.UnsupportedClientFeatureError, asyncpg.UnsupportedServerFeatureError)


def classify(error: BaseException) -> DatabaseError:
    """Return the entry of an error of asyncpg's."""
    if isinstance(error, TimeoutError):
        return _REPORT
    if isinstance(error, _STALE):  # the driver has dropped its prepared statements
        return _REPEAT
    if isinstance(error, asyncpg.PostgresError):
        state = state_of(error)
        return STATES.get(state) or STATES.get(state[:2], _RAISE)
    is_driver_error = isinstance(error, DRIVER_ERRORS) and not isinstance(error, _WRONG_USE)
    return _REPEAT_ELSEWHERE if is_driver_error else _RAISE


def state_of(error: BaseException) -> str:
    """Return the SQLSTATE, or an empty text when the server has not said any."""
    return str(getattr(error, "sqlstate", None) or "")
