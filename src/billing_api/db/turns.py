"""Turns: few transactions of this process at a time wait for the same account's lock.

Those that wait in PostgreSQL hold a pooled connection each. Sixteen payers of one account would leave none for anybody
else, so the others wait here, before they take one.
"""

import asyncio
from collections.abc import Hashable

from billing_api.db.errors import DatabaseUnavailableError
from billing_api.kit.metrics import TURN_SECONDS

_AT_ONCE = 2  # one has the lock, the next one waits for it in PostgreSQL: no round trip is lost between the two


class WaitForTurnError(Exception):
    """Raised inside a transaction that has to begin again when it is its turn."""

    def __init__(self, key: Hashable) -> None:
        super().__init__(key)
        self.key = key


class _Line(asyncio.Semaphore):
    """The turns of one key, and the number of transactions that have or await one."""

    def __init__(self) -> None:
        super().__init__(_AT_ONCE)
        self.users = 0


class Turns:
    """The turns of this process, by key."""

    def __init__(self, *, timeout_seconds: float) -> None:
        """Take how long a transaction waits for its turn."""
        self._timeout = timeout_seconds
        self._lines: dict[Hashable, _Line] = {}

    async def take(self, key: Hashable) -> bool:
        """Take a turn that is free, and return whether it was."""
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _Line()
        elif line.locked():
            return False
        await line.acquire()  # at once, since it is free
        line.users += 1
        return True

    async def wait(self, key: Hashable) -> None:
        """Wait for a turn, first come, first served. Raise DatabaseUnavailableError after the time-out."""
        line = self._lines.setdefault(key, _Line())
        line.users += 1
        try:
            with TURN_SECONDS.time():
                async with asyncio.timeout(self._timeout):
                    await line.acquire()
        except TimeoutError:
            self._leave(key, line)
            raise DatabaseUnavailableError from None
        except BaseException:
            self._leave(key, line)
            raise

    def end(self, key: Hashable) -> None:
        """Give the turn to the next in line."""
        line = self._lines[key]
        line.release()
        self._leave(key, line)

    def _leave(self, key: Hashable, line: _Line) -> None:
        line.users -= 1
        if not line.users:
            del self._lines[key]
