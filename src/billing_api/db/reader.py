"""Hot reads: statements written in SQLAlchemy, compiled once at import, run on asyncpg itself.

The query stays typed and in its repository; the driver's speed is kept (docs/decisions/0004).
"""

import dataclasses
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import Column, Select, Table
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect

from billing_api.db.database import Database, OpenTransactionError, transaction_is_open

T = TypeVar("T")
RowT = TypeVar("RowT")


class Statement:
    """A SELECT, compiled when first used; its parameters are given by name."""

    def __init__(self, select: Select[*tuple[Any, ...]]) -> None:
        self._select = select

    @cached_property
    def _compiled(self) -> tuple[str, tuple[str, ...], dict[str, Any], frozenset[str]]:
        dialect = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call]
        compiled = self._select.compile(dialect=dialect)
        required = frozenset(name for name, parameter in compiled.binds.items() if parameter.required)
        return str(compiled), tuple(compiled.positiontup or ()), dict(compiled.params), required

    @property
    def sql(self) -> str:
        """The text with `$1` parameters."""
        return self._compiled[0]

    def bind(self, values: dict[str, Any]) -> list[Any]:
        """The parameters in their order; a constant written into the statement keeps its value.

        Raises TypeError when one is unknown or missing.
        """
        _, names, constants, required = self._compiled
        if unknown := values.keys() - set(names):
            raise TypeError(f"the statement has no parameter {sorted(unknown)}")
        if missing := required - values.keys():
            raise TypeError(f"the statement wants the parameter {sorted(missing)}")
        return [values[name] if name in values else constants[name] for name in names]


def columns_of(table: Table | type[Any], row: type[Any]) -> list[Column[Any]]:
    """The table's columns that a row dataclass has, in the order of its fields."""
    columns = table.c if isinstance(table, Table) else table.__table__.c
    return [columns[field.name] for field in dataclasses.fields(row)]


class Reader:
    """Hot reads of the features that have not moved to `Database.fetch` yet."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def fetch(self, statement: Statement, row: Callable[..., RowT], /, **values: Any) -> list[RowT]:
        """Return all rows, each made by `row` from its columns in order. Raise DatabaseUnavailableError."""
        if transaction_is_open():
            raise OpenTransactionError("a hot read would not see this transaction's changes: read by its session")
        records = await self._db.fetch_records(statement.sql, statement.bind(values))
        return [row(*record) for record in records]

    async def fetch_one(self, statement: Statement, row: Callable[..., RowT], /, **values: Any) -> RowT | None:
        """Return the first row or None. Raise DatabaseUnavailableError."""
        rows = await self.fetch(statement, row, **values)
        return rows[0] if rows else None

    async def snapshot(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run `work` as `Database.snapshot` does."""
        return await self._db.snapshot(work)
