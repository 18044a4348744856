"""Changes that wait for the end of their transaction, where they are made together.

Nothing in the transaction reads them. Those of different tables are one statement, and so one round trip.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from billing_api.db.address import Connection
from billing_api.db.statements import Command

_PARAMETER = re.compile(r"\$(\d+)")
_SHAPES = 256  # joined statements that are kept
_Rows = list[Sequence[Any]]  # the parameters of a command, once for each time that it runs


class Appended:
    """The appended changes of one transaction."""

    def __init__(self) -> None:
        self._changes: list[tuple[Command, Mapping[str, Any]]] = []

    def __len__(self) -> int:
        return len(self._changes)

    def add(self, command: Command, values: Mapping[str, Any]) -> None:
        """Add a change."""
        self._changes.append((command, values))

    def forget_after(self, count: int) -> None:
        """Keep only the first `count` changes."""
        del self._changes[count:]

    async def write(self, connection: Connection) -> None:
        """Make the changes. Those of one table keep their order, and so do tables that refer to each other."""
        if len(self._changes) == 1:  # as most transactions have
            ((command, values),) = self._changes
            self._changes.clear()
            await connection.execute(command.sql, *command.bind(values))
            return
        by_table: dict[object, tuple[Command, _Rows]] = {}
        for command, values in self._changes:
            group = by_table.setdefault(command.table, (command, []))
            if group[0] is not command:  # a statement can't change a table twice
                await _write(connection, list(by_table.values()))
                by_table = {command.table: (command, [])}
            by_table[command.table][1].append(command.bind(values))
        self._changes.clear()
        await _write(connection, list(by_table.values()))


async def _write(connection: Connection, groups: Sequence[tuple[Command, _Rows]]) -> None:
    together: dict[Command, Sequence[Any]] = {}
    for command, rows in groups:
        if len(rows) == 1 and not command.has_parts:
            together[command] = rows[0]
            continue
        await _write_together(connection, together)
        together = {}
        await connection.executemany(command.sql, rows)
    await _write_together(connection, together)


async def _write_together(connection: Connection, changes: Mapping[Command, Sequence[Any]]) -> None:
    if changes:
        await connection.execute(_joined(tuple(changes)), *(value for values in changes.values() for value in values))


@lru_cache(maxsize=_SHAPES)
def _joined(commands: tuple[Command, ...]) -> str:
    """Return one statement that makes the changes of several, whose parameters follow each other."""
    texts, before = [], 0
    for command in commands:
        texts.append(_renumbered(command.sql, before))
        before += command.parameter_count
    *others, last = texts
    parts = ", ".join(f"change_{place} AS ({text})" for place, text in enumerate(others))
    return f"WITH {parts} {last}" if parts else last


def _renumbered(sql: str, before: int) -> str:
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + before}", sql)
