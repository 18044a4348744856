"""Lists with optional filters and several sorts: one statement for each shape that is asked, compiled once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, Select, bindparam, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from billing_api.db.natural_order import natural_order
from billing_api.db.reader import Reader, Statement

RowT = TypeVar("RowT")
SortColumn = Column[Any] | InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True)
class Natural:
    """A column of document numbers, sorted as people count them."""

    column: SortColumn


SortKey = Sequence[SortColumn | Natural]

_SHAPES = 512  # statements kept for each list; the driver keeps as many plans as it likes


class Listing:
    """Keyset pages of one SELECT: one round trip whatever the depth."""

    def __init__(
        self,
        select: Select[Any],
        *,
        filters: Mapping[str, ColumnElement[bool]],
        sorts: Mapping[str, SortKey],
    ) -> None:
        """Take the SELECT with what always holds, the optional filters and the sorts.

        A filter binds one parameter of its own name, or none. A sort's columns are not null and together unique, so
        that a row's values are its place.
        """
        self._select = select
        self._filters = dict(filters)
        self._sorts = dict(sorts)
        self._shape = lru_cache(maxsize=_SHAPES)(self._build)

    async def fetch(
        self,
        reader: Reader,
        row: Callable[..., RowT],
        *,
        filters: Mapping[str, Any],
        sort: str,
        after: Sequence[Any] | None,
        limit: int,
        **always: Any,
    ) -> list[RowT]:
        """Up to `limit` rows after a place; `-` before a sort turns it round.

        A filter whose value is None is left out; True asks for one that binds no parameter.
        """
        given = {name: value for name, value in filters.items() if value is not None}
        statement = self._shape(frozenset(given), sort, after is not None)
        values = {name: value for name, value in given.items() if value is not True}
        place = {f"after_{index}": value for index, value in enumerate(after or ())}
        return await reader.fetch(statement, row, **always, **values, **place, limit=limit)

    def _build(self, given: frozenset[str], sort: str, is_later_page: bool) -> Statement:
        key = self._sorts[sort.removeprefix("-")]
        descending = sort.startswith("-")
        order = [natural_order(column.column) if isinstance(column, Natural) else column for column in key]
        statement = self._select.where(*(self._filters[name] for name in sorted(given)))
        if is_later_page:
            place = tuple_(*(_place(column, f"after_{index}") for index, column in enumerate(key)))
            statement = statement.where(tuple_(*order) < place if descending else tuple_(*order) > place)
        directed = [by.desc() if descending else by.asc() for by in order]
        return Statement(statement.order_by(*directed).limit(bindparam("limit")))


def _place(column: SortColumn | Natural, name: str) -> ColumnElement[Any]:
    """Return the parameter for a row's value, in the form that is compared."""
    if isinstance(column, Natural):
        return natural_order(bindparam(name, type_=column.column.type))
    return bindparam(name, type_=column.type)
