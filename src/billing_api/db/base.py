"""What every table shares: the naming convention, the column types and the account in front of every key."""

import re
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Date,
    ForeignKeyConstraint,
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
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeEngine

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table; times are `timestamptz` in UTC, money is bigint in minor units, text has no length of its own."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: Uuid(),
        int: BigInteger(),
        str: Text(),
        date: Date(),
        datetime: TIMESTAMP(timezone=True),
        dict[str, Any]: JSONB(),
    }


class TenantRow(Base):
    """A row of one account: the account is first in every key (docs/decisions/0002)."""

    __abstract__ = True

    account_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)
    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)


def account_key() -> ForeignKeyConstraint:
    """The foreign key from a tenant row to its account."""
    return ForeignKeyConstraint(["account_id"], ["accounts.id"])


def tenant_key(column: str, table: str) -> ForeignKeyConstraint:
    """A foreign key that carries the account, so that a row can't point across accounts."""
    return ForeignKeyConstraint(["account_id", column], [f"{table}.account_id", f"{table}.id"])


def each_of(name: str, kind: TypeEngine[Any]) -> TableValuedAlias:
    """The values of the array parameter `name`, as a table with the column `value` to be joined.

    `= ANY($n)` is no substitute: in a plan that is made once for all values PostgreSQL may read a whole account for it.
    """
    values = func.unnest(bindparam(name, type_=ARRAY(kind))).table_valued(column("value", kind), name=f"each_of_{name}")
    return values.render_derived(name=f"each_of_{name}")


def table_of(row: type[Base]) -> Table:
    """The table behind a class, for statements that pass the ORM by."""
    table = row.__table__
    assert isinstance(table, Table)
    return table


def constraint_of(error: DBAPIError) -> str:
    """The violated constraint's name; on Citus it is found in the message, with the shard's number behind it."""
    cause = getattr(error.orig, "__cause__", None)
    name = getattr(cause, "constraint_name", None)
    if name:
        return str(name)
    found = re.search(r'constraint "([^"]+?)(?:_\d+)?"', str(error.orig))
    return found.group(1) if found else ""
