"""The stored record of a line, and the differences of another line with the same external id."""

import json
from typing import Any

import pytest

from billing_api.imports.batches import NumberedLine, read
from billing_api.imports.digests import differing, is_repeat
from tests.factories.imports import Books

BOOKS = Books()


def line_of(raw: bytes) -> NumberedLine:
    line = read(1, raw)
    assert isinstance(line, NumberedLine), line
    return line


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"memo": "x"}, ["memo"]),
        ({"memo": None}, []),
        ({"taxes": []}, []),
        ({"kind": "fee", "po_number": "7"}, ["kind", "po_number"]),
        ({"discount": None}, ["discount"]),
        ({"discount": {"basis_points": 100, "until": "2026-03-09"}}, ["discount"]),
        ({"lines": [{"description": "Widgets", "amount": 10_001}]}, ["lines"]),
        ({"currency": "EUR", "issued_on": "2026-03-03"}, ["currency", "issued_on"]),
    ],
)
def test_the_differing_fields_of_two_lines_are_named(given: dict[str, Any], fields: list[str]) -> None:
    before = line_of(BOOKS.invoice("INV-1"))
    after = line_of(json.dumps(json.loads(BOOKS.invoice("INV-1")) | given).encode())
    assert differing(before.record, after.line) == fields
    assert is_repeat(before.record, after.digest) is (not fields)


def test_a_field_that_went_away_differs_too() -> None:
    before = line_of(BOOKS.deposit("DEP-1", 5, reference="x"))
    assert differing(before.record, line_of(BOOKS.deposit("DEP-1", 5)).line) == ["reference"]


def test_a_record_of_only_a_digest_has_no_fields() -> None:
    """As an earlier version kept it: a repeat is one all the same."""
    before, other = line_of(BOOKS.deposit("DEP-1", 5)), line_of(BOOKS.deposit("DEP-1", 6))
    assert is_repeat(before.digest, before.digest)
    assert not is_repeat(before.digest, other.digest)
    assert differing(before.digest, other.line) == []
