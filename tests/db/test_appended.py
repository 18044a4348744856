"""Changes that are appended to a transaction: made at its end, together."""

from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text, bindparam, delete, insert, update

from billing_api.db.database import Database, in_transaction
from billing_api.db.errors import RefusedByDatabaseError
from billing_api.db.statements import Command
from tests.fixtures.queries import Sql

_METADATA = MetaData()
boxes = Table("boxes", _METADATA, Column("id", Integer, primary_key=True), Column("label", Text))
parts = Table("parts", _METADATA, Column("id", Integer, primary_key=True), Column("box", ForeignKey(boxes.c.id)))
_ADD_BOX, _ADD_PART = Command(insert(boxes)), Command(insert(parts))
_LABEL = Command(update(boxes).where(boxes.c.id == bindparam("box")).values(label=boxes.c.label + bindparam("more")))
_REMOVE_PART = Command(delete(parts).where(parts.c.id == bindparam("part")))
_moved = delete(parts).where(parts.c.id == bindparam("part")).returning(parts.c.id).cte("moved")
_TURN_INTO_BOX = Command(insert(boxes).from_select(["id"], _moved.select()))


class Store:
    """A service that appends what a test asks for."""

    def __init__(self, db: Database) -> None:
        self.db = db

    @in_transaction
    async def change(self, append: Callable[[Database], object]) -> None:
        """Append changes."""
        append(self.db)

    @in_transaction
    async def fail_in_part(self) -> None:
        """Append a box, and another one in a part that fails."""
        self.db.append(_ADD_BOX, id=1, label="a")

        async def fail() -> None:
            self.db.append(_ADD_BOX, id=2, label="b")
            await self.db.connection.execute("INSERT INTO boxes VALUES (7), (7)")

        with pytest.raises(RefusedByDatabaseError):
            await self.db.savepoint(fail)


@pytest.fixture
async def store(database: Database, scratch_url: str) -> AsyncIterator[Store]:
    connection = await asyncpg.connect(scratch_url)
    await connection.execute("CREATE TABLE boxes (id int PRIMARY KEY, label text)")
    await connection.execute("CREATE TABLE parts (id int PRIMARY KEY, box int REFERENCES boxes)")
    yield Store(database)
    await connection.execute("DROP TABLE parts, boxes")
    await connection.close()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that change boxes and parts, as they are sent."""
    found: list[str] = []
    for name in ("execute", "executemany"):
        original = getattr(asyncpg.Connection, name)

        async def note(self: Sql, query: str, *args: object, _original: object = original) -> object:
            if "boxes" in query or "parts" in query:
                found.append(query)
            return await _original(self, query, *args)  # type: ignore[operator]

        monkeypatch.setattr(asyncpg.Connection, name, note)
    return found


async def boxes_of(shelf: Sql) -> dict[int, str]:
    return {row["id"]: row["label"] for row in await shelf.fetch("SELECT id, label FROM boxes")}


async def test_changes_of_several_tables_are_one_statement(store: Store, shelf: Sql, sent: list[str]) -> None:
    """A row may refer to one of the same statement."""

    def append(db: Database) -> None:
        db.append(_ADD_BOX, id=1, label="a")
        db.append(_ADD_PART, id=10, box=1)

    await store.change(append)
    assert len(sent) == 1
    assert await boxes_of(shelf) == {1: "a"}
    assert await shelf.fetchval("SELECT box FROM parts WHERE id = 10") == 1


async def test_changes_of_one_table_keep_their_order(store: Store, shelf: Sql) -> None:
    """Two of one row are both made, which one statement could not do."""

    def append(db: Database) -> None:
        db.append(_ADD_BOX, id=1, label="a")
        db.append(_LABEL, box=1, more="b")
        db.append(_ADD_PART, id=10, box=1)
        db.append(_LABEL, box=1, more="c")
        db.append(_REMOVE_PART, part=10)

    await store.change(append)
    assert await boxes_of(shelf) == {1: "abc"}
    assert await shelf.fetchval("SELECT count(*) FROM parts") == 0


async def test_rows_of_one_command_go_together(store: Store, shelf: Sql, sent: list[str]) -> None:
    """Before those that refer to them."""

    def append(db: Database) -> None:
        for number in range(1, 4):
            db.append(_ADD_BOX, id=number, label="a")
            db.append(_ADD_PART, id=number, box=number)

    await store.change(append)
    assert await shelf.fetchval("SELECT count(*) FROM parts JOIN boxes ON boxes.id = parts.box") == 3
    assert len(sent) == 2


async def test_a_change_with_parts_of_its_own_is_a_statement_of_its_own(store: Store, shelf: Sql) -> None:
    """PostgreSQL has changes in WITH at the top only."""

    def append(db: Database) -> None:
        db.append(_ADD_PART, id=10, box=None)
        db.append(_TURN_INTO_BOX, part=10)
        db.append(_LABEL, box=10, more="x")

    await store.change(append)
    assert set(await boxes_of(shelf)) == {10}


async def test_those_of_a_part_that_failed_are_not_made(store: Store, shelf: Sql) -> None:
    await store.fail_in_part()
    assert await boxes_of(shelf) == {1: "a"}


async def test_none_of_them_is_made_when_one_is_refused(store: Store, shelf: Sql) -> None:
    def append(db: Database) -> None:
        db.append(_ADD_BOX, id=1, label="a")
        db.append(_ADD_PART, id=10, box=2)

    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await store.change(append)
    assert await boxes_of(shelf) == {}
