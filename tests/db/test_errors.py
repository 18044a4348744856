"""Every database error leads to a repeat, a 503 or a fault, for transactions and for reads alike."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import Text, bindparam, column, func, select, text

from billing_api.db.database import Database
from billing_api.db.errors import STATES, DatabaseUnavailableError, Remedy, classify, state_of
from billing_api.db.statements import Statement
from tests.db.conftest import DatabaseAt
from tests.db.test_database import Shelf, items
from tests.fixtures.queries import Sql
from tests.fixtures.waiting import looks

_RAISING = """
    CREATE OR REPLACE FUNCTION raise_state(state text) RETURNS bigint LANGUAGE plpgsql AS $$
    BEGIN
        IF current_setting('transaction_read_only') = 'off' THEN PERFORM nextval('attempts'); END IF;
        RAISE EXCEPTION 'as the test asked' USING ERRCODE = state;
    END $$
"""
_ASK = select(func.raise_state(bindparam("state", type_=Text)))
_READ = Statement(_ASK, int)

# How often a transaction is tried and a read, and whether the end is a 503: otherwise it is the driver's own error.
_RAISE = "SELECT raise_state($1)"
_REPEATED, _TOLD, _FAULT = (5, 3, True), (1, 1, True), (1, 1, False)
_ENDS = {
    **dict.fromkeys(("08000", "08001", "08003", "08006", "08P01"), _REPEATED),
    **dict.fromkeys(("57P01", "57P02", "57P03", "57P04", "57P05", "53300"), _REPEATED),
    **dict.fromkeys(("40001", "40P01", "25006", "25P03", "26000", "42P05"), _REPEATED),
    **dict.fromkeys(("25P04", "28000", "28P01", "3D000", "55006", "55P03", "57000", "57014"), _TOLD),
    **dict.fromkeys(("53000", "53100", "53200", "53400", "58000", "58030"), _TOLD),
    **dict.fromkeys(("0A000", "21000", "22003", "23503", "25P02", "40002", "42501", "42703", "42P01"), _FAULT),
    **dict.fromkeys(("54000", "55000", "P0001", "XX000", "XX001"), _FAULT),
}


def test_every_row_of_the_table_has_its_example() -> None:
    """One that is new has to stand below, too."""
    assert not [row for row in STATES if not any(state.startswith(row) for state in _ENDS)]


class TestTable:
    """A real server raises each of them."""

    @pytest.fixture
    async def counted(self, shelf: Sql) -> AsyncIterator[Sql]:
        """A sequence, which no rollback takes back, counts the attempts."""
        await shelf.execute("CREATE SEQUENCE attempts")
        await shelf.execute(_RAISING)
        yield shelf
        await shelf.execute("DROP SEQUENCE attempts")

    @pytest.mark.parametrize("state", _ENDS)
    async def test_transaction(self, database: Database, counted: Sql, state: str) -> None:
        """Repeated as a whole, or not at all."""
        tries, _, is_told = _ENDS[state]
        with pytest.raises(DatabaseUnavailableError if is_told else asyncpg.PostgresError) as ended:
            await database.run(lambda: database.connection.fetchval(_RAISE, state))
        assert await counted.fetchval("SELECT last_value FROM attempts") == tries
        assert getattr(ended.value, "retry_after", None) == (5 if is_told else None)

    @pytest.mark.parametrize("state", _ENDS)
    async def test_read(self, database: Database, counted: Sql, state: str) -> None:
        """The same errors, by themselves and in a snapshot."""
        _, tries, is_told = _ENDS[state]
        with pytest.raises(DatabaseUnavailableError if is_told else asyncpg.PostgresError):
            await database.fetch(_READ, state=state)
        assert await counted.fetchval("SELECT last_value FROM attempts") == tries
        in_snapshot = 0

        async def read() -> None:
            nonlocal in_snapshot
            in_snapshot += 1
            await database.fetch(_READ, state=state)

        with pytest.raises(DatabaseUnavailableError if is_told else asyncpg.PostgresError):
            await database.snapshot(read)
        assert in_snapshot == tries

    def test_no_row_is_a_fault(self) -> None:
        """Those are what the table does not have."""
        assert Remedy.RAISE not in {error.remedy for error in STATES.values()}


def test_a_lost_connection_is_known_by_its_state_whatever_broke_it() -> None:
    """A write to a closed socket is the cause of asyncpg's error."""
    lost = asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
    lost.__cause__ = BrokenPipeError()
    assert state_of(lost) == "08003"
    assert classify(lost) == STATES["08"]


