"""The tables as the code declares them keep the rules of growing past one machine (docs/decisions/0002).

tests/db/test_catalogue.py reads the same from the migrated database.
"""

import re
from typing import Any, TypeVar

import pytest
from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Constraint,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    Table,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import BigInteger, Boolean, Date, DateTime, LargeBinary, Text

from billing_api.tables import GLOBAL_TABLES, METADATA

ConstraintT = TypeVar("ConstraintT", bound=Constraint)

# A quantity is no money, a rate has no unit: both are exact, and nobody adds them up.
# Columns whose default is for the release that does not name them yet.
ADDED = {
    "credit_memos.reserved",
    "deposits.reserved",
    *(
        f"payments.{name}"
        for name in (
            *("credited", "deposit_applied", "discounted"),
            *("overpaid", "overpaid_reserved", "refunded", "refund_pending", "disputed"),
        )
    ),
    "payments.is_autopay",
    "late_charges.failed_refunds",
    "payment_allocations.discounted",
}
EXACT_NUMBERS = {"credit_memo_taxes.rate", "invoice_lines.quantity", "invoice_taxes.rate"}

TABLES = list(METADATA.tables.values())
TENANT_TABLES = [table for table in TABLES if table.name not in GLOBAL_TABLES | {"accounts"}]
EACH = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
EACH_TENANT = pytest.mark.parametrize("table", TENANT_TABLES, ids=lambda table: table.name)


@EACH_TENANT
def test_account_is_first_in_every_key(table: Table) -> None:
    """Rule 1: a tenant's rows lie together, and no key reaches across accounts."""
    account = table.c.get("account_id")
    assert account is not None, (
        f"add account_id to the rows of {table.name}, or the table to GLOBAL_TABLES in tables.py"
    )
    assert not account.nullable
    assert isinstance(account.type, Uuid)
    assert next(iter(table.primary_key.columns)) is account, (
        f"the key of {table.name} in model.py begins with account_id"
    )
    uniques: list[Any] = [*_of(table, UniqueConstraint), *(index for index in table.indexes if index.unique)]
    for unique in uniques:
        assert next(iter(unique.columns)) is account, unique.name


@EACH_TENANT
def test_foreign_keys_carry_the_account(table: Table) -> None:
    """Rule 1: a row can't point at another account's; a global table, copied to every machine, has no account."""
    for key in _of(table, ForeignKeyConstraint):
        if key.referred_table.name not in GLOBAL_TABLES:
            own, theirs = key.elements[0].parent, key.elements[0].column
            assert own is table.c["account_id"], key.name
            assert theirs is table.metadata.tables["accounts"].c["id"] or theirs.name == "account_id", key.name


@EACH_TENANT
def test_table_belongs_to_an_account(table: Table) -> None:
    """Rule 1: what points at no other row of the account points at the account."""
    assert any(key.elements[0].parent.name == "account_id" for key in _of(table, ForeignKeyConstraint))


@pytest.mark.parametrize("name", sorted(GLOBAL_TABLES))
def test_global_tables_have_no_account_in_front(name: str) -> None:
    """Rule 4: the list names those that need to be global, and no others."""
    assert next(iter(METADATA.tables[name].primary_key.columns)).name != "account_id"


@EACH
def test_foreign_keys_do_nothing_by_themselves(table: Table) -> None:
    """Rule 4: no SET NULL, no cascade, nothing deferred."""
    for key in _of(table, ForeignKeyConstraint):
        assert (key.ondelete, key.onupdate, key.deferrable, key.initially, key.match) == (None,) * 5, key.name


@EACH
def test_columns_have_types_that_lose_nothing(table: Table) -> None:
    """Money and counts are bigint, times timestamptz, text has no length of its own; no float.

    No database defaults but those of `ADDED`.
    """
    for column in table.columns:
        kind = column.type.item_type if isinstance(column.type, ARRAY) else column.type
        assert isinstance(kind, BigInteger | Boolean | Date | DateTime | JSONB | LargeBinary | Numeric | Text | Uuid)
        assert not isinstance(kind, DateTime) or kind.timezone, column
        assert not isinstance(kind, Integer) or isinstance(kind, BigInteger), column
        assert not isinstance(kind, Float), column
        assert not isinstance(kind, Numeric) or str(column) in EXACT_NUMBERS, column
        assert not isinstance(kind, Text) or kind.length is None, column
        assert column.server_default is None or str(column) in ADDED, column
        assert column.identity is None, column
        assert column.computed is None, column


@EACH
def test_constraints_are_named_by_the_convention(table: Table) -> None:
    """Errors are told apart by the constraint's name; a migration can name what it drops."""
    kinds: dict[str, list[Any]] = {
        "pk": [table.primary_key],
        "uq": [*_of(table, UniqueConstraint), *(index for index in table.indexes if index.unique)],
        "ix": [index for index in table.indexes if not index.unique],
        "fk": _of(table, ForeignKeyConstraint),
        "ck": _of(table, CheckConstraint),
    }
    for prefix, constraints in kinds.items():
        for constraint in constraints:
            name = _name(constraint)
            assert re.fullmatch(rf"{prefix}_{table.name}(_[a-z0-9_]+)?", name), name
            assert len(name) <= 63, f"{name}: PostgreSQL would cut it"


def _of(table: Table, kind: type[ConstraintT]) -> list[ConstraintT]:
    return [constraint for constraint in table.constraints if isinstance(constraint, kind)]


def _name(constraint: Constraint | Index) -> str:
    """The name as it is written: SQLAlchemy applies the convention when it compiles."""
    preparer = postgresql.dialect().identifier_preparer  # type: ignore[no-untyped-call]
    if isinstance(constraint, Index):
        return str(preparer.format_index(constraint))
    return str(preparer.format_constraint(constraint))
