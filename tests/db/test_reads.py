"""Hot reads: one statement, one round trip, and a repeat after a lost connection."""

from dataclasses import FrozenInstanceError, dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import BigInteger, Column, MetaData, Table, Text, bindparam, select
from sqlalchemy.dialects.postgresql import JSONB

from billing_api.db.address import DatabaseAddress
from billing_api.db.database import Database
from billing_api.db.statements import Statement, columns_of
from billing_api.db.transactions import NoTransactionError
from billing_api.errors import UnavailableError
from tests.db.conftest import DatabaseAt
from tests.db.wire import Wire
from tests.fixtures.queries import Sql

SHELF = Table(
    "shelf", MetaData(), Column("name", Text), Column("items", BigInteger), Column("facts", JSONB), Column("dust", Text)
)


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """A row of the tests' table, with its fields in another order than the columns."""

    items: int
    name: str
    facts: dict[str, Any] | None


_ALL = Statement(select(*columns_of(SHELF, ShelfRow)).order_by(SHELF.c.name), ShelfRow)
_ONE = Statement(
    select(*columns_of(SHELF, ShelfRow)).where(SHELF.c.name == bindparam("name"), SHELF.c["items"] > 0), ShelfRow
)
_LOCK = Statement(select(SHELF.c["items"]).where(SHELF.c.name == bindparam("name")).with_for_update(), int)
_LEFT = ShelfRow(1, "left", {"a": [1]})
_RIGHT = ShelfRow(2, "right", None)


class TestFetch:
    """Rows in their own class."""

    async def test_rows_have_the_columns_of_their_class(self, database: Database, shelf: Sql) -> None:
        """In the order of its fields; JSON is read."""
        assert await database.fetch(_ALL) == [_LEFT, _RIGHT]

    async def test_fetch_one_returns_a_row_or_none(self, database: Database, shelf: Sql) -> None:
        """A constant of the statement keeps its value beside the bound ones."""
        assert await database.fetch_one(_ONE, name="left") == _LEFT
        assert await database.fetch_one(_ONE, name="middle") is None

    async def test_unknown_parameter_is_refused(self, database: Database, shelf: Sql) -> None:
        """A misspelled filter must not read everything."""
        with pytest.raises(TypeError, match="item_s"):
            await database.fetch(_ONE, name="left", item_s=1)

    async def test_missing_parameter_is_refused(self, database: Database, shelf: Sql) -> None:
        """A filter that is left out must not be null."""
        with pytest.raises(TypeError, match="name"):
            await database.fetch(_ONE)

    async def test_sees_the_changes_of_an_open_transaction(self, database: Database, shelf: Sql) -> None:
        """Inside one it runs on the transaction's connection."""

        async def remove_and_read() -> list[ShelfRow]:
            await database.connection.execute("DELETE FROM shelf WHERE name = 'left'")
            return await database.fetch(_ALL)

        assert await database.run(remove_and_read) == [_RIGHT]

    async def test_a_lock_outside_a_transaction_is_refused(self, database: Database, shelf: Sql) -> None:
        """It would be given back before its reader could use it."""
        with pytest.raises(NoTransactionError):
            await database.fetch(_LOCK, name="left")

    async def test_columns_that_are_not_the_rows_fields_are_refused(self) -> None:
        """When the module is imported, and not when the first row comes."""
        with pytest.raises(TypeError, match="ShelfRow has the fields"):
            Statement(select(SHELF.c.name), ShelfRow)

    async def test_a_database_that_is_not_open_says_so(self) -> None:
        """A fault of the program, not of the database."""
        database = Database(DatabaseAddress.parse("postgresql://"), pool_size=1, timeout_seconds=1)
        with pytest.raises(RuntimeError, match="not open"):
            await database.fetch(_ALL)


class TestSnapshot:
    """Several reads of one moment."""

    async def test_sees_the_books_of_one_moment(self, database: Database, shelf: Sql) -> None:
        """A snapshot does not see later commits of others; a read after it does."""

        async def read_twice() -> None:
            assert await database.fetch(_ALL) == [_LEFT, _RIGHT]
            await shelf.execute("DELETE FROM shelf WHERE name = 'left'")
            assert await database.fetch(_ALL) == [_LEFT, _RIGHT]

        await database.snapshot(read_twice)
        assert await database.fetch(_ALL) == [_RIGHT]

    async def test_changes_nothing(self, database: Database, shelf: Sql) -> None:
        """Not even a lock is taken in it."""
        with pytest.raises(NoTransactionError):
            await database.snapshot(lambda: database.fetch(_LOCK, name="left"))
        assert await database.fetch(_ALL) == [_LEFT, _RIGHT]

    async def test_lost_in_the_middle(self, database: Database, shelf: Sql) -> None:
        """Half of a snapshot is worth nothing: it is read anew as a whole, some times."""
        attempts = 0

        async def read_twice(losses: int) -> list[ShelfRow]:
            nonlocal attempts
            attempts += 1
            await database.fetch(_ALL)
            if attempts <= losses:
                await _terminate_others(shelf)
            return await database.fetch(_ALL)

        assert await database.snapshot(lambda: read_twice(losses=1)) == [_LEFT, _RIGHT]
        assert attempts == 2
        with pytest.raises(UnavailableError):
            await database.snapshot(lambda: read_twice(losses=9))
        assert attempts == 5


