"""What PostgreSQL reads for the statements of the hot paths, by plans that are made once for all values.

After five executions on a connection PostgreSQL may keep one plan for whatever comes. Each is explained on an account
of 100,000 invoices, and what it reads is bounded: a page, and not the account.
"""

import importlib
import json
import pkgutil
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import ARRAY, BigInteger, Boolean, Date, Insert, LargeBinary, Select, TableValuedAlias, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.types import TypeEngine

import billing_api
from billing_api.db.paging import Listing
from billing_api.db.statements import Command
from billing_api.invoices.repository import reading as invoices
from tests.db.filling import filling
from tests.fixtures import server
from tests.fixtures.queries import Sql

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # the first test fills the tables

_ACCOUNT = UUID(int=1)
_PAGE = 25
_MOST = 150  # rows, for a page, its joins and what a bounded filter leaves out
_FILL = """
    SET session_replication_role = replica;
    INSERT INTO accounts (id, name, status, currency, net_days, discount_basis_points, discount_days,
                          discount_includes_tax, created_at, updated_at, version)
    SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 'Customer', 'active', 'USD', 30, 0, 0, false,
           now(), now(), 1 FROM generate_series(1, 20001) AS n;
    INSERT INTO invoices (account_id, id, kind, number, status, currency, issued_on, due_on, closed_on, net, tax, total,
                          paid, credited, deposit_applied, discounted, written_off, voided, amount_due, amount_pending,
                          discount_basis_points, discount_includes_tax, created_at, updated_at, version)
    SELECT ('00000000-0000-0000-0000-' || lpad(account::text, 12, '0'))::uuid,
           ('00000000-0000-' || CASE WHEN account = 1 THEN '0000-0001-' || lpad(n::text, 12, '0')
                                ELSE '0000-0002-' || lpad(account::text, 12, '0') END)::uuid,
           'invoice', 'INV-' || n, CASE WHEN is_open THEN 'open' ELSE 'paid' END, 'USD', day, day + 30,
           CASE WHEN NOT is_open THEN day + 20 END, amount, 0, amount, CASE WHEN is_open THEN 0 ELSE amount END,
           0, 0, 0, 0, 0, CASE WHEN is_open THEN amount ELSE 0 END, 0, 0, false, now(), now(), 1
    FROM generate_series(1, 20001) AS account,
         generate_series(1, CASE WHEN account = 1 THEN 100000 ELSE 1 END) AS n,
         LATERAL (SELECT date '2026-11-20' - n / 150 AS day, 1000 + n * 7919 % 900000 AS amount,
                         n % 1000 = 7 AS is_open) AS facts;
    INSERT INTO ledger_entries (account_id, seq, kind, currency, effective_on, posted_at, document_id, number, amount,
                                receivable, customer_credit, revenue, tax, cash_clearing, discounts, write_offs, id)
    SELECT account_id, row_number() OVER (PARTITION BY account_id ORDER BY issued_on, id), 'invoice', currency,
           issued_on, now(), id, number, total, total, 0, -total, 0, 0, 0, 0, id FROM invoices;
    INSERT INTO outbox_events (account_id, id, kind, subject_id, occurred_at, data, number, numbered_at)
    SELECT account_id, id, 'invoice.posted', id, now(), '{}', seq, now() FROM ledger_entries
    WHERE account_id = '00000000-0000-0000-0000-000000000001';
    INSERT INTO jobs (id, task, key, payload, priority, state, run_at, attempts, crashes, created_at, started_at,
                      ended_at)
    SELECT id, 'x', number, '{}', 1, CASE WHEN seq % 2000 = 7 THEN 'waiting' ELSE 'done' END,
           timestamptz '2026-11-26' - interval '1 minute' * seq, 0, 0, now(), now(), now() FROM ledger_entries
    WHERE account_id = '00000000-0000-0000-0000-000000000001'
"""
# What each parameter of a statement stands for here; a statement with a new one needs its line.
_VALUES: dict[str, Any] = {
    "account_id": _ACCOUNT,
    "id": UUID("00000000-0000-0000-0001-000000000500"),
    "ids": [UUID(f"00000000-0000-0000-0001-{number:012}") for number in (500, 5_000, 50_000)],
    "after": UUID(int=0),
    "today": date(2026, 11, 26),
    "month": date(2026, 11, 1),
    "through": date(2026, 11, 26),
    "late_30": date(2026, 10, 27),
    "late_60": date(2026, 9, 27),
    "late_90": date(2026, 8, 28),
    "now": datetime(2026, 11, 26, tzinfo=UTC),
    "since": datetime(2026, 11, 26, tzinfo=UTC),
    "idle_since": datetime(2026, 11, 19, tzinfo=UTC),
    "before": UUID(int=2),
    "limit": _PAGE + 1,
    "rows": _PAGE + 1,
    "key": "a",
    "keys": ["a", "b"],
    "kind": "invoice",
    "external_ids": ["a", "b"],
    "email": "pat@example.com",
    "payment_id": UUID(int=2),
    "token_hash": b"x",
    "year": 2026,
    "this_year": 2026,
    "this_month": 11,
    "status": "paid",
    "status_one": "paid",
    "state": "succeeded",
    "since_seq": 99_990,
    "currency": "USD",
    "kinds": ["invoice"],
    "window_to": date(2026, 11, 25),
    "q": "%nothing like this%",
    "token": "01a219e5-c95a-766b-8b8f-3230318ba99f",
}
# The values of the other parameters, by their type.
_OF_TYPE: dict[type[TypeEngine[Any]], Any] = {
    BigInteger: 0,
    Boolean: False,
    Date: date(2026, 11, 26),
    JSONB: "{}",
    LargeBinary: b"x",
    Text: "x",
    TIMESTAMP: datetime(2026, 11, 26, tzinfo=UTC),
    Uuid: UUID(int=2),
}
_ARRAYS = {UUID: "::uuid[]", date: "::date[]", datetime: "::timestamptz[]"}  # literals of these types need a cast
# Where one of these names means something else.
_OTHER_VALUES: dict[str, dict[str, Any]] = {
    "events.repository._LIST_AFTER": {"after": 50_000},
    "events.repository._NUMBER": {"last": 100_000},
    "jobs.repository._REMOVE": {"before": datetime(2026, 11, 26, tzinfo=UTC)},
    "sessions.repository._LIST_SPENT": {"before": datetime(2026, 11, 26, tzinfo=UTC)},
    "password_resets.repository._REMOVE": {"before": datetime(2026, 11, 26, tzinfo=UTC)},
    "ledger.repository._POST": {"ids": [UUID(int=3)], "kinds": ["invoice"]},
    "invoices.repository._UPDATE": {
        "account_ids": [_ACCOUNT],
        "ids": [UUID(int=3)],
    },  # an invoice of values that the table refuses is no row
    "payment_methods.repository._LIST_EXPIRING": {"month": 11},
    "deliveries.repository._REMOVE_OLD_CONTENTS": {"before": datetime(2026, 11, 26, tzinfo=UTC)},
    "download_links.repository._REMOVE_OLD": {"before": datetime(2026, 11, 26, tzinfo=UTC)},
    "gateway_webhooks.repository._REMOVE_OLD": {"before": datetime(2026, 11, 26, tzinfo=UTC)},
    "payments.repository.orders._KNOWN_SALE": {"before": datetime(2026, 11, 26, tzinfo=UTC)},
}
# The filters of lists that are asked together with each sort, where a sort has no index of its own for them.
_FILTERS = ((), ("is_open",), ("is_open", "window_to"))


