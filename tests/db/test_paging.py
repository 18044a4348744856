"""A list's filters, sorts and cursors follow from its query and its columns."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pytest
from sqlalchemy import BigInteger, Column, ColumnElement, Date, MetaData, Table, Text, bindparam, select

from billing_api.db.database import Database
from billing_api.db.paging import Listing, Natural, Search
from billing_api.kit.pagination import BadCursorError, PageQuery
from tests.db.conftest import DatabaseAt
from tests.fixtures.queries import Sql

jars = Table(
    "jars",
    MetaData(),
    Column("id", BigInteger),
    Column("label", Text),
    Column("colour", Text),
    Column("weight", BigInteger),
    Column("filled_on", Date),
)
_ALL = select(jars.c.id, jars.c.label, jars.c.weight)


@dataclass(frozen=True, slots=True)
class Jar:
    """A row of the list."""

    id: int
    label: str
    weight: int


class JarQuery(PageQuery):
    """The list's query: a filter of each kind."""

    colour: str | None = None
    label: list[str] | None = None
    weight_min: int | None = None
    weight_max: int | None = None
    filled_from: date | None = None
    filled_to: date | None = None
    date_from: date | None = None
    date_to: date | None = None
    tint: list[str] | None = None
    q: str | None = None
    half: Literal["light", "heavy"] | None = None
    sort: Literal["id", "-id", "label", "-label", "weight", "-weight"] = "id"


class PlainQuery(PageQuery):
    """A query without a sort."""


LIGHT: ColumnElement[bool] = jars.c.weight < 50
NAMED = {"date": jars.c.filled_on, "tint": jars.c.colour}
FILTERS = {"q": Search(jars.c.label, jars.c.colour), "half": None}
LISTING = Listing(
    _ALL,
    Jar,
    JarQuery,
    sorts=[jars.c.id, Natural(jars.c.label), jars.c.weight],
    unique=jars.c.id,
    columns=NAMED,
    filters=FILTERS | {"light": LIGHT},
)


@pytest.fixture
async def db(database_url: str, database_at: DatabaseAt, sql: Sql) -> AsyncIterator[Database]:
    """A database with ten jars: JAR-1 to JAR-10, the even ones red, of 10 to 100 grams."""
    await sql.execute("CREATE TABLE jars (id bigint, label text, colour text, weight bigint, filled_on date)")
    await sql.execute(
        "INSERT INTO jars SELECT n, 'JAR-' || n, CASE WHEN n % 2 = 0 THEN 'red' ELSE 'blue' END, n * 10,"
        " date '2026-11-01' + n::int FROM generate_series(1, 10) AS n"
    )
    db = await database_at(database_url)
    yield db
    await sql.execute("DROP TABLE jars")


async def ids(db: Database, query: JarQuery, **given: Any) -> list[int]:
    """Return the ids of a page."""
    return [row.id for row in (await LISTING.fetch(db, query, given=given)).rows]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, list(range(1, 11))),
        ({"colour": "red"}, [2, 4, 6, 8, 10]),
        ({"label": ["JAR-3", "JAR-7", "JAR-77"]}, [3, 7]),
        ({"label": ["JAR-3"]}, [3]),
        ({"weight_min": 80}, [8, 9, 10]),
        ({"weight_max": 20}, [1, 2]),
        ({"date_from": date(2026, 11, 9), "date_to": date(2026, 11, 10)}, [8, 9]),
        ({"tint": ["red", "green"], "weight_max": 20}, [2]),
        ({"filled_from": date(2026, 11, 9), "filled_to": date(2026, 11, 10)}, [8, 9]),
        ({"q": "r-1"}, [1, 10]),
        ({"q": "RED"}, [2, 4, 6, 8, 10]),
        ({"q": "%"}, []),
        ({"half": "light"}, list(range(1, 11))),
    ],
)
async def test_field_is_a_filter(db: Database, filters: dict[str, Any], found: list[int]) -> None:
    """Of the column that it names; `half` is the caller's to translate."""
    assert await ids(db, JarQuery(**filters)) == found


async def test_caller_gives_other_values(db: Database) -> None:
    """A condition without a parameter, another value, and none in place of the query's."""
    assert await ids(db, JarQuery(), light=True) == [1, 2, 3, 4]
    assert await ids(db, JarQuery(colour="red"), colour="blue", weight_min=70) == [7, 9]
    assert await ids(db, JarQuery(colour="red"), colour=None, weight_max=20) == [1, 2]


@pytest.mark.parametrize("sort", ["id", "-id", "label", "-label", "weight", "-weight"])
async def test_pages_follow_each_other(db: Database, sort: str) -> None:
    """Each row comes once, in the order of the sort; JAR-10 comes after JAR-9."""
    seen: list[int] = []
    query = JarQuery.model_validate({"sort": sort, "limit": 3})
    for rows in (3, 3, 3, 1):
        found = await LISTING.fetch(db, query)
        assert len(found.rows) == rows
        seen += [row.id for row in found.rows]
        query = query.model_copy(update={"cursor": found.next_cursor})
    assert found.next_cursor is None
    assert seen == sorted(range(1, 11), reverse=sort.startswith("-"))


async def test_cursor_of_another_sort_is_refused(db: Database) -> None:
    """It would begin at a place of another order."""
    found = await LISTING.fetch(db, JarQuery(limit=1))
    with pytest.raises(BadCursorError):
        await LISTING.fetch(db, JarQuery(limit=1, sort="weight", cursor=found.next_cursor))


def test_field_without_a_column_is_refused() -> None:
    """At import: it would be taken from clients and do nothing."""
    with pytest.raises(TypeError, match=r"JarQuery\.q is no column's"):
        Listing(_ALL, Jar, JarQuery, sorts=[jars.c.id], unique=jars.c.id, columns=NAMED, filters={"half": None})


@pytest.mark.parametrize("sorts", [[jars.c.id], [jars.c.id, jars.c.label, jars.c.weight, jars.c.colour]])
def test_sorts_are_the_querys(sorts: list[Column[Any]]) -> None:
    """None is missing, and none more is there."""
    with pytest.raises(TypeError, match="JarQuery sorts by"):
        Listing(_ALL, Jar, JarQuery, sorts=sorts, unique=jars.c.id, columns=NAMED, filters=FILTERS)


def test_row_without_its_sort_column_is_refused() -> None:
    """A cursor is made of the last row."""
    with pytest.raises(TypeError, match="Jar lacks"):
        Listing(_ALL, Jar, PlainQuery, sorts=[jars.c.colour], unique=jars.c.id, order="colour")


async def test_query_without_a_sort_has_an_order(db: Database) -> None:
    """It is the list's own, and conditions that always hold have their values."""
    light = _ALL.where(jars.c.weight < bindparam("below"))
    listing = Listing(light, Jar, PlainQuery, sorts=[jars.c.id], unique=jars.c.id, order="-id")
    found = await listing.fetch(db, PlainQuery(limit=2), below=50)
    assert [row.id for row in found.rows] == [4, 3]