class TestTrouble:
    """Reads that are repeated, and reads that fail."""

    async def test_connections_lost_while_idle(self, database: Database, shelf: Sql) -> None:
        """No caller notices."""
        await database.fetch(_ALL)
        await _terminate_others(shelf)
        assert await database.fetch(_ALL) == [_LEFT, _RIGHT]

    async def test_snapshot_after_connections_were_lost(self, database: Database, shelf: Sql) -> None:
        """Nothing was read yet, so it begins again."""
        await database.fetch(_ALL)
        await _terminate_others(shelf)
        assert await database.snapshot(lambda: database.fetch(_ALL)) == [_LEFT, _RIGHT]

    async def test_response_lost(self, wire: Wire, database_at: DatabaseAt, shelf: Sql) -> None:
        """A read may be repeated, since it changes nothing."""
        database = await database_at(wire.url)
        wire.swallow_response_to, wire.swallows = b"FROM shelf", 1
        assert await database.fetch(_ALL) == [_LEFT, _RIGHT]
        assert wire.swallows == 0

    @pytest.mark.parametrize("state", ["57P03", "53300"], ids=["starting up", "too many connections"])
    async def test_server_refuses_connections(
        self, wire: Wire, database_at: DatabaseAt, shelf: Sql, state: str
    ) -> None:
        """The server may accept connections soon, so this is no fault of the program."""
        database = await database_at(wire.url)
        wire.refuse_with = state
        with pytest.raises(UnavailableError):
            await database.fetch(_ALL)
        with pytest.raises(UnavailableError):
            await database.snapshot(lambda: database.fetch(_ALL))
        wire.refuse_with = None
        assert await database.fetch(_ALL) == [_LEFT, _RIGHT]

    async def test_no_server(self, tmp_path: Path, database_at: DatabaseAt) -> None:
        """There is nothing at the address."""
        database = await database_at(f"postgresql://nobody@/none?host={tmp_path}")
        with pytest.raises(UnavailableError):
            await database.fetch(_ALL)

    async def test_statement_takes_too_long(
        self, scratch_url: str, database_at: DatabaseAt, shelf: Sql, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The statement is not repeated, since that would slow a busy database further."""
        database = await database_at(scratch_url, timeout_seconds=1)
        asked: list[str] = []
        fetch = asyncpg.Connection.fetch

        async def count(self: Any, query: str, *arguments: Any, **options: Any) -> Any:
            if "shelf" in query:  # the watch over revoked tokens may be running beside
                asked.append(query)
            return await fetch(self, query, *arguments, **options)

        monkeypatch.setattr(asyncpg.Connection, "fetch", count)
        async with shelf.transaction():
            await shelf.execute("LOCK TABLE shelf IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(UnavailableError):
                await database.fetch(_ALL)
        assert asked == [_ALL.sql]

    async def test_value_that_the_driver_refuses_is_a_fault(self, database: Database, shelf: Sql) -> None:
        """asyncpg calls it an interface error, as it calls a closed connection: it must not look like one."""
        with pytest.raises(asyncpg.DataError):
            await database.fetch(_ONE, name=1)


async def _terminate_others(shelf: Sql) -> None:
    await shelf.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


async def test_an_in_list_is_refused(database: Database) -> None:
    """Its text depends on its length: it can't be compiled once."""
    listed = Statement(select(SHELF.c["items"]).where(SHELF.c.name.in_(["left"])), int)
    with pytest.raises(TypeError, match="IN list"):
        await database.fetch(listed)


class TestRows:
    """Rows are objects of their own class, however they are made."""

    async def test_a_frozen_row_is_one(self, database: Database, shelf: Sql) -> None:
        """It equals the row of the constructor, has its hash where it has one, and can't be changed."""
        backend = Statement(select(SHELF.c.name, SHELF.c["items"]).where(SHELF.c.name == "left"), _Plain)
        (row,) = await database.fetch(backend)
        assert (type(row), row, hash(row)) == (_Plain, _Plain("left", 1), hash(_Plain("left", 1)))
        with pytest.raises(FrozenInstanceError):
            row.name = "right"  # type: ignore[misc]

    async def test_a_row_that_checks_itself(self, database: Database, shelf: Sql) -> None:
        """Its constructor is called."""
        with pytest.raises(ValueError, match="left"):
            await database.fetch(Statement(select(SHELF.c.name).order_by(SHELF.c.name), _Strict))

    async def test_a_row_with_more_than_another(self, database: Database, shelf: Sql) -> None:
        found = await database.fetch(Statement(select(*columns_of(SHELF, _More)).order_by(SHELF.c.name), _More))
        assert found == [_More("left", 1, {"a": [1]}), _More("right", 2, None)]


@dataclass(frozen=True, slots=True)
class _Plain:
    name: str
    items: int


@dataclass(frozen=True, slots=True)
class _More(_Plain):
    facts: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Strict:
    name: str

    def __post_init__(self) -> None:
        raise ValueError(self.name)
