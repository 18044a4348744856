"""Statements: written in SQLAlchemy Core at module level, compiled once, and run on asyncpg itself.

A statement stays in its feature's repository and keeps SQLAlchemy's names and types; the driver's speed is kept
(docs/decisions/0019).
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import cache, cached_property
from operator import attrgetter, itemgetter
from typing import Any, Generic, TypeVar, get_type_hints

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Delete,
    Insert,
    Select,
    Table,
    Text,
    Update,
    Uuid,
    bindparam,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.sql.selectable import CompoundSelect

from billing_api.db.base import each_of, rows_of

T_co = TypeVar("T_co", covariant=True)
Query = Select[Any] | CompoundSelect[Any] | Insert | Update | Delete
Make = Callable[[Any], T_co]  # from a record of the driver

_DIALECT = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call]


@dataclasses.dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement's text, and its parameters: `in_order` takes their values out of a mapping by name."""

    sql: str
    names: tuple[str, ...]
    required: frozenset[str]
    constants: Mapping[str, Any]
    in_order: Callable[[Mapping[str, Any]], tuple[Any, ...]]


class Command:
    """A statement that changes rows and returns none; its parameters are given by name."""

    def __init__(self, query: Query) -> None:
        self._query = query

    @cached_property
    def _compiled(self) -> "_Compiled":
        compiled = self._query.compile(dialect=_DIALECT)
        if "POSTCOMPILE" in str(compiled):
            raise TypeError("an IN list is not compiled once: join `each_of` an array, or write an OR")
        required = frozenset(name for name, parameter in compiled.binds.items() if parameter.required)
        constants = {name: value for name, value in compiled.params.items() if name not in required}
        names = tuple(compiled.positiontup or ())
        return _Compiled(str(compiled), names, required, constants, _values_by(names))

    @cached_property
    def sql(self) -> str:
        """The text with `$1` parameters."""
        return self._compiled.sql

    @property
    def parameter_count(self) -> int:
        """The number of its parameters."""
        return len(self._compiled.names)

    @property
    def table(self) -> object:
        """The table that it changes; None for a SELECT."""
        return getattr(self._query, "table", None)

    @property
    def has_parts(self) -> bool:
        """Whether it begins with WITH, and can't be a part of another statement."""
        return self.sql.startswith("WITH")

    @cached_property
    def needs_transaction(self) -> bool:
        """Whether it changes or locks rows."""
        return not isinstance(self._query, Select | CompoundSelect) or self._query._for_update_arg is not None

    def bind(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the parameters in their order; a constant that is written into the statement keeps its value.

        Raise TypeError for an unknown or a missing parameter.
        """
        compiled = self._compiled
        if values.keys() != compiled.required:
            _require_fit(values, compiled)
        if compiled.constants:
            values = {**compiled.constants, **values}
        return compiled.in_order(values)


class Statement(Command, Generic[T_co]):
    """A statement that returns rows, each as a dataclass filled by name, or as the value of its one column."""

    def __init__(self, query: Query, row: type[T_co]) -> None:
        """Take the query and the type of a row. Raise TypeError when the columns are not the row's fields."""
        super().__init__(query)
        columns = query.exported_columns.keys()
        self.make: Make[T_co] = _maker(row, [str(name) for name in columns])


def columns_of(table: Table, row: type[Any]) -> list[Column[Any]]:
    """Return the table's columns that a row has, in the order of its fields."""
    return [table.c[field.name] for field in dataclasses.fields(row)]


def values_of(row: Any) -> dict[str, Any]:
    """Return a row's values by column, for an INSERT."""
    kind: Any = type(row)
    names, values = _fields_of(kind)
    return dict(zip(names, values(row), strict=True))


@cache
def _fields_of(row: Any) -> tuple[list[str], Callable[[Any], tuple[Any, ...]]]:
    """Return the names of a row's fields, and a function that returns their values."""
    names = [field.name for field in dataclasses.fields(row)]
    if len(names) == 1:
        return names, lambda one: (getattr(one, names[0]),)
    return names, attrgetter(*names)


def select_by_ids(table: Table, row: type[Any]) -> Select[Any]:
    """Return a SELECT of those rows of an account whose ids are in the array parameter `ids`, in its order.

    They are looked up one by one, whatever the plan: LIMIT keeps PostgreSQL from reading the account and joining the
    ids to it.
    """
    ids, one = each_of("ids", Uuid()), literal_column("1", BigInteger())
    is_it = (table.c.account_id == bindparam("account_id"), table.c.id == ids.c.value)
    found = select(*columns_of(table, row)).where(*is_it).limit(one).lateral("found")
    return select(*found.c).select_from(ids).join(found, true())


def insert_many(table: Table) -> postgresql.Insert:
    """Return an INSERT of as many rows as its parameters have, one array for each column: see `arrays_of`."""
    given = rows_of("given", **{column.name: column.type for column in table.c})
    return postgresql.insert(table).from_select(table.c.keys(), select(*given.c))


def arrays_of(rows: Sequence[Any]) -> dict[str, list[Any]]:
    """Return the values of several rows, for the parameters of `insert_many`."""
    names = [field.name for field in dataclasses.fields(rows[0])]
    return {f"{name}s": [getattr(row, name) for row in rows] for name in names}


def constant(word: str) -> ColumnElement[str]:
    """Return one of the code's own words as a constant in the text, by which a partial index is found."""
    return literal_column(f"'{word}'", Text())


def parameters(*names: str) -> dict[str, BindParameter[Any]]:
    """Return a parameter of the same name for each column, for an UPDATE's values."""
    return {name: bindparam(name) for name in names}


def _values_by(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Return a function that takes these values out of a mapping, in one call where there are several."""
    if not names:
        return lambda _: ()
    if len(names) == 1:
        (name,) = names
        return lambda values: (values[name],)
    return itemgetter(*names)


def _require_fit(values: Mapping[str, Any], compiled: _Compiled) -> None:
    if unknown := values.keys() - set(compiled.names):
        raise TypeError(f"the statement has no parameter {sorted(unknown)}")
    if missing := compiled.required - values.keys():
        raise TypeError(f"the statement needs the parameter {sorted(missing)}")


def _maker(row: type[T_co], columns: list[str]) -> Make[T_co]:
    if not dataclasses.is_dataclass(row):
        if len(columns) != 1:
            raise TypeError(f"{row.__name__} is one value, and the statement returns {columns}")
        return _of_one_value(row)
    names = [field.name for field in dataclasses.fields(row)]
    if sorted(names) != sorted(columns):
        raise TypeError(f"{row.__name__} has the fields {names}, and the statement returns {columns}")
    hints = get_type_hints(row)
    # A look-up takes a tenth of the time of a call of the enumeration.
    kinds = [(names.index(name), _members(kind)) for name in names if (kind := _enumeration(hints[name])) is not None]
    in_order = None if names == columns else itemgetter(*(columns.index(name) for name in names))

    new = _constructor(row)

    def make(record: Any) -> T_co:
        values = list(record if in_order is None else in_order(record))
        for place, members in kinds:
            values[place] = members[values[place]]
        return new(*values)

    if kinds or in_order is not None:
        return make
    return lambda record: new(*record)


def _constructor(row: type[T_co]) -> Callable[..., T_co]:
    """Return a function that makes a row from the values of its fields.

    The constructor of a frozen dataclass sets each field by a call, which takes five times as long as the rest of it.
    So a row is made in a class that has the same slots and is not frozen, and then gets its own class.
    """
    if not row.__dataclass_params__.frozen or row.__bases__ != (object,) or hasattr(row, "__post_init__"):  # type: ignore[attr-defined]
        return row
    loose: Any = dataclasses.make_dataclass(row.__name__, [one.name for one in dataclasses.fields(row)], slots=True)  # type: ignore[arg-type]
    if getattr(row, "__slots__", None) != loose.__slots__:
        return row

    def new(*values: Any) -> T_co:
        made = loose(*values)
        made.__class__ = row
        return made  # type: ignore[no-any-return]

    return new


def _of_one_value(row: type[T_co]) -> Make[T_co]:
    kind = _enumeration(row)
    if kind is None:
        return lambda record: record[0]
    members = _members(kind)
    return lambda record: members[record[0]]


def _members(kind: type[Enum]) -> dict[Any, Any]:
    """Return the members by their values, and None by itself."""
    return {None: None, **{member.value: member for member in kind}}


def _enumeration(hint: Any) -> type[Enum] | None:
    """Return the enumeration that a field's type is, with or without None."""
    kinds = [part for part in (hint, *getattr(hint, "__args__", ())) if isinstance(part, type)]
    return next((kind for kind in kinds if issubclass(kind, Enum)), None)
