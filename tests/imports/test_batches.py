"""Reading a file with bounds."""

from io import BytesIO
from typing import Any

import pytest

from billing_api.imports.batches import NumberedLine, UnreadableLine, batches, read_lines
from billing_api.imports.lines import MAX_LINE_BYTES
from tests.factories.imports import Books

CARD = "4111111111111111"


def test_lines_come_as_they_are() -> None:
    assert list(read_lines(BytesIO(b"a\nb\r\n\nc"))) == [b"a\n", b"b\r\n", b"\n", b"c"]


def test_of_a_line_that_is_too_long_only_as_much_is_read_as_shows_it() -> None:
    long = b"x" * (3 * MAX_LINE_BYTES)
    lines = list(read_lines(BytesIO(long + b"\nnext\n" + long)))
    assert [len(line) for line in lines] == [MAX_LINE_BYTES + 1, 5, MAX_LINE_BYTES + 1]


def test_a_line_of_just_the_allowed_length_is_read() -> None:
    exact = b"x" * MAX_LINE_BYTES
    assert list(read_lines(BytesIO(exact + b"\nnext"))) == [exact + b"\n", b"next"]


def test_numbers_count_every_line_of_the_file() -> None:
    books = Books()
    ((first, bad, last),) = batches([b"\n", books.account_line(), b"", b"{", b"  \r\n", books.invoice("INV-1")])
    assert isinstance(first, NumberedLine)
    assert isinstance(bad, UnreadableLine)
    assert (first.number, bad.number, last.number) == (2, 4, 6)


def test_a_batch_is_bounded_in_lines_and_in_bytes() -> None:
    assert [len(batch) for batch in batches([b"{}"] * 12_000)] == [5000, 5000, 2000]
    heavy = b'{"type": "' + b"x" * (MAX_LINE_BYTES // 2) + b'"}'
    assert [len(batch) for batch in batches([heavy] * 20)] == [16, 4]


def test_the_same_words_have_the_same_digest_and_others_another() -> None:
    books = Books()
    one, same, other = [
        line.digest
        for batch in batches([books.invoice("A"), books.invoice("A", kind="invoice"), books.invoice("A", kind="fee")])
        for line in batch
        if isinstance(line, NumberedLine)
    ]
    assert one == same != other


@pytest.mark.parametrize("given", [{"memo": f"paid by {CARD}"}, {"taxes": [{"name": CARD, "amount": 0}]}, {CARD: 1}])
def test_a_card_number_is_a_reason_that_does_not_repeat_it(given: dict[str, Any]) -> None:
    ((line,),) = batches([Books().invoice("INV-1", **given)])
    assert isinstance(line, UnreadableLine)
    assert CARD not in line.reason


def test_a_type_that_there_is_not_is_told_by_those_that_there_are() -> None:
    ((line,),) = batches([Books().line(CARD, "INV-1")])
    assert isinstance(line, UnreadableLine)
    assert CARD not in line.reason
    assert "'invoice'" in line.reason


def test_what_a_program_numbers_or_copies_may_look_like_a_card_number() -> None:
    books = Books()
    lines = [{"description": f"Meter {CARD}", "amount": 100}]
    invoice = books.invoice(CARD, number=CARD, po_number=CARD, lines=lines)
    ((first, second),) = batches([invoice, books.payment("P-1", 100, reference=CARD)])
    assert isinstance(first, NumberedLine)
    assert isinstance(second, NumberedLine)
