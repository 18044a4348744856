"""CSV for spreadsheet programs: no formulas, and nothing lost."""

import csv
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_api.kit.spreadsheets import lines_of, moment, plain


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])  # noqa: RUF001
def test_a_text_like_a_formula_gets_an_apostrophe(first: str) -> None:
    assert plain(f"{first}1+1") == f"'{first}1+1"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("x;=1+1;r", "x;'=1+1;r"), ('x;"=1+1"', 'x;"\'=1+1"'), ("x\t@a", "x\t'@a"), ("=1;-2", "'=1;'-2")],
)
def test_a_part_like_a_formula_gets_an_apostrophe(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(st.text(';"=-,x\t\n ', max_size=12), st.sampled_from(",;\t"))
def test_no_cell_is_a_formula_however_columns_are_separated(text: str, separator: str) -> None:
    lines = StringIO(lines_of([[1, plain(text), 2]]), newline="")
    cells = [cell for row in csv.reader(lines, delimiter=separator) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "-"))] == []


@pytest.mark.parametrize("text", ["a;b", "Wire; 7", "INV-1", "", None, "a=1", " =1", "'=1", "100", "ü"])
def test_other_texts_stay(text: str | None) -> None:
    assert plain(text) == text


@given(st.lists(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))), max_size=4))
def test_every_text_is_read_back_as_it_was(rows: list[list[str]]) -> None:
    """Quotes, commas and line ends included (RFC 4180)."""
    assert list(csv.reader(StringIO(lines_of(rows), newline=""))) == rows


def test_lines_end_in_crlf_and_days_are_iso() -> None:
    assert lines_of([["a,b", 'say "x"', None, 3, date(2026, 1, 2)]]) == '"a,b","say ""x""",,3,2026-01-02\r\n'


def test_times_are_in_utc() -> None:
    assert moment(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02T03:04:05Z"
