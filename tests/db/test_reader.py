"""Hot reads: one statement, one round trip, and a read that can simply be asked again."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import BigInteger, Column, MetaData, Table, Text, bindparam, select
from sqlalchemy.dialects.postgresql import JSONB

from billing_api.db.address import DatabaseAddress
from billing_api.db.database import Database, OpenTransactionError
from billing_api.db.reader import Reader, Statement, columns_of
from billing_api.errors import UnavailableError
from tests.db.conftest import ReaderAt
from tests.db.wire import Wire
from tests.fixtures.queries import Sql

SHELF = Table(
    "shelf", MetaData(), Column("name", Text), Column("items", BigInteger), Column("facts", JSONB), Column("dust", Text)
)


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """What the tests read; the order of its fields is not the table's."""

    items: int
    name: str
    facts: dict[str, Any] | None


_ALL = Statement(select(*columns_of(SHELF, ShelfRow)).order_by(SHELF.c.name))
_ONE = Statement(select(*columns_of(SHELF, ShelfRow)).where(SHELF.c.name == bindparam("name"), SHELF.c["items"] > 0))
_LEFT = ShelfRow(1, "left", {"a": [1]})
_RIGHT = ShelfRow(2, "right", None)


class TestFetch:
    """Rows in their own class."""

    async def test_rows_have_the_columns_of_their_class(self, reader: Reader, shelf: Sql) -> None:
        """In the order of its fields; JSON is read."""
        assert await reader.fetch(_ALL, ShelfRow) == [_LEFT, _RIGHT]

    async def test_one_or_none(self, reader: Reader, shelf: Sql) -> None:
        """A constant of the statement keeps its value beside the bound ones."""
        assert await reader.fetch_one(_ONE, ShelfRow, name="left") == _LEFT
        assert await reader.fetch_one(_ONE, ShelfRow, name="middle") is None

    async def test_unknown_parameter_is_refused(self, reader: Reader, shelf: Sql) -> None:
        """A misspelled filter must not read everything."""
        with pytest.raises(TypeError, match="item_s"):
            await reader.fetch(_ONE, ShelfRow, name="left", item_s=1)

    async def test_missing_parameter_is_refused(self, reader: Reader, shelf: Sql) -> None:
        """A filter that is left out must not be null."""
        with pytest.raises(TypeError, match="name"):
            await reader.fetch(_ONE, ShelfRow)

    async def test_is_refused_inside_a_transaction(self, reader: Reader, database: Database, shelf: Sql) -> None:
        """It would not see what the transaction has changed."""
        with pytest.raises(OpenTransactionError):
            await database.run(lambda: reader.fetch(_ALL, ShelfRow))

    async def test_a_reader_that_is_not_open_says_so(self) -> None:
        """A fault of the program, not of the database."""
        database = Database(DatabaseAddress.parse("postgresql://"), pool_size=1, timeout_seconds=1)
        with pytest.raises(RuntimeError, match="not open"):
            await Reader(database).fetch(_ALL, ShelfRow)