class TestSpentConnections:
    """A broken connection is not used again; its statement is repeated on another."""

    @pytest.mark.parametrize(
        "spoil",
        [
            pytest.param("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", id="read-only"),
            pytest.param("DEALLOCATE ALL", id="statements forgotten"),
        ],
    )
    async def test_of_a_transaction(self, scratch_url: str, shelf: Sql, database_at: DatabaseAt, spoil: str) -> None:
        """The pool has this connection alone."""
        database = await database_at(scratch_url, pool_size=1)
        service = Shelf(database)
        assert await service.put("left", 1) == 2
        await database.run(lambda: database.connection.execute(spoil))
        service.attempts = 0
        assert await service.put("left", 1) == 3
        assert service.attempts == 2
        assert await service.put("left", 1) == 4
        assert service.attempts == 3

    async def test_of_a_read(self, database: Database, shelf: Sql) -> None:
        """And the other connections of the pool go with it."""
        await shelf.execute(
            "CREATE OR REPLACE FUNCTION forget() RETURNS int LANGUAGE plpgsql AS "
            "$$ BEGIN EXECUTE 'DEALLOCATE ALL'; RETURN pg_backend_pid(); END $$"
        )
        backend = Statement(select(func.pg_backend_pid()), int)
        (before,) = await database.fetch(backend)
        (forgotten,) = await database.fetch(Statement(select(func.forget()), int))
        assert forgotten == before
        (after,) = await database.fetch(backend)
        assert after != before
        assert await database.snapshot(lambda: database.fetch(backend)) == [after]


class TestChangedType:
    """A column gets another type while statements on it are prepared, as in a rolling deployment."""

    @pytest.fixture
    async def changing(self, shelf: Sql) -> AsyncIterator[Sql]:
        """The table gets its old types back."""
        yield shelf
        await shelf.execute("ALTER TABLE shelf ALTER items TYPE bigint")

    async def test_transaction_is_repeated(self, database: Database, changing: Sql) -> None:
        """As a whole; afterwards nothing is stale."""
        service = Shelf(database)
        assert await service.put("left", 1) == 2
        await changing.execute("ALTER TABLE shelf ALTER items TYPE numeric")
        service.attempts = 0
        assert await service.put("left", 1) == 3
        assert service.attempts == 2
        assert await service.put("left", 1) == 4
        assert service.attempts == 3

    async def test_snapshot_is_repeated(self, database: Database, changing: Sql) -> None:
        """And a read by itself."""
        stock = Statement(select(column("items")).select_from(text("shelf")).where(text("name = 'left'")), int)
        assert await database.fetch(stock) == [1]
        await changing.execute("ALTER TABLE shelf ALTER items TYPE numeric")
        assert await database.snapshot(lambda: database.fetch(stock)) == [1]
        await changing.execute("ALTER TABLE shelf ALTER items TYPE integer")
        assert await database.fetch(stock) == [1]


class TestTooSlow:
    """A statement that has waited too long is an error, and is not repeated."""

    async def test_lock_timeout(self, database: Database, shelf: Sql) -> None:
        """Of the server's own."""
        service = Shelf(database)
        async with shelf.transaction():
            await shelf.execute("LOCK TABLE shelf IN ACCESS EXCLUSIVE MODE")

            async def wait_shortly() -> None:
                service.attempts += 1
                await database.connection.execute("SET LOCAL lock_timeout = '50ms'")
                await database.connection.execute("SELECT FROM shelf")

            with pytest.raises(DatabaseUnavailableError):
                await database.run(wait_shortly)
        assert service.attempts == 1
        assert await service.put("left", 1) == 2

    async def test_statement_timeout_of_a_read(self, scratch_url: str, database_at: DatabaseAt) -> None:
        """The operator's, in the address."""
        database = await database_at(f"{scratch_url}&options=-c%20statement_timeout%3D50")
        with pytest.raises(DatabaseUnavailableError) as raised:
            await database.fetch(Statement(select(func.pg_sleep(30)), str))
        assert isinstance(raised.value.__cause__, asyncpg.QueryCanceledError)

    async def test_cancelled_by_an_operator(self, database: Database, shelf: Sql) -> None:
        """The operator wants the statement to end, so it is not repeated."""
        waits = asyncio.Event()
        backends: list[int] = []

        async def wait_long() -> None:
            backends.append(await database.connection.fetchval("SELECT pg_backend_pid()") or 0)
            waits.set()
            await database.connection.execute("UPDATE shelf SET items = 9")

        async with shelf.transaction():
            await shelf.execute("LOCK TABLE shelf IN ACCESS EXCLUSIVE MODE")
            task = asyncio.create_task(database.run(wait_long))
            await waits.wait()
            for _ in looks("the statement waits for the lock"):
                if await shelf.fetchval("SELECT cardinality(pg_blocking_pids($1)) > 0", backends[0]):
                    break
            await shelf.execute("SELECT pg_cancel_backend($1)", backends[0])
            with pytest.raises(DatabaseUnavailableError):
                await task
        assert len(backends) == 1
        assert await items(shelf, "left") == 1
