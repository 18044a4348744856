"""Round trips are counted by the protocol's messages, with any library."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from benchmarks.roundtrips import counting


async def test_each_wait_for_the_database_counts(database_url: str, tmp_path: Path) -> None:
    """A statement that is prepared already is one, as are BEGIN and COMMIT."""
    with counting(database_url, tmp_path) as (dsn, counter):
        connection = await asyncpg.connect(dsn)
        await connection.fetchval("SELECT 1")
        before = counter.waits
        assert await connection.fetchval("SELECT 1") == 1
        assert counter.waits - before == 1
        async with connection.transaction():
            await connection.fetchval("SELECT 1")
        assert counter.waits - before == 4
        await connection.close()


async def test_large_results_pass_unchanged(database_url: str, tmp_path: Path) -> None:
    """More than a read takes at once, in both directions."""
    text = "x" * 1_000_000
    with counting(database_url, tmp_path) as (dsn, counter):
        connection = await asyncpg.connect(dsn)
        before = counter.waits
        assert await connection.fetchval("SELECT $1::text", text) == text
        assert counter.waits - before == 2  # prepared, and run
        await connection.close()


async def test_a_failure_ends_the_connections_too(database_url: str, tmp_path: Path) -> None:
    connections = []

    async def fail() -> None:
        with counting(database_url, tmp_path) as (dsn, _):
            connections.append(await asyncpg.connect(dsn))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await asyncio.wait_for(connections[0].fetchval("SELECT 1"), 10)
