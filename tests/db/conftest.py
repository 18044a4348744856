"""A database that belongs to these tests: they end its connections."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from billing_api.db.address import DatabaseAddress
from billing_api.db.database import Database
from tests.db.wire import Wire
from tests.fixtures import server
from tests.fixtures.queries import Sql


@pytest.fixture(scope="session")
async def scratch_url(worker_id: str) -> AsyncIterator[str]:
    """A database with one table, `shelf`."""
    name = f"scratch_{worker_id}"
    await server.recreate(name)
    connection = await asyncpg.connect(server.url_of(name))
    await connection.execute("CREATE TABLE shelf (name text PRIMARY KEY, items bigint NOT NULL, facts jsonb)")
    await connection.close()
    yield server.url_of(name)
    await server.drop(name)


@pytest.fixture
async def shelf(scratch_url: str) -> AsyncIterator[Sql]:
    """A connection of the test's own, with the table filled anew."""
    connection = await asyncpg.connect(scratch_url)
    await connection.execute("TRUNCATE shelf")
    await connection.execute("INSERT INTO shelf VALUES ('left', 1, '{\"a\": [1]}'), ('right', 2, NULL)")
    yield connection
    await connection.close()


@pytest.fixture
async def empty_url(worker_id: str) -> AsyncIterator[str]:
    """A database with nothing in it."""
    name = f"empty_{worker_id}"
    await server.recreate(name)
    yield server.url_of(name)
    await server.drop(name)


DatabaseAt = Callable[..., Awaitable[Database]]


@pytest.fixture
async def database_at() -> AsyncIterator[DatabaseAt]:
    """A function that makes a write side as bootstrap.py does."""
    async with AsyncExitStack() as opened:

        async def make(url: str, *, pool_size: int = 4, timeout_seconds: float = 10, **more: float) -> Database:
            database = Database(
                DatabaseAddress.parse(url), pool_size=pool_size, timeout_seconds=timeout_seconds, **more
            )
            await database.open()
            opened.push_async_callback(database.close)
            return database

        yield make


@pytest.fixture
async def database(scratch_url: str, database_at: DatabaseAt) -> Database:
    """The database, on the scratch one."""
    return await database_at(scratch_url)


@pytest.fixture
async def wire(scratch_url: str) -> AsyncIterator[Wire]:
    """A wire to the scratch database."""
    with TemporaryDirectory(prefix="wire-") as folder:
        wire = Wire(scratch_url, Path(folder))
        async with wire.open():
            yield wire
