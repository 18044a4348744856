"""Findings about a line of an import: the reasons of its failure, or warnings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from billing_api.errors import AppError
from billing_api.invoices.applying import Shortfall
from billing_api.kit.card_numbers import without_card_numbers
from billing_api.kit.schema import words_of

_MOST = 50
_COLUMN = re.compile(r" at line \d+ column (\d+)$")
# The API's codes, but for those that are about the line as a whole.
_CODES = {
    "json_invalid": "not_json",
    "union_tag_invalid": "unknown_type",
    "union_tag_not_found": "unknown_type",
    "model_attributes_type": "not_an_object",
    "dict_type": "not_an_object",
}
_WORDS = {
    "missing": "is required",
    "extra_forbidden": "there is no such field",
    "int_type": "must be a whole number, without quotation marks",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "has too many digits",
    "date_from_datetime_parsing": "is not a day of the calendar",
    "date_parsing": "is not a day of the calendar",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "finite_number": "must be a number",
    "decimal_max_digits": "has more than {max_digits} digits",
    "decimal_max_places": "has more than {decimal_places} decimals",
    "decimal_whole_digits": "has more than {whole_digits} digits before the point",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_type": "must be a text",
    "string_unicode": "has characters that are not UTF-8",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "has more than {max_length} characters",
    "string_pattern_mismatch": "must have the form {pattern}",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "too_short": "must have at least {min_length} entries",
    "too_long": "has more than {max_length} entries",
    "literal_error": "must be {expected}",
    "model_type": "must be an object",
    "dict_type": "must be an object",
    "model_attributes_type": "must be an object",
    "union_tag_invalid": "type must be one of {expected_tags}",
    "union_tag_not_found": "type is required",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """An error of a line that failed, or a warning about another: a stable code, a sentence, and an RFC 6901 pointer.

    The pointer is empty for the line as a whole.
    """

    code: str
    message: str
    pointer: str = ""

    @property
    def sentence(self) -> str:
        """Return the message behind its place."""
        return f"{self.pointer}: {self.message}" if self.pointer else self.message


UNAVAILABLE = Finding("unavailable", "the account was locked, or the database busy, for too long: run the file again")


def of_fields(error: ValidationError) -> tuple[Finding, ...]:
    """Return the errors of a line's fields, fifty at most; no message repeats a value."""
    items = error.errors(include_url=False, include_input=False)
    return tuple(_of_field(item) for item in items[:_MOST])


def of_refusal(error: AppError, line_type: str) -> Finding:
    """Return a service's refusal as a finding."""
    return Finding(error.code, error.detail, _place_of(error, line_type))


def of_shortfall(shortfall: Shortfall, parts: str) -> Finding:
    """Return the warning that less was applied than the line said in its field `parts`."""
    return Finding("applied_less", shortfall.words, f"/{parts}/{shortfall.place}/amount")


def _of_field(item: Mapping[str, Any]) -> Finding:
    kind = item["type"]
    words = _WORDS[kind].format(**item.get("ctx", {})) if kind in _WORDS else words_of(item)
    if kind == "json_invalid":
        reason = item["ctx"]["error"].replace("EOF while parsing", "it ends inside")
        words = f"is not JSON: {_COLUMN.sub(_at_character, reason)}"
    # The first part of the location is the type of the line, which the line itself does not have there.
    pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in item["loc"][1:])
    return Finding(_CODES.get(kind, kind), words, without_card_numbers(pointer))


def _at_character(match: re.Match[str]) -> str:
    return f" at character {match[1]}"


def _place_of(error: AppError, line_type: str) -> str:
    """Return the pointer to the field that a refusal is about, as far as it is known."""
    dated = {"invoice": "/issued_on", "credit_memo": "/issued_on", "deposit": "/received_on", "payment": "/received_on"}
    parts = "/allocations" if line_type == "payment" else "/applications"
    field = error.extensions.get("field")
    if field is not None:
        return parts if field == "applied_on" else f"/{field}"
    return {
        "books_closed": dated.get(line_type, ""),
        "invoice_number_taken": "/number",
        "credit_memo_number_taken": "/number",
        "deposit_number_taken": "/number",
        "external_id_taken": "/external_id",
        "account_currency_fixed": "/currency",
        "other_currency": parts,
    }.get(error.code, "")