def _found() -> Iterator[tuple[str, Command | Listing[Any]]]:
    """Every statement that the code keeps, by its name; one that a package takes from its module has the package's."""
    seen = set()
    for module in pkgutil.walk_packages(billing_api.__path__, "billing_api."):
        if ".repository" in module.name or module.name.startswith("billing_api.auth."):
            for name, value in vars(importlib.import_module(module.name)).items():
                reads = isinstance(value, Command) and not _only_inserts(value)
                if (reads or isinstance(value, Listing)) and id(value) not in seen:
                    seen.add(id(value))
                    yield f"{module.name.removeprefix('billing_api.')}.{name}", value


def _only_inserts(command: Command) -> bool:
    """Return whether it reads no table: its rows are parameters."""
    query = command._query
    if not isinstance(query, Insert):
        return False
    source = query.select
    return not isinstance(source, Select) or all(
        isinstance(rows, TableValuedAlias) for rows in source.get_final_froms()
    )


def _statements() -> Iterator[tuple[str, Command]]:
    for name, found in _found():
        if isinstance(found, Listing):
            for sort in found._sorts:
                for later in (False, True):
                    always = frozenset({"is_paid"}) if sort == "closed_on" else frozenset()
                    yield f"{name} by {sort}{' later' * later}", found._build(always, sort, later)
        else:
            yield name, found
    for sort in ("due_on", "amount_due", "-amount_due", "issued_on"):
        for filters in _FILTERS[1:]:
            yield f"invoices, {' '.join(filters)}, by {sort}", invoices.LIST._build(frozenset(filters), sort, False)
    for sort in ("issued_on", "-due_on"):
        yield f"invoices of one status, by {sort}", invoices.LIST._build(frozenset({"status_one"}), sort, False)


