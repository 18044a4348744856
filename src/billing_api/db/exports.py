"""Exports: streams of rows, few at a time, so that they leave connections to everybody else."""

from time import monotonic
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from billing_api.db.database import Database
from billing_api.db.statements import Statement
from billing_api.db.streams import RowStream
from billing_api.errors import AppError, Kind, UnavailableError
from billing_api.kit.metrics import EXPORTS
from billing_api.kit.places import Places

RowT = TypeVar("RowT")

OF_ACCOUNT = 2  # at once, for each account in a process; none takes a second one where no other is left
_SLOW = 10.0  # seconds that an export has waited for its client: then it makes room for another account
_SHARE = 4  # of so many connections of the pool, one may be an export's


class TooManyExportsError(AppError):
    """The account has as many exports under way as it may have."""

    code, title, kind = "too_many_exports", "Other exports are under way", Kind.TOO_MANY
    cure = "Wait until an export of the account has ended, then repeat the request."
    sample: ClassVar = {"most": OF_ACCOUNT}

    def __init__(self, most: int) -> None:
        super().__init__(f"An account may have {most} exports under way at once: try again shortly.", retry_after=5)


class ExportsBusyError(UnavailableError):
    """As many exports are under way as the service allows."""

    code, title = "exports_busy", "Too many exports are under way"
    cure = "Repeat the request after the seconds of `Retry-After`."

    def __init__(self) -> None:
        super().__init__("As many exports are under way as the service allows: try again shortly.")


class Exports:
    """The exports of this process: a few for each account, and together a quarter of the connections."""

    def __init__(self, db: Database, *, pool_size: int) -> None:
        self._db = db
        self._most = max(1, pool_size // _SHARE)
        self._streams: set[RowStream[Any]] = set()
        self._places = Places(OF_ACCOUNT, TooManyExportsError)

    async def open(self, account_id: UUID, statement: Statement[RowT], /, **values: Any) -> RowStream[RowT]:
        """Begin an export of an account, which lasts until it is closed.

        Raise TooManyExportsError, ExportsBusyError, DatabaseUnavailableError.
        """
        await self._begin(account_id)
        try:
            stream = await self._db.stream(statement, account_id=account_id, **values)
        except BaseException:
            self._end(account_id)
            raise
        self._streams.add(stream)
        stream.on_close(lambda: self._end(account_id, stream))
        return stream

    @property
    def under_way(self) -> int:
        """The number of exports that are not closed yet."""
        return self._places.taken

    async def _begin(self, account_id: UUID) -> None:
        self._places.take(account_id)
        EXPORTS.inc()
        is_second = self._places.of(account_id) > 1
        if self._places.taken + is_second <= self._most:
            return
        slowest = None if is_second else self._find_slow()
        if slowest is None:
            self._end(account_id)
            raise ExportsBusyError
        try:
            await slowest.end()
        except BaseException:
            self._end(account_id)
            raise

    def _find_slow(self) -> RowStream[Any] | None:
        """Return the export that has waited for its client for the longest, if that is too long."""
        now = monotonic()
        slowest = max(self._streams, key=lambda one: one.waited_until(now), default=None)
        return slowest if slowest is not None and slowest.waited_until(now) > _SLOW else None

    def _end(self, account_id: UUID, stream: RowStream[Any] | None = None) -> None:
        EXPORTS.dec()
        if stream is not None:
            self._streams.discard(stream)
        self._places.leave(account_id)
