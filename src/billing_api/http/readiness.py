"""The readiness of this process for requests."""

import asyncio

import asyncpg

from billing_api.db import revisions
from billing_api.db.address import DatabaseAddress
from billing_api.db.errors import DRIVER_ERRORS

_PATIENCE_SECONDS = 2.0
_TAKES_WRITES = "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'"


class Readiness:
    """A check of the database, and of whether the process is about to stop."""

    def __init__(self, address: DatabaseAddress) -> None:
        self._address = address
        self._head = revisions.head()
        self._check: asyncio.Task[str | None] | None = None
        self.stopping = False

    async def reason(self) -> str | None:
        """Return the reason for not being ready, in a few words; None when ready."""
        if self.stopping:
            return "stopping"
        if self._check is None or self._check.done():
            self._check = asyncio.create_task(self._look())
        # One connection for all who ask at once; the check goes on for the others when one of them leaves.
        return await asyncio.shield(self._check)

    async def _look(self) -> str | None:
        current = None
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                # A connection outside of the pool: a pool in full use means load, and the process is still ready.
                connection = await self._address.connect()
                try:
                    current = await revisions.current(connection)
                    takes_writes = await connection.fetchval(_TAKES_WRITES)
                finally:
                    await connection.close()
        except asyncpg.TargetServerAttributeNotMatched:  # the address asks for a server that takes writes
            takes_writes = False
        except DRIVER_ERRORS:
            return "the database can't be reached"
        if not takes_writes:
            return "the database takes no writes"
        return None if current == self._head else "the database is not migrated"
