"""Keyset pages of one SELECT: filters, sorts and cursors follow from the list's query and its columns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Generic, TypeVar, get_args
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Select, bindparam, func, or_, tuple_

from billing_api.db.database import Database
from billing_api.db.exports import Exports
from billing_api.db.natural_order import natural_order
from billing_api.db.statements import Statement
from billing_api.db.streams import RowStream
from billing_api.kit.pagination import PageQuery, Position, Rows, is_list
from billing_api.kit.schema import InputSchema
from billing_api.kit.search import contains

RowT = TypeVar("RowT")

_SHAPES = 512  # statements kept for each list; the driver keeps as many plans as it likes
_BOUNDS = {"_from": "__ge__", "_to": "__le__", "_min": "__ge__", "_max": "__le__"}
_ONE = "_one"  # ends the name of a list's filter for one value
_PAGING = {"limit", "cursor", "sort"}
_ALL = 2**62  # rows: the limit of an export


@dataclass(frozen=True, slots=True)
class Natural:
    """A column of document numbers, sorted as people count them."""

    column: Column[Any]


class Search:
    """A filter for texts of these columns that contain the given characters, in any case of letters."""

    def __init__(self, *columns: Column[Any]) -> None:
        self._columns = columns

    def condition(self, name: str) -> ColumnElement[bool]:
        """Return the condition with a parameter of this name."""
        return or_(*(column.ilike(bindparam(name)) for column in self._columns))


Sorts = Mapping[str, Column[Any] | Natural] | Sequence[Column[Any] | Natural]
# None: the repository itself gives the condition of this field.
Filters = Mapping[str, ColumnElement[bool] | Search | None]


class Listing(Generic[RowT]):
    """A list of rows with optional filters and several sorts: one statement for each shape, compiled once.

    Each field of the query is a filter: `currency` of the column of that name, `amount_min` and `amount_max` of
    `amount`, `due_from` and `due_to` of `due_on`, a list of any of its values. `columns` has the columns that have
    another name than in the query: `date` for the bounds `date_from` and `date_to`, say. Every other field is in
    `filters`, which may have more conditions of the repository's own; each has one parameter of its own name, or none.
    """

    def __init__(
        self,
        select: Select[Any],
        row: type[RowT],
        query: type[InputSchema],
        *,
        sorts: Sorts,
        unique: Column[Any],
        columns: Mapping[str, Column[Any]] | None = None,
        filters: Filters | None = None,
        order: str = "",
    ) -> None:
        """Take the SELECT with the conditions that always hold, and the sorts by their names or their columns' names.

        `unique` makes a place of each sort: no column of a sort is null in its list. `order` is the sort of a query
        that has none. A query that is no PageQuery is for exports alone, whose rows need no place.
        Raise TypeError for a field of the query that is no filter, and for a sort that is missing.
        """
        named = sorts if isinstance(sorts, Mapping) else {_column(sort).key: sort for sort in sorts}
        self._select, self._row, self._order = select, row, order
        self._sorts = {name: _key(sort, unique) for name, sort in named.items()}
        self._kinds = {name: tuple(_column(one).type.python_type for one in key) for name, key in self._sorts.items()}
        self._names = {name: tuple(str(_column(one).key) for one in key) for name, key in self._sorts.items()}
        self._searches = {name for name, one in (filters or {}).items() if isinstance(one, Search)}
        elsewhere = {name for name, one in (filters or {}).items() if one is None}
        self._fields = [name for name in query.model_fields if name not in _PAGING and name not in elsewhere]
        self._filters = _conditions(query, {**unique.expression.table.c, **(columns or {})}, filters or {})
        self._require_sorts(query)
        self._shape: Callable[[frozenset[str], str, bool], Statement[RowT]] = lru_cache(_SHAPES)(self._build)

    def _require_sorts(self, query: type[InputSchema]) -> None:
        sort = query.model_fields.get("sort")
        wanted = {name.removeprefix("-") for name in (get_args(sort.annotation) if sort else [self._order])}
        if wanted != self._sorts.keys():
            raise TypeError(f"{query.__name__} sorts by {sorted(wanted)}, and the list by {sorted(self._sorts)}")
        if not issubclass(query, PageQuery):
            return
        places = {name for names in self._names.values() for name in names}
        if missing := places - {field.name for field in fields(self._row)}:  # type: ignore[arg-type]
            raise TypeError(f"{self._row.__name__} lacks {sorted(missing)}, by which the list is sorted")

    async def fetch(
        self, db: Database, query: PageQuery, *, given: Mapping[str, Any] | None = None, **always: Any
    ) -> Rows[RowT]:
        """Return one page in one round trip, whatever its depth. Raise BadCursorError.

        `given` are values of further filters, or other values than the query's; None leaves one out, and True stands
        for a condition without a parameter.
        """
        name = getattr(query, "sort", self._order).removeprefix("-")
        after = query.position(*self._kinds[name])
        filters = self._given(query, given)
        statement = self._shape(frozenset(filters), getattr(query, "sort", self._order), after is not None)
        place = {f"after_{index}": value for index, value in enumerate(after or ())}
        rows = await db.fetch(statement, **always, **self._values(filters), **place, limit=query.limit + 1)
        return Rows.of(query, rows, lambda row: self._place(row, name))

    async def first(self, db: Database, limit: int, *, sort: str, **always: Any) -> list[RowT]:
        """Return the first rows by this sort, without a filter, for a reader who needs no further page."""
        return await db.fetch(self._shape(frozenset(), sort, False), **always, limit=limit)

    async def export(
        self,
        exports: Exports,
        account_id: UUID,
        query: InputSchema,
        *,
        given: Mapping[str, Any] | None = None,
        **always: Any,
    ) -> RowStream[RowT]:
        """Begin to read all rows of an account that the query finds, in its order; `given` as for `fetch`.

        Raise TooManyExportsError, ExportsBusyError.
        """
        filters = self._given(query, given)
        statement = self._shape(frozenset(filters), getattr(query, "sort", self._order), False)
        return await exports.open(account_id, statement, **always, **self._values(filters), limit=_ALL)

    def _given(self, query: InputSchema, given: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the filters that have a value; True stands for a condition without a parameter."""
        filters = {field: getattr(query, field) for field in self._fields} | dict(given or {})
        return dict(_single(field, value) for field, value in filters.items() if value is not None)

    def _values(self, filters: Mapping[str, Any]) -> dict[str, Any]:
        return {
            field: contains(value) if field in self._searches else value
            for field, value in filters.items()
            if value is not True
        }

    def _place(self, row: RowT, sort: str) -> Position:
        return tuple(getattr(row, name) for name in self._names[sort])

    def _build(self, given: frozenset[str], sort: str, is_later_page: bool) -> Statement[RowT]:
        key = self._sorts[sort.removeprefix("-")]
        descending = sort.startswith("-")
        order = [natural_order(one.column) if isinstance(one, Natural) else one for one in key]
        statement = self._select.where(*(self._filters[name] for name in sorted(given)))
        if is_later_page:
            place = tuple_(*(_parameter(one, f"after_{index}") for index, one in enumerate(key)))
            statement = statement.where(tuple_(*order) < place if descending else tuple_(*order) > place)
        directed = [by.desc() if descending else by.asc() for by in order]
        return Statement(statement.order_by(*directed).limit(bindparam("limit")), self._row)