_STATEMENTS = dict(_statements())
# A balance reads whatever is open, a hundred invoices here; that of a past day the entries of the day's month, too, and
# the 2,200 invoices that were open then.
_MORE = {
    "balances.repository._NOW": 400,
    "ledger.repository._AS_OF": 6_000,
    # All that waits in the account, each by its index.
    "autopay.repository.WAITING": 400,
    # All that is looked up, of all accounts, for a metric and for a person.
    "payments.repository.orders._AWAITED": 800,
    "payments.repository.orders._OPEN": 800,
    # Once for an update; a gateway has a few batches a day.
    "payouts.repository._FIND_SPAN": 1_100,
    # A plan for whatever limit reads the table; the worker's own limit has one that does not.
    "gateway_webhooks.repository._REMOVE_OLD": 20_100,
    "balances.repository._AS_OF": 6_400,
    "statements.repository.OPEN_ITEMS": 2_300,
    "statements.repository.ADD_OPEN_ITEMS": 2_300,
    "statements.repository.OPEN_PARTS": 2_300,
    "statements.repository.SINCE": 2_300,
}


@pytest.fixture(scope="module")
async def large(worker_id: str) -> AsyncIterator[Sql]:
    """A connection to a database in which one account has 100,000 invoices and as many entries of its ledger."""
    name = f"billing_large_{worker_id}"
    connection = await asyncpg.connect(await server.clone(name))
    await connection.execute(_FILL)
    for statement in filling():
        await connection.execute(statement)
    await connection.execute("ANALYZE")
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    yield connection
    await connection.close()
    await server.drop(name)


@pytest.mark.parametrize("name", _STATEMENTS)
async def test_reads_a_page_and_not_the_account(name: str, large: Sql) -> None:
    """Rows that were read, those that a filter left out included."""
    plan = await _explained(large, _STATEMENTS[name], _VALUES | _OTHER_VALUES.get(name, {}))
    assert _rows_read(plan) <= _MORE.get(name, _MOST), json.dumps(plan, indent=1)


async def test_rows_are_counted(large: Sql) -> None:
    """The measure itself: a search that finds nothing has read the whole account."""
    plan = await _explained(large, invoices.LIST._build(frozenset({"q"}), "issued_on", False), _VALUES)
    assert _rows_read(plan) >= 100_000


async def _explained(connection: Sql, statement: Command, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plan as it was executed; the changes of a statement are undone."""
    compiled = statement._compiled
    values = {**_by_type(statement), **values}
    constants = compiled.constants
    given = [constants[name] if constants.get(name) is not None else _value(name, values) for name in compiled.names]
    arguments = f"({', '.join(map(_literal, given))})" if given else ""
    await connection.execute(f"PREPARE explained AS {compiled.sql}")
    undone = connection.transaction()
    await undone.start()
    try:
        (row,) = await connection.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE explained{arguments}")
    finally:
        await undone.rollback()
        await connection.execute("DEALLOCATE explained")
    plan: dict[str, Any] = json.loads(row[0])[0]["Plan"]
    return plan


def _by_type(command: Command) -> dict[str, Any]:
    compiled = command._query.compile(dialect=asyncpg_dialect.dialect())  # type: ignore[no-untyped-call]
    return {str(parameter.key): _of_type(parameter.type) for parameter in compiled.binds.values()}


def _of_type(kind: TypeEngine[Any]) -> Any:
    if isinstance(kind, ARRAY):
        return [_of_type(kind.item_type)]
    return next((value for known, value in _OF_TYPE.items() if isinstance(kind, known)), None)


def _value(name: str, values: Mapping[str, Any]) -> Any:
    """The value of a parameter; a later page of a list begins after nothing, since only its plan is of interest."""
    if name.startswith("after_"):
        return None
    assert name in values, f"add a value for the parameter {name!r} to _VALUES in tests/db/test_plans.py"
    return values[name]


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'"
    if isinstance(value, list):
        cast = _ARRAYS.get(type(value[0]), "")
        return f"ARRAY[{', '.join(_literal(one) for one in value)}]{cast}"
    return f"'{value}'"


def _rows_read(plan: dict[str, Any]) -> float:
    here = 0.0
    if "Relation Name" in plan or plan["Node Type"] == "Bitmap Index Scan":
        removed = sum(plan.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
        here = (plan["Actual Rows"] + removed) * plan["Actual Loops"]
    return here + sum(_rows_read(child) for child in plan.get("Plans", ()))