class TestSnapshot:
    """Several reads of one moment."""

    async def test_sees_the_books_of_one_moment(self, reader: Reader, shelf: Sql) -> None:
        """What others commit meanwhile is not there; afterwards it is."""

        async def read_twice() -> None:
            assert await reader.fetch(_ALL, ShelfRow) == [_LEFT, _RIGHT]
            await shelf.execute("DELETE FROM shelf WHERE name = 'left'")
            assert await reader.fetch(_ALL, ShelfRow) == [_LEFT, _RIGHT]

        await reader.snapshot(read_twice)
        assert await reader.fetch(_ALL, ShelfRow) == [_RIGHT]

    async def test_changes_nothing(self, reader: Reader, shelf: Sql) -> None:
        """PostgreSQL itself holds it to reading."""
        change = Statement(select(SHELF.c["items"]).where(SHELF.c.name == bindparam("name")).with_for_update())
        with pytest.raises(UnavailableError) as refused:
            await reader.snapshot(lambda: reader.fetch(change, int, name="left"))
        assert isinstance(refused.value.__cause__, asyncpg.ReadOnlySQLTransactionError)
        assert await reader.fetch(_ALL, ShelfRow) == [_LEFT, _RIGHT]

    async def test_lost_in_the_middle(self, reader: Reader, shelf: Sql) -> None:
        """Half of a snapshot is worth nothing: it is read anew as a whole, some times."""
        attempts = 0

        async def read_twice(losses: int) -> list[ShelfRow]:
            nonlocal attempts
            attempts += 1
            await reader.fetch(_ALL, ShelfRow)
            if attempts <= losses:
                await _terminate_others(shelf)
            return await reader.fetch(_ALL, ShelfRow)

        assert await reader.snapshot(lambda: read_twice(losses=1)) == [_LEFT, _RIGHT]
        assert attempts == 2
        with pytest.raises(UnavailableError):
            await reader.snapshot(lambda: read_twice(losses=9))
        assert attempts == 5


class TestTrouble:
    """What is asked again, and what is told."""

    async def test_connections_lost_while_idle(self, reader: Reader, shelf: Sql) -> None:
        """Nobody notices."""
        await reader.fetch(_ALL, ShelfRow)
        await _terminate_others(shelf)
        assert await reader.fetch(_ALL, ShelfRow) == [_LEFT, _RIGHT]

    async def test_snapshot_after_connections_were_lost(self, reader: Reader, shelf: Sql) -> None:
        """Nothing was read yet, so it begins again."""
        await reader.fetch(_ALL, ShelfRow)
        await _terminate_others(shelf)
        assert await reader.snapshot(lambda: reader.fetch(_ALL, ShelfRow)) == [_LEFT, _RIGHT]

    async def test_answer_lost(self, wire: Wire, reader_at: ReaderAt, shelf: Sql) -> None:
        """A read may be asked twice: there is nothing that it did."""
        reader = await reader_at(wire.url)
        wire.swallow_answer_to, wire.swallows = b"FROM shelf", 1
        assert await reader.fetch(_ALL, ShelfRow) == [_LEFT, _RIGHT]
        assert wire.swallows == 0

    @pytest.mark.parametrize("state", ["57P03", "53300"], ids=["starting up", "too many connections"])
    async def test_server_takes_nobody(self, wire: Wire, reader_at: ReaderAt, shelf: Sql, state: str) -> None:
        """It may take somebody soon: that is no fault of the program."""
        reader = await reader_at(wire.url)
        wire.refuse_with = state
        with pytest.raises(UnavailableError):
            await reader.fetch(_ALL, ShelfRow)
        with pytest.raises(UnavailableError):
            await reader.snapshot(lambda: reader.fetch(_ALL, ShelfRow))
        wire.refuse_with = None
        assert await reader.fetch(_ALL, ShelfRow) == [_LEFT, _RIGHT]

    async def test_no_server(self, tmp_path: Path, reader_at: ReaderAt) -> None:
        """There is nothing at the address."""
        reader = await reader_at(f"postgresql://nobody@/none?host={tmp_path}")
        with pytest.raises(UnavailableError):
            await reader.fetch(_ALL, ShelfRow)

    async def test_statement_takes_too_long(
        self, scratch_url: str, reader_at: ReaderAt, shelf: Sql, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is not asked again: a database that is too slow is not helped by more of the same."""
        reader = await reader_at(scratch_url, timeout_seconds=0.2)
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
                await reader.fetch(_ALL, ShelfRow)
        assert asked == [_ALL.sql]

    async def test_value_that_the_driver_refuses_is_a_fault(self, reader: Reader, shelf: Sql) -> None:
        """asyncpg calls it an interface error, as it calls a closed connection: it must not look like one."""
        with pytest.raises(asyncpg.DataError):
            await reader.fetch(_ONE, ShelfRow, name=1)


async def _terminate_others(shelf: Sql) -> None:
    await shelf.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