def _single(field: str, value: Any) -> tuple[str, Any]:
    """Return the filter of a list with one value as that of the value: an index then gives the rows in order."""
    return (field + _ONE, value[0]) if isinstance(value, list) and len(value) == 1 else (field, value)


def _conditions(
    query: type[InputSchema], columns: Mapping[str, Column[Any]], filters: Filters
) -> dict[str, ColumnElement[bool]]:
    conditions: dict[str, ColumnElement[bool]] = {}
    for name, one in filters.items():
        if one is not None:
            conditions[name] = one.condition(name) if isinstance(one, Search) else one
    for name, field in query.model_fields.items():
        if name in _PAGING or name in filters:
            continue
        stem, end = next(((name.removesuffix(end), end) for end in _BOUNDS if name.endswith(end)), (name, ""))
        column = columns.get(stem, columns.get(f"{stem}_on"))
        if column is None:
            raise TypeError(f"{query.__name__}.{name} is no column's, and the list has no filter for it")
        if end:
            conditions[name] = getattr(column, _BOUNDS[end])(bindparam(name))
        elif is_list(field.annotation):
            conditions[name] = column == func.any(bindparam(name))
            conditions[name + _ONE] = column == bindparam(name + _ONE)
        else:
            conditions[name] = column == bindparam(name)
    return conditions


def _key(sort: Column[Any] | Natural, unique: Column[Any]) -> tuple[Column[Any] | Natural, ...]:
    return (sort,) if sort is unique else (sort, unique)


def _column(sort: Column[Any] | Natural) -> Column[Any]:
    return sort.column if isinstance(sort, Natural) else sort


def _parameter(sort: Column[Any] | Natural, name: str) -> ColumnElement[Any]:
    """Return the parameter for a row's value, in the form that is compared."""
    parameter: ColumnElement[Any] = bindparam(name, type_=_column(sort).type)
    return natural_order(parameter) if isinstance(sort, Natural) else parameter
