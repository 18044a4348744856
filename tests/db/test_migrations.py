"""The migrations, run on a real server: up from nothing, down to nothing, and no drift from the tables."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from billing_api.db import migrate
from billing_api.tables import METADATA
from tests.fixtures import server

_MIGRATIONS = Path(__file__).parents[2] / "migrations"
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


@pytest.fixture
async def empty_url(worker_id: str) -> AsyncIterator[str]:
    """A database with nothing in it."""
    name = f"billing_empty_{worker_id}"
    await server.recreate(name)
    yield server.url_of(name)
    await server.drop(name)


async def test_up_and_down_again(empty_url: str) -> None:
    """From nothing to the newest revision, back to nothing, and up once more."""
    await _alembic(command.upgrade, empty_url, "head")
    assert await _fetch(empty_url, "SELECT version_num FROM alembic_version") == [migrate.head()]
    await _alembic(command.downgrade, empty_url, "base")
    assert await _fetch(empty_url, _OBJECTS) == []
    await _alembic(command.upgrade, empty_url, "head")
    assert await _fetch(empty_url, "SELECT version_num FROM alembic_version") == [migrate.head()]


async def test_tables_and_migrations_say_the_same(database_url: str) -> None:
    """`make migration` would write an empty one."""

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, METADATA))

    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_every_migration_gives_up_waiting_for_a_lock(empty_url: str, tmp_path: Path) -> None:
    """Not only the first of a run: behind a migration that waits, the whole service would."""
    for revision, down in (("first", None), ("second", "first")):
        (tmp_path / f"{revision}.py").write_text(_VERSION.format(revision=revision, down=down))
    await _alembic(command.upgrade, empty_url, "head", versions=tmp_path)
    assert await _fetch(empty_url, "SELECT lock_timeout FROM first UNION ALL SELECT lock_timeout FROM second") == [
        "5s",
        "5s",
    ]


async def _alembic(
    order: Callable[[Config, str], None], url: str, revision: str, *, versions: Path = _MIGRATIONS / "versions"
) -> None:
    """Alembic's environment runs an event loop of its own, so in a thread."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("version_locations", str(versions).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["url"] = url
    await asyncio.to_thread(order, config, revision)


async def _fetch(url: str, query: str) -> list[object]:
    connection = await asyncpg.connect(url)
    try:
        return [row[0] for row in await connection.fetch(query)]
    finally:
        await connection.close()
