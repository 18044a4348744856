"""Reading a file with bounds."""

from io import BytesIO
from typing import Any

import pytest

from billing_api.imports.batches import NumberedLine, UnreadableLine, batches, by_account, portions, read, read_lines
from billing_api.imports.lines import MAX_LINE_BYTES
from tests.factories.imports import Books

CARD = "4111111111111111"


def test_lines_come_as_they_are() -> None:
    assert list(read_lines(BytesIO(b"a\nb\r\n\nc"))) == [b"a\n", b"b\r\n", b"\n", b"c"]


def test_a_line_that_is_too_long_is_not_read_to_its_end() -> None:
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
    assert CARD not in repr(line.findings)


def test_an_unknown_type_is_an_error_with_the_known_types() -> None:
    ((line,),) = batches([Books().line(CARD, "INV-1")])
    assert isinstance(line, UnreadableLine)
    assert CARD not in repr(line.findings)
    assert [finding.code for finding in line.findings] == ["unknown_type"]
    assert "'invoice'" in line.findings[0].message


def test_what_a_program_numbers_or_copies_may_look_like_a_card_number() -> None:
    books = Books()
    lines = [{"description": f"Meter {CARD}", "amount": 100}]
    invoice = books.invoice(CARD, number=CARD, po_number=CARD, lines=lines)
    ((first, second),) = batches([invoice, books.payment("P-1", 100, reference=CARD)])
    assert isinstance(first, NumberedLine)
    assert isinstance(second, NumberedLine)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"quantity": "2"}, {"quantity": "2.00"}),
        ({"quantity": "2"}, {"quantity": 2}),
        ({"quantity": 2}, {"quantity": 2.0}),
        ({"quantity": "20"}, {"quantity": "2e1"}),
        ({"quantity": "0"}, {"quantity": "-0.0"}),
        ({"quantity": "2.5"}, {"quantity": "2.500"}),
        ({}, {"quantity": "1.0"}),
    ],
)
def test_a_number_is_the_same_in_every_spelling(one: dict[str, Any], other: dict[str, Any]) -> None:
    books = Books()
    first, second = [
        read(1, books.invoice("A", lines=[{"description": "x", "amount": 100, **fields}])) for fields in (one, other)
    ]
    assert isinstance(first, NumberedLine)
    assert isinstance(second, NumberedLine)
    assert (first.digest, first.record) == (second.digest, second.record)


@pytest.mark.parametrize(("one", "other"), [("8.25", "8.250"), ("8", "8.0"), ("-10", "-10.00"), (8, "8")])
def test_a_rate_too(one: object, other: object) -> None:
    books = Books()
    first, second = [
        read(1, books.credit_memo("A", 100, taxes=[{"name": "x", "rate": rate, "amount": 1}])) for rate in (one, other)
    ]
    assert isinstance(first, NumberedLine)
    assert isinstance(second, NumberedLine)
    assert first.digest == second.digest


def test_other_numbers_have_another_digest() -> None:
    books = Books()
    digests = {
        line.digest
        for quantity in ("2", "20", "0.2", "2.000001")
        if isinstance(
            line := read(1, books.invoice("A", lines=[{"description": "x", "amount": 1, "quantity": quantity}])),
            NumberedLine,
        )
    }
    assert len(digests) == 4


def test_a_transaction_is_bounded_in_lines_and_in_bytes() -> None:
    books, other = Books(), Books()
    raws = [other.account_line(), *(books.invoice(str(n)) for n in range(1_100))]
    lines = [line for n, raw in enumerate(raws) if isinstance(line := read(n, raw), NumberedLine)]
    gathered = by_account(lines)
    assert {name: len(own) for name, own in gathered.items()} == {other.account: 1, books.account: 1_100}
    assert [len(portion) for portion in portions(gathered[books.account])] == [500, 500, 100]
    heavy = [NumberedLine(n, lines[0].line, "", "", MAX_LINE_BYTES // 2) for n in range(5)]
    assert [len(portion) for portion in portions(heavy)] == [2, 2, 1]
