"""The base of every class that crosses the wire, and the types of text."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any

import msgspec
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from billing_api.kit.card_numbers import without_card_numbers
from billing_api.kit.read_types import VersionRead
from billing_api.kit.text import Text

_UNKNOWN_FIELDS = 20  # that are named one by one
_DATE_CHARACTERS = 64  # of the longest that is looked at
_QUOTED = re.compile("'([^']*)'")
_DIGITS = re.compile("-?[0-9]+")


class InputSchema(BaseModel):
    """A request's body or query: unknown fields are refused, and no error repeats a given value."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _few_unknown_fields(cls, given: object) -> object:
        """Refuse an object with far too many fields as a whole: pydantic would make an error for each."""
        if isinstance(given, dict) and len(given) > len(cls.model_fields) + _UNKNOWN_FIELDS:
            raise PydanticCustomError("too_many_fields", "There are many more fields than this object has")
        return given


class ReadSchema(BaseModel):
    """A response's body: it may get more fields, and has no defaults, so that every field is documented as present."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class VersionedRead(ReadSchema):
    """A response's body whose resource the client may change."""

    version: VersionRead = Field(description="Counts the changes; `If-Match` takes it in quotes, or the ETag")


def _values_of(model: object) -> dict[str, Any]:
    """Return the values of a read model by field; msgspec knows all other types by itself."""
    if not isinstance(model, ReadSchema):
        raise TypeError(f"a read model has a {type(model).__name__}")
    return model.__dict__


_encode = msgspec.json.Encoder(enc_hook=_values_of).encode


def json_of(model: ReadSchema) -> bytes:
    """Return a read model's JSON: the bytes that pydantic would give, in less than half of the time."""
    return _encode(model)


# The default of a field that a PATCH may leave out and may not set to null. It is never read: only given fields count.
UNCHANGED: Any = None


_WORDS = 500  # characters of one error's text


def words_of(error: Mapping[str, Any]) -> str:
    """Return the sentence for one of pydantic's errors, without the given value."""
    if error["type"] == "union_tag_invalid":
        return f"Input should be one of {error['ctx']['expected_tags']}"
    if error["type"] == "union_tag_not_found":
        return f"Field {error['ctx']['discriminator']} required"
    if error["type"] == "model_attributes_type":
        return "Input should be an object"
    words = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] in {"too_short", "too_long"} and error["ctx"]["field_type"] == "Value":
        words = words.replace(" item", " character")  # of a secret, which pydantic counts as it counts a list
    return without_card_numbers(words[:_WORDS].replace(" after validation", "").removesuffix("."))


def choices_of(error: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the values that one of pydantic's errors allows, where they can be counted."""
    context = error.get("ctx", {})
    return tuple(_QUOTED.findall(str(context.get("expected_tags", context.get("expected", "")))))


def _encodable(secret: SecretStr) -> SecretStr:
    try:
        secret.get_secret_value().encode()
    except UnicodeEncodeError:
        raise PydanticKnownError("string_unicode") from None
    return secret


def _written_as(form: str, words: str) -> Callable[[object], object]:
    """Return a check that comes before pydantic's own reading."""
    pattern = re.compile(form, re.ASCII)

    def check(value: object) -> object:
        is_written = isinstance(value, str) and len(value) <= _DATE_CHARACTERS and pattern.fullmatch(value.strip())
        if not isinstance(value, date) and not is_written:
            raise PydanticCustomError("wrong_form", "Write it as {form}", {"form": words})
        return value

    return check


def _digits(value: object) -> object:
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise PydanticKnownError("int_parsing")
    return value


# A value that no representation shows.
Secret = Annotated[SecretStr, AfterValidator(_encodable)]
# Texts that people write.
ShortText = Annotated[str, Text(100)]
Name = Annotated[str, Text(200)]
LongText = Annotated[str, Text(2000, lines=True)]
# Texts that programs number and copy (docs/decisions/0010): a long number in them is most likely no card's.
DocumentNumber = Annotated[str, Text(100, identifier=True)]
Reference = Annotated[str, Text(200, identifier=True)]
ExternalId = Annotated[str, Text(200, identifier=True)]
SearchText = Annotated[str, Text(100, identifier=True)]
# pydantic would take a number, or a text of digits, for seconds since 1970.
_AsDay = BeforeValidator(_written_as(r"\d{4}-\d{2}-\d{2}", "YYYY-MM-DD"))
Day = Annotated[date, _AsDay]
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(
        _written_as(
            r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", "RFC 3339: 2026-11-02T09:30:00Z"
        )
    ),
]
# A number of a query: int() would take "1_0", "+5", "1.0" and the digits of every script.
AsDigits = BeforeValidator(_digits)
# The bounds stand before the check: behind one pydantic names them as Python writes them, `datetime.date(1900, 1, 1)`.
DocumentDate = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31)), _AsDay]
CountryCode = Annotated[
    str, Field(min_length=2, max_length=2, pattern="^[A-Z]{2}$", examples=["US"], description="ISO 3166-1 alpha-2")
]
Locale = Annotated[str, Field(max_length=11, pattern="^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$", examples=["en-US"])]
