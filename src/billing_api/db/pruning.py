"""The removal of rows that no one needs any more: some at a time, each time in a transaction of its own.

One DELETE of a million rows would hold their locks, and its place in the log, until the last one is gone.
"""

from collections.abc import Awaitable, Callable

from sqlalchemy import ColumnElement, Table, bindparam, delete, select

from billing_api.db.database import Database
from billing_api.db.statements import Command

_AT_ONCE = 1000


def delete_some(table: Table, *where: ColumnElement[bool]) -> Command:
    """Return a DELETE of at most `limit` such rows, without those that another transaction has locked."""
    key = table.primary_key.columns
    some = select(*key).where(*where).limit(bindparam("limit")).with_for_update(skip_locked=True).cte("some")
    return Command(delete(table).where(*(column == some.c[column.key] for column in key)))


async def prune(db: Database, remove: Callable[[int], Awaitable[int]], *, at_once: int = _AT_ONCE) -> int:
    """Call `remove` with the most rows of one transaction until it removes fewer; return how many were removed."""
    total = removed = await db.run(lambda: remove(at_once))
    while removed == at_once:
        removed = await db.run(lambda: remove(at_once))
        total += removed
    return total
