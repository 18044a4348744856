"""The reasons of failed lines are for users of the back office, not for programmers."""

import json
import re
from typing import Any

import pytest

from billing_api.imports.batches import UnreadableLine, read
from tests.factories.imports import Books

BOOKS = Books()
# What pydantic, Python and the parser of JSON would say.
FOREIGN = re.compile(r"input|valid|string|dict|tuple|\bint\b|float|bool|none|EOF|after validation|extra", re.IGNORECASE)
LINE: dict[str, Any] = {"description": "x", "amount": 100}


@pytest.mark.parametrize(
    ("given", "code", "pointer"),
    [
        ({"lines": [LINE | {"quantity": "abc"}]}, "decimal_parsing", "/lines/0/quantity"),
        ({"lines": [LINE | {"quantity": "NaN"}]}, "finite_number", "/lines/0/quantity"),
        ({"lines": [LINE | {"quantity": None}]}, "decimal_type", "/lines/0/quantity"),
        ({"lines": [LINE | {"quantity": 1.1234567}]}, "decimal_max_places", "/lines/0/quantity"),
        ({"lines": [LINE | {"quantity": "9" * 21}]}, "decimal_max_digits", "/lines/0/quantity"),
        ({"lines": [LINE | {"amount": 1.5}]}, "int_type", "/lines/0/amount"),
        ({"lines": [LINE | {"amount": "100"}]}, "int_type", "/lines/0/amount"),
        ({"lines": [LINE | {"amount": 10**16}]}, "less_than_equal", "/lines/0/amount"),
        ({"lines": [LINE | {"description": ""}]}, "string_too_short", "/lines/0/description"),
        ({"lines": [LINE | {"description": "x" * 501}]}, "string_too_long", "/lines/0/description"),
        ({"lines": []}, "too_short", "/lines"),
        ({"lines": [LINE] * 1001}, "too_long", "/lines"),
        ({"lines": {}}, "list_type", "/lines"),
        ({"lines": [7]}, "model_type", "/lines/0"),
        ({"lines": [{"amount": 1}]}, "missing", "/lines/0/description"),
        ({"number": 5}, "string_type", "/number"),
        ({"currency": "usd"}, "string_pattern_mismatch", "/currency"),
        ({"currency": "XXQ"}, "unknown_currency", "/currency"),
        ({"issued_on": "05.10.2026"}, "wrong_form", "/issued_on"),
        ({"issued_on": "2026-02-30"}, "date_from_datetime_parsing", "/issued_on"),
        ({"issued_on": "1066-10-14"}, "greater_than_equal", "/issued_on"),
        ({"due_on": "2026-03-01"}, "due_before_issue", ""),
        ({"kind": "gift"}, "literal_error", "/kind"),
        ({"memo": "a\x00b"}, "control_character", "/memo"),
        ({"discount": {"basis_points": 0, "until": "2026-03-09"}}, "greater_than_equal", "/discount/basis_points"),
        (
            {"discount": {"basis_points": 1, "until": "2026-03-09", "includes_tax": "yes"}},
            "bool_type",
            "/discount/includes_tax",
        ),
        ({"a/b~c": 1}, "extra_forbidden", "/a~1b~0c"),
    ],
)
def test_a_wrong_field_has_a_code_a_place_and_plain_words(given: dict[str, Any], code: str, pointer: str) -> None:
    line = read(7, json.dumps(json.loads(BOOKS.invoice("INV-1")) | given).encode())
    assert isinstance(line, UnreadableLine)
    assert (line.number, line.type, line.external_id) == (7, "invoice", BOOKS.id("INV-1"))
    ((found, place, message),) = [(finding.code, finding.pointer, finding.message) for finding in line.findings]
    assert (found, place) == (code, pointer)
    assert not FOREIGN.search(message), message


@pytest.mark.parametrize(
    ("raw", "code", "identity"),
    [
        (b'{"type": "deposit", "external_id": "D-1", "reference": "a', "not_json", ("deposit", "D-1")),
        (b'{"type": "deposit", "external_id": "D-1', "not_json", ("deposit", None)),
        (b'{"external_id": "D-1"}', "unknown_type", (None, None)),
        (b'{"type": "gift", "external_id": "D-1"}', "unknown_type", (None, None)),
        (b"7", "not_an_object", (None, None)),
        (b"[" * 100_000, "not_json", (None, None)),
        (b"\xff", "not_json", (None, None)),
    ],
    ids=["cut short", "cut in the id", "no type", "another type", "a number", "deep", "not UTF-8"],
)
def test_a_failure_has_type_and_id_as_far_as_they_can_be_read(
    raw: bytes, code: str, identity: tuple[str | None, str | None]
) -> None:
    line = read(1, raw)
    assert isinstance(line, UnreadableLine)
    (finding,) = line.findings
    assert (finding.code, (line.type, line.external_id)) == (code, identity)
    assert not FOREIGN.search(finding.message.replace("a string", "")), finding.message  # which JSON has, too


@pytest.mark.parametrize(
    ("written", "instead", "pointer"),
    [
        (b'"number": "INV-1"', b'"number": "INV-1", "number": "INV-2"', "/number"),
        (b'"number": "INV-1"', rb'"number": "INV-1", "n\u0075mber": "INV-1"', "/number"),
        (b'"amount": 10000', b'"amount": 1, "amount": 10000', "/lines/0/amount"),
    ],
)
def test_a_field_that_stands_twice_is_refused_by_name(written: bytes, instead: bytes, pointer: str) -> None:
    raw = BOOKS.invoice("INV-1")
    assert written in raw
    line = read(1, raw.replace(written, instead))
    assert isinstance(line, UnreadableLine)
    assert (line.type, line.external_id) == ("invoice", BOOKS.id("INV-1"))
    assert [(finding.code, finding.pointer) for finding in line.findings] == [("repeated_field", pointer)]
