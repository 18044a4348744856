"""Cursors: what was packed is unpacked, and nothing else."""

from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from billing_api.kit.pagination import BadCursorError, Page, PageQuery, Rows, _encode


class ThingQuery(PageQuery):
    """A list with filters."""

    colour: Annotated[str, Field(max_length=9)] | None = None
    since: date | None = None


class OtherQuery(PageQuery):
    """Another list, with the same filters."""

    colour: Annotated[str, Field(max_length=9)] | None = None
    since: date | None = None


class NumberPage(Page[int]):
    """A page of numbers."""


VALUES: dict[type, st.SearchStrategy[Any]] = {
    int: st.integers(-(2**63) + 1, 2**63 - 1),
    str: st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=40),
    date: st.dates(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    UUID: st.uuids(),
}
PLACES = st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=4).flatmap(
    lambda kinds: st.tuples(st.just(tuple(kinds)), st.tuples(*(VALUES[kind] for kind in kinds)))
)


def cursor_after(query: PageQuery, *place: Any) -> str:
    """The cursor that a page of `query` gives when its last row is at `place`."""
    page = NumberPage.of(Rows.of(query, range(query.limit + 1), lambda _: place), int)
    assert page.next_cursor is not None
    return page.next_cursor


@given(PLACES)
def test_a_place_is_found_again(place: tuple[tuple[type, ...], tuple[Any, ...]]) -> None:
    """Whatever columns a list is sorted by, with every value they can have."""
    kinds, values = place
    cursor = cursor_after(ThingQuery(), *values)
    assert ThingQuery(cursor=cursor).position(*kinds) == values


@given(PLACES, st.lists(st.sampled_from(list(VALUES)), max_size=4))
def test_a_place_of_other_columns_is_refused_or_of_their_kind(
    place: tuple[tuple[type, ...], tuple[Any, ...]], kinds: list[type]
) -> None:
    """A cursor of an older sort of the same list: never another error, never a value of another kind."""
    cursor = cursor_after(ThingQuery(), *place[1])
    try:
        found = ThingQuery(cursor=cursor).position(*kinds)
    except BadCursorError:
        return
    assert found is not None
    assert all(isinstance(value, kind) for value, kind in zip(found, kinds, strict=True))


@given(st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", min_size=1, max_size=1024))
def test_anything_else_is_refused(cursor: str) -> None:
    """Whatever the characters that a cursor may have make up."""
    with pytest.raises(BadCursorError):
        ThingQuery(cursor=cursor).position(UUID)


@pytest.mark.parametrize(
    "other",
    [ThingQuery(colour="red"), ThingQuery(since=date(2026, 1, 1)), OtherQuery(colour=None)],
    ids=["filter", "date", "list"],
)
def test_belongs_to_its_query(other: PageQuery) -> None:
    """Under other filters, or in another list, it would skip rows."""
    cursor = cursor_after(ThingQuery(), 7)
    with pytest.raises(BadCursorError):
        other.model_copy(update={"cursor": cursor}).position(int)


def test_a_time_beyond_the_calendar_is_refused() -> None:
    """A tampered offset takes a time out of the years that there are."""
    query = ThingQuery()
    cursor = _encode(query.fingerprint, ("0001-01-01T00:00:00+23:59",))
    with pytest.raises(BadCursorError):
        ThingQuery(cursor=cursor).position(datetime)


def test_the_longest_sort_value_fits_into_a_cursor() -> None:
    """A number of a hundred characters, each of four bytes, and an id."""
    place = ("\U0001f9fe" * 100, UUID(int=7))
    assert ThingQuery(cursor=cursor_after(ThingQuery(), *place)).position(str, UUID) == place


def test_limit_is_not_part_of_the_query() -> None:
    """Pages may change their size on the way."""
    cursor = cursor_after(ThingQuery(limit=1), 7)
    assert ThingQuery(limit=100, cursor=cursor).position(int) == (7,)


@pytest.mark.parametrize(
    ("rows", "shown", "has_more"), [(0, [], False), (2, [0, 1], False), (3, [0, 1, 2], False), (4, [0, 1, 2], True)]
)
def test_page_shows_no_more_than_its_limit(rows: int, shown: list[int], has_more: bool) -> None:
    """The row too many only says that there are more; the cursor is of the last one shown."""
    query = ThingQuery(limit=3)
    page = NumberPage.of(Rows.of(query, range(rows), lambda row: (row,)), int)
    assert (page.data, page.has_more, page.next_cursor is not None) == (shown, has_more, has_more)
    if page.next_cursor:
        assert ThingQuery(limit=3, cursor=page.next_cursor).position(int) == (2,)


def test_first_page_has_no_place() -> None:
    """None, not an empty place."""
    assert ThingQuery().position(int) is None
