"""The migrations, run on a real server: up from nothing, down to nothing, and no drift from the tables."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from billing_api.db import revisions
from billing_api.db.address import DatabaseAddress
from billing_api.db.migrate import engine_of
from billing_api.tables import METADATA
from tests.db.migrating import MIGRATIONS, run_alembic

pytestmark = pytest.mark.slow

_OBJECTS = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname !~ '^alembic_version'
    UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typname !~ 'alembic_version'
"""
_VERSION = '''
"""{revision}."""
from alembic import op

revision = "{revision}"
down_revision = {down!r}


def upgrade() -> None:
    op.execute("CREATE TABLE {revision} AS SELECT current_setting('lock_timeout') AS lock_timeout")
'''

_OLD_DISPUTES = """
    SET session_replication_role = replica;
    INSERT INTO invoice_disputes (account_id, id, invoice_id, person_id, status, reason, text, currency, amount,
                                  created_at, updated_at, version)
    SELECT account_id, gen_random_uuid(), id, gen_random_uuid(), 'open', 'other', 'Why?', 'USD', 100, now(), now(), 1
    FROM invoices;
    UPDATE invoices SET contested = 100
"""
_OLD_METHODS = """
    INSERT INTO accounts (id, name, status, currency, net_days, discount_basis_points, discount_days,
                          discount_includes_tax, created_at, updated_at, version)
    VALUES (gen_random_uuid(), 'Old Customer', 'active', 'USD', 30, 0, 0, false, now(), now(), 1);
    INSERT INTO payment_methods (account_id, id, kind, status, token, is_default, mandate_accepted_at,
                                 created_at, updated_at, version)
    SELECT accounts.id, gen_random_uuid(), 'us_bank_account', old, old, old = 'active', now(), now(), now(), 1
    FROM accounts, unnest('{vaulting,pending,active,failed,removing,removed}'::text[]) AS old
"""
_OLD_INVOICES = """
    INSERT INTO accounts (id, name, status, currency, net_days, discount_basis_points, discount_days,
                          discount_includes_tax, created_at, updated_at, version)
    VALUES (gen_random_uuid(), 'Old Customer', 'active', 'USD', 30, 0, 0, false, now(), now(), 1);
    INSERT INTO invoices (account_id, id, kind, number, status, currency, issued_on, due_on, closed_on, net, tax, total,
                          paid, credited, deposit_applied, discounted, written_off, voided, amount_due, amount_pending,
                          discount_basis_points, discount_includes_tax, created_at, updated_at, version)
    SELECT accounts.id, gen_random_uuid(), 'invoice', closed_on::text, 'paid', 'USD', '2026-03-02', '2026-04-01',
           closed_on, 100, 0, 100, 100, 0, 0, 0, 0, 0, 0, 0, 0, false, now(), now(), 1
    FROM accounts, unnest('{2026-02-20,2026-03-02,2026-03-09}'::date[]) AS closed_on
"""
_METHODS = """
    SELECT concat_ws(', ', status, 'wants ' || wanted::text, CASE WHEN next_check_at <= now() THEN 'due' END)
    FROM payment_methods ORDER BY 1
"""
_INVALID = """
    SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid
    UNION ALL SELECT conname FROM pg_constraint WHERE NOT convalidated
"""


class _BrokenOffError(Exception):
    """A migration is broken off."""


async def test_up_and_down_again(empty_url: str) -> None:
    """From nothing to the newest revision, back to nothing, and up once more."""
    await run_alembic(command.upgrade, empty_url, "head")
    assert await _fetch(empty_url, "SELECT version_num FROM alembic_version") == [revisions.head()]
    await run_alembic(command.downgrade, empty_url, "base")
    assert await _fetch(empty_url, _OBJECTS) == []
    await run_alembic(command.upgrade, empty_url, "head")
    assert await _fetch(empty_url, "SELECT version_num FROM alembic_version") == [revisions.head()]


async def test_tables_and_migrations_say_the_same(database_url: str) -> None:
    """`make migration` would write an empty one."""

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, METADATA))

    engine = engine_of(DatabaseAddress.parse(database_url))
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
        assert not found, f'run `make migration m="…"`, which writes a migration for {found}'
    await engine.dispose()


async def test_methods_of_every_status_come_up_down_and_up_again(empty_url: str) -> None:
    """Rows of the first revision; what a pass is to look at afterwards has all that the pass needs."""
    await run_alembic(command.upgrade, empty_url, "0001")
    await _execute(empty_url, _OLD_METHODS)
    for _ in range(2):
        await run_alembic(command.upgrade, empty_url, "head")
        assert await _fetch(empty_url, _METHODS) == [
            "active, due",
            "discarding, due",
            "pending, due",
            "removed",
            "removing, due",
            "vaulting, wants {}, due",
        ]
        assert await _fetch(empty_url, "SELECT count(*) FROM gateway_tokens") == [6]
        await run_alembic(command.downgrade, empty_url, "0001")
    assert await _fetch(empty_url, "SELECT status FROM payment_methods ORDER BY status") == [
        "active",
        "failed",
        "pending",
        "removed",
        "removing",
        "vaulting",
    ]


