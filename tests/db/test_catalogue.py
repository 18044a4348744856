"""The migrated database equals the declared tables, and refuses forbidden changes."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

import asyncpg
import pytest

from billing_api.auth.security_log import SecurityLog
from billing_api.db.address import DatabaseAddress
from billing_api.db.migrate import engine_of
from billing_api.tables import APPEND_ONLY_TABLES, GLOBAL_TABLES, METADATA
from tests.factories.imports import Books
from tests.factories.statements import make_statement
from tests.fixtures import server
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services

# What PostgreSQL knows of our schema, in its own words.
_ASPECTS = {
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity, numeric_precision
        FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_schema = 'public' AND table_name <> 'alembic_version' AND table_type = 'BASE TABLE'
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), condeferrable
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 'alembic_version'::regclass
    """,
    "indexes": """
        SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    """,
    # Those of triggers are made by migrations alone.
    "functions": """
        SELECT pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prorettype <> 'trigger'::regtype
    """,
}


@pytest.fixture(scope="module")
async def declared(worker_id: str) -> AsyncIterator[Sql]:
    """A connection to a database that the tables' classes made, without any migration."""
    name = f"declared_{worker_id}"
    await server.recreate(name)
    engine = engine_of(DatabaseAddress.parse(server.url_of(name)))
    async with engine.begin() as writer:
        await writer.run_sync(METADATA.create_all)
    await engine.dispose()
    connection = await asyncpg.connect(server.url_of(name))
    await connection.execute("CREATE TABLE alembic_version ()")
    yield connection
    await connection.close()
    await server.drop(name)


@pytest.mark.parametrize("aspect", _ASPECTS)
async def test_migrations_make_what_the_classes_declare(aspect: str, sql: Sql, declared: Sql) -> None:
    """Column for column, constraint for constraint: also CHECKs, which alembic's own comparison leaves out."""
    migrated = {tuple(row) for row in await sql.fetch(_ASPECTS[aspect])}
    made = {tuple(row) for row in await declared.fetch(_ASPECTS[aspect])}
    assert migrated ^ made == set()


async def test_account_is_first_in_every_unique_index(sql: Sql) -> None:
    """Rule 1, as PostgreSQL sees it, also for tables that a migration made by hand."""
    rows = await sql.fetch(
        """
        SELECT indrelid::regclass::text AS table, indexrelid::regclass::text AS name, attname AS first
        FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
        WHERE indisunique AND indrelid::regclass::text = ANY($1)
    """,
        _tenant_tables(),
    )
    assert rows
    assert not [row["name"] for row in rows if row["first"] != "account_id"]


async def test_account_is_first_in_every_foreign_key(sql: Sql) -> None:
    """Rules 1 and 4: keys carry the account, are checked at once and do nothing by themselves."""
    rows = await sql.fetch(
        """
        SELECT conname, attname AS first, confrelid::regclass::text AS target, confdeltype, confupdtype, condeferrable
        FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
        WHERE contype = 'f' AND conrelid::regclass::text = ANY($1)
    """,
        _tenant_tables(),
    )
    assert rows
    for row in rows:
        assert row["first"] == "account_id" or row["target"] in GLOBAL_TABLES, row["conname"]
        assert (row["confdeltype"], row["confupdtype"], row["condeferrable"]) == (b"a", b"a", False), row["conname"]


async def test_numbers_and_times_lose_nothing(sql: Sql) -> None:
    """No float, no time without its zone, no sequence, and no default but those that are declared."""
    declared = {
        str(column)
        for table in METADATA.tables.values()
        for column in table.columns
        if column.server_default is not None
    }
    rows = await sql.fetch("""
        SELECT table_name || '.' || column_name AS name FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name <> 'alembic_version' AND (
            data_type IN ('real', 'double precision', 'money', 'integer', 'smallint', 'timestamp without time zone',
                          'time without time zone', 'character varying', 'character')
            OR column_default IS NOT NULL OR is_identity = 'YES'
        )
    """)
    assert {row["name"] for row in rows} == declared
    assert not await sql.fetch("SELECT FROM pg_sequences WHERE schemaname = 'public'")


async def test_triggers_stand_where_the_database_must_refuse(sql: Sql) -> None:
    """Rule 4: on append-only tables, and nowhere else."""
    rows = await sql.fetch("SELECT tgrelid::regclass::text AS table FROM pg_trigger WHERE NOT tgisinternal")
    assert {row["table"] for row in rows} == APPEND_ONLY_TABLES


@pytest.mark.parametrize("table", sorted(APPEND_ONLY_TABLES))
@pytest.mark.parametrize("change", ["UPDATE {table} SET account_id = gen_random_uuid()", "DELETE FROM {table}"])
async def test_append_only_tables_refuse_changes(table: str, change: str, sql: Sql, written: UUID) -> None:
    """Every role is refused, although the row exists."""
    statement = f"{change.format(table=table)} WHERE account_id = $1"
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await sql.execute(statement, written)


@pytest.mark.parametrize("table", ["accounts", *sorted(APPEND_ONLY_TABLES)])
async def test_no_append_only_table_can_be_emptied(table: str, sql: Sql) -> None:
    """Neither by itself nor by way of the accounts."""
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await sql.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("column", ["account_id", "id", "kind", "subject_id", "occurred_at", "data"])
async def test_nothing_that_was_written_of_an_event_changes(column: str, sql: Sql, written: UUID) -> None:
    """Each of its columns."""
    others = {"kind": "kind || '!'", "data": "data || '{\"x\": 1}'", "occurred_at": "occurred_at + interval '1 s'"}
    change = f"UPDATE outbox_events SET {column} = {others.get(column, 'gen_random_uuid()')} WHERE account_id = $1"
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await sql.execute(change, written)


async def test_event_is_numbered_once(sql: Sql, written: UUID) -> None:
    """Its number is none of what was written, and never another one. Taken back at the end."""
    transaction = sql.transaction()
    await transaction.start()
    await sql.execute("UPDATE outbox_events SET number = 1, numbered_at = now() WHERE account_id = $1", written)
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await sql.execute("UPDATE outbox_events SET number = 2 WHERE account_id = $1", written)
    await transaction.rollback()


@pytest.fixture(scope="module")
async def written(services: Services, sql: Sql) -> UUID:
    """An account with a row in each append-only table."""
    books = Books()
    report = await services.imports.run(
        [
            books.account_line(),
            books.invoice("I-1", taxes=[{"name": "Sales tax", "rate": "8.25", "amount": 825}]),
            books.credit_memo(
                "CM-1", 1_000, {"I-1": 1_083}, taxes=[{"name": "Sales tax", "rate": "8.25", "amount": 83}]
            ),
            books.payment("P-1", 2_000, {"I-1": 2_000}),
        ]
    )
    assert not report.failures
    account_id: UUID = await sql.fetchval(
        "SELECT account_id FROM external_references WHERE external_id = $1", books.account
    )
    await SecurityLog(services.database, services.clock).record_failure("password.change_failed", account_id=account_id)
    await make_statement(services, account_id, date(2026, 3, 31))
    for table in APPEND_ONLY_TABLES:
        assert await sql.fetchval(f"SELECT count(*) FROM {table} WHERE account_id = $1", account_id), table
    return account_id


def _tenant_tables() -> list[str]:
    return sorted(METADATA.tables.keys() - GLOBAL_TABLES - {"accounts"})
