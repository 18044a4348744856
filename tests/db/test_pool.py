"""Connections between two statements: kept for the next one, or given back to asyncpg's pool."""

import asyncio
from collections.abc import Collection
from typing import Any

import asyncpg
import pytest
from sqlalchemy import func, select

from billing_api.db import pool
from billing_api.db.database import Database
from billing_api.db.statements import Statement
from billing_api.db.transactions import present_transaction
from billing_api.errors import UnavailableError
from tests.db.conftest import DatabaseAt
from tests.db.wire import Wire
from tests.fixtures.queries import Sql
from tests.fixtures.waiting import looks

_BACKEND = Statement(select(func.pg_backend_pid()), int)
_SLEEP = Statement(select(func.pg_sleep(30)), object)
_SLEEPERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"


class Released(list[int]):
    """The backends whose connections were given back to an asyncpg pool, by whatever code of this process.

    The application of other tests watches over revoked tokens meanwhile, with connections of its own.
    """

    def of(self, backends: Collection[int]) -> list[int]:
        """Return those of these backends."""
        return [backend for backend in self if backend in backends]


@pytest.fixture
def released(monkeypatch: pytest.MonkeyPatch) -> Released:
    """The connections that are given back while the test runs."""
    given, release = Released(), asyncpg.Pool.release

    async def note(self: Any, connection: Any, **options: Any) -> None:
        given.append(connection.get_server_pid())
        await release(self, connection, **options)

    monkeypatch.setattr(asyncpg.Pool, "release", note)
    return given


async def asleep(database: Database, shelf: Sql) -> "asyncio.Task[list[object]]":
    """Return a read that the server is busy with."""
    task = asyncio.create_task(database.fetch(_SLEEP))
    for _ in looks("the server sleeps"):
        if await shelf.fetchval(_SLEEPERS):
            break
    return task


class TestKept:
    """A connection whose work ended well serves the next statement."""

    async def test_reads_and_transactions_share_it(self, database: Database, shelf: Sql, released: Released) -> None:
        backends = {
            *await database.fetch(_BACKEND),
            *await database.run(lambda: database.fetch(_BACKEND)),
            *await database.snapshot(lambda: database.fetch(_BACKEND)),
        }
        assert len(backends) == 1
        assert not released.of(backends)

    async def test_it_goes_back_when_it_is_not_used(
        self,
        scratch_url: str,
        shelf: Sql,
        database_at: DatabaseAt,
        released: Released,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """asyncpg closes connections that are idle for long."""
        monkeypatch.setattr(pool, "_KEPT_SECONDS", 0.2)
        database = await database_at(scratch_url)
        backends = await database.fetch(_BACKEND)
        assert not released.of(backends)
        for _ in looks("it is given back"):
            await shelf.fetchval("SELECT 1")
            if released.of(backends) and not database.connections_in_use:
                break

    async def test_it_goes_back_after_some_time_of_use(
        self, database: Database, shelf: Sql, released: Released, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """asyncpg replaces connections that have served very many statements."""
        monkeypatch.setattr(pool, "_KEPT_SECONDS", 0.0)
        backends = [*await database.fetch(_BACKEND), *await database.fetch(_BACKEND)]
        assert released.of(backends) == backends

    async def test_it_goes_to_the_task_that_waits(self, scratch_url: str, shelf: Sql, database_at: DatabaseAt) -> None:
        """And to those that come later."""
        database = await database_at(scratch_url, pool_size=1)
        found = await asyncio.gather(*(database.fetch(_BACKEND) for _ in range(20)))
        assert len({backend for (backend,) in found}) == 1
        assert database.connections_in_use == 0

    async def test_closing_the_database_closes_it(self, scratch_url: str, shelf: Sql, database_at: DatabaseAt) -> None:
        database = await database_at(scratch_url)
        backends = await asyncio.gather(*(database.fetch(_BACKEND) for _ in range(3)))
        await database.close()
        for _ in looks("the server has ended them"):
            if not await shelf.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE pid = any($1)", [pid for (pid,) in backends]
            ):
                break


class TestCancelled:
    """A statement that was cancelled may still run: its connection is asyncpg's business."""

    async def test_the_next_statement_has_a_connection_of_its_own_or_waits(
        self, scratch_url: str, shelf: Sql, database_at: DatabaseAt
    ) -> None:
        """asyncpg ends the statement before it lends the connection again."""
        database = await database_at(scratch_url, pool_size=1)
        await database.fetch(_BACKEND)
        task = await asleep(database, shelf)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await database.fetch(_BACKEND)
        assert await shelf.fetchval(_SLEEPERS) == 0
        assert database.connections_in_use == 0

    async def test_cancelled_again_while_it_is_given_back(
        self, wire: Wire, shelf: Sql, database_at: DatabaseAt
    ) -> None:
        """It is in use until asyncpg has it back: a statement that waits for it has a time-out."""
        database = await database_at(wire.url, pool_size=1, timeout_seconds=2)
        task = await asleep(database, shelf)
        wire.silence()  # the server does not hear of the cancellation
        task.cancel()
        await asyncio.wait([task], timeout=0.1)
        assert not task.done()
        task.cancel()
        await asyncio.wait([task])
        assert database.connections_in_use == 1
        with pytest.raises(UnavailableError):
            await database.fetch(_BACKEND)
        wire.is_silent = False
        for _ in looks("asyncpg has it back"):
            await database.fetch(_BACKEND)
            if database.connections_in_use == 0:
                break


class TestLost:
    """Connections that the server ends while they are kept."""

    async def test_none_is_used_again(self, scratch_url: str, shelf: Sql, database_at: DatabaseAt) -> None:
        """All are replaced, and all can be closed, whether asyncpg or a statement notices the loss first."""
        for _ in range(10):
            database = await database_at(scratch_url, pool_size=8)
            before = {backend for (backend,) in await asyncio.gather(*(database.fetch(_BACKEND) for _ in range(8)))}
            await shelf.execute("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) pid", list(before))
            after = {backend for (backend,) in await asyncio.gather(*(database.fetch(_BACKEND) for _ in range(8)))}
            assert not before & after
            assert database.connections_in_use == 0
            await database.close()

    async def test_a_transaction_whose_connection_is_lost_behind_its_commit_is_not_repeated(
        self, database: Database, shelf: Sql
    ) -> None:
        attempts = 0

        async def work() -> None:
            nonlocal attempts
            attempts += 1
            transaction = present_transaction.get()
            assert transaction is not None
            database.after_commit(transaction.connection.terminate)

        await database.run(work)
        assert attempts == 1
        assert database.connections_in_use == 0
        assert len(await database.fetch(_BACKEND)) == 1