async def test_no_old_invoice_stays_closed_before_its_day_and_taxes_may_be_below_zero(empty_url: str) -> None:
    await run_alembic(command.upgrade, empty_url, "0011")
    await _execute(empty_url, _OLD_INVOICES)
    await run_alembic(command.upgrade, empty_url, "0012")
    closed = await _fetch(empty_url, "SELECT closed_on::text FROM invoices ORDER BY closed_on")
    assert closed == ["2026-03-02", "2026-03-02", "2026-03-09"]
    await _execute(empty_url, "UPDATE invoices SET net = 110, tax = -10")
    with pytest.raises(asyncpg.CheckViolationError, match="ck_invoices_total"):
        await _execute(empty_url, "UPDATE invoices SET net = -10, tax = 110")
    await run_alembic(command.downgrade, empty_url, "0011")
    await run_alembic(command.upgrade, empty_url, "head")
    unproven = "SELECT conname FROM pg_constraint WHERE conname LIKE 'ck_%_total' AND NOT convalidated"
    assert await _fetch(empty_url, unproven) == []


async def test_an_open_dispute_of_a_paid_invoice_is_settled(empty_url: str) -> None:
    await run_alembic(command.upgrade, empty_url, "0011")
    await _execute(empty_url, _OLD_INVOICES)
    await run_alembic(command.upgrade, empty_url, "0033")
    await _execute(empty_url, _OLD_DISPUTES)
    await run_alembic(command.upgrade, empty_url, "0034")
    ended = "SELECT concat_ws(' ', status, settlement, closed_at IS NOT NULL, version) FROM invoice_disputes"
    assert await _fetch(empty_url, ended) == ["settled invoice_paid t 2"] * 3
    assert await _fetch(empty_url, "SELECT contested FROM invoices") == [None] * 3
    await run_alembic(command.downgrade, empty_url, "0033")
    assert await _fetch(empty_url, "SELECT status FROM invoice_disputes") == ["withdrawn"] * 3


@pytest.mark.parametrize(
    ("before", "table", "columns"),
    [
        ("0002", "payment_methods", "next_check_at"),
        ("0002", "payment_methods", "expiration_year_expiration_month"),
        ("0010", "payments", "next_check_at"),
    ],
)
async def test_an_index_that_was_half_built_is_built_again(
    empty_url: str, before: str, table: str, columns: str
) -> None:
    """A build beside the traffic that breaks off leaves an index that nobody uses, and no revision."""
    name = f"ix_{table}_{columns}"
    await run_alembic(command.upgrade, empty_url, before)
    await _execute(empty_url, f"CREATE INDEX {name} ON {table} (account_id)")
    await run_alembic(command.upgrade, empty_url, "head")
    (built,) = await _fetch(empty_url, f"SELECT pg_get_indexdef('{name}'::regclass)")
    assert "account_id" not in str(built)
    await run_alembic(command.downgrade, empty_url, before)


async def test_every_migration_that_breaks_off_can_be_run_again(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each that commits in its middle breaks off at the end of its autocommit block: what it did so far stays."""
    unbroken, broken = MigrationContext.autocommit_block, set[str]()

    @contextmanager
    def breaking(context: MigrationContext) -> Iterator[None]:
        with unbroken(context):
            yield
        revision = inspect.stack()[2].frame.f_globals["revision"]  # of the migration whose block this is
        if revision not in broken:
            broken.add(revision)
            raise _BrokenOffError(revision)

    monkeypatch.setattr(MigrationContext, "autocommit_block", breaking)
    with_a_block = [one for one in (MIGRATIONS / "versions").glob("*.py") if "autocommit_block" in one.read_text()]
    for _ in with_a_block:
        with pytest.raises(_BrokenOffError):
            await run_alembic(command.upgrade, empty_url, "head")
    await run_alembic(command.upgrade, empty_url, "head")
    assert len(broken) == len(with_a_block)
    assert await _fetch(empty_url, _INVALID) == []


async def test_every_migration_gives_up_waiting_for_a_lock(empty_url: str, tmp_path: Path) -> None:
    """Not only the first of a run: behind a migration that waits, the whole service would."""
    for revision, down in (("first", None), ("second", "first")):
        (tmp_path / f"{revision}.py").write_text(_VERSION.format(revision=revision, down=down))
    await run_alembic(command.upgrade, empty_url, "head", versions=tmp_path)
    assert await _fetch(empty_url, "SELECT lock_timeout FROM first UNION ALL SELECT lock_timeout FROM second") == [
        "5s",
        "5s",
    ]


async def _fetch(url: str, query: str) -> list[object]:
    connection = await asyncpg.connect(url)
    try:
        return [row[0] for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def _execute(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()
