"""The tables' common ground: the naming convention, the column types and the account in front of every key."""

import dataclasses
import re
from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    MetaData,
    Table,
    TableValuedAlias,
    Text,
    Uuid,
    bindparam,
    column,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


METADATA = MetaData(naming_convention=NAMING)
_TYPES: dict[Any, TypeEngine[Any]] = {
    UUID: Uuid(),
    bool: Boolean(),
    int: BigInteger(),
    str: Text(),
    bytes: LargeBinary(),
    date: Date(),
    datetime: TIMESTAMP(timezone=True),
    dict: JSONB(),
}


def table(name: str, row: type[Any], *parts: SchemaItem, key: Collection[str] = ("account_id", "id")) -> Table:
    """Return the table that holds such rows: a column for each field, by its type.

    Times are `timestamptz` in UTC, money is bigint in minor units, text has no length of its own. `key` is the primary
    key. Among `parts` are constraints, indexes, and columns that have more to say than their field. A column's key is
    the name of its field; one without a field is read by the release before this one alone.
    """
    given = {part.key: part for part in parts if isinstance(part, Column)}
    hints = get_type_hints(row)
    columns = [
        given[field.name] if field.name in given else _column(field.name, hints[field.name], field.name in key)
        for field in dataclasses.fields(row)
    ]
    others = (part for part in parts if not isinstance(part, Column) or part.key not in hints)
    return Table(name, METADATA, *columns, *others)


def _column(name: str, hint: Any, is_key: bool) -> Column[Any]:
    kinds = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    [kind] = [kind for kind in kinds if kind is not NoneType]
    return Column(name, _type_of(kind), primary_key=is_key, nullable=NoneType in kinds)


def _type_of(kind: Any) -> TypeEngine[Any]:
    if get_origin(kind) is Literal or (isinstance(kind, type) and issubclass(kind, StrEnum)):
        return _TYPES[str]
    return _TYPES[get_origin(kind) or kind]


def added_amount(name: str) -> Column[int]:
    """Return the column of an amount that is 0 in the rows of the release before, which does not name it."""
    return Column(name, BigInteger(), nullable=False, server_default="0")


def account_key() -> ForeignKeyConstraint:
    """Return the foreign key from a tenant row to its account."""
    return ForeignKeyConstraint(["account_id"], ["accounts.id"])


def user_key(*, stored_as: str = "user_id", primary_key: bool = False) -> Column[UUID]:
    """Return the column of a user's id, with its foreign key; older tables store it as `person_id` (decision 22)."""
    return Column(stored_as, Uuid(), ForeignKey("users.id"), key="user_id", primary_key=primary_key, nullable=False)


def tenant_key(column: str, table: str) -> ForeignKeyConstraint:
    """Return a foreign key that carries the account, so that a row can't point across accounts."""
    return ForeignKeyConstraint(["account_id", column], [f"{table}.account_id", f"{table}.id"])


def each_of(name: str, kind: TypeEngine[Any]) -> TableValuedAlias:
    """Return the values of the array parameter `name`, as a table with the column `value` to be joined.

    `= ANY($n)` is no substitute: in a plan that is made once for all values PostgreSQL may read a whole account for it.
    """
    values = func.unnest(bindparam(name, type_=ARRAY(kind))).table_valued(column("value", kind), name=f"each_of_{name}")
    return values.render_derived(name=f"each_of_{name}")


def rows_of(name: str, /, **columns: TypeEngine[Any]) -> TableValuedAlias:
    """Return rows that are parameters, as a table: for the column `digest` the array parameter `digests`."""
    arrays = [bindparam(f"{key}s", type_=ARRAY(kind)) for key, kind in columns.items()]
    rows = func.unnest(*arrays).table_valued(*(column(key, kind) for key, kind in columns.items()), name=name)
    return rows.render_derived(name=name)


def constraint_of(error: BaseException) -> str:
    """Return the violated constraint's name; on Citus it is in the message, with the shard's number behind it."""
    name = getattr(error, "constraint_name", None)
    if name:
        return str(name)
    found = re.search(r'constraint "([^"]+?)(?:_\d+)?"', str(error))
    return found.group(1) if found else ""
