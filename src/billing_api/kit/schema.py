"""The base of every class that crosses the wire, and the text types that keep PostgreSQL's limits."""

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
)

# PostgreSQL can't store NUL: it would end as a 500. Having a pattern also refuses lone surrogates.
_STORABLE = r"^[^\x00]*$"


class InputSchema(BaseModel):
    """A request's body or query: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class ReadSchema(BaseModel):
    """An answer: open to growth, without defaults, so that every field is documented as present."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class VersionedRead(ReadSchema):
    """An answer whose resource the client may change: its `version` is its ETag."""

    version: int = Field(description="Counts the changes; the ETag is this number in quotes", examples=[1])


# Marks a header that every request needs, though its route takes the lack of it: that has an answer of its own, which
# says more than "field required". api/docs.py tells clients so.
DOCUMENTED_AS_REQUIRED: dict[str, Any] = {"x-required": True}

# The default of a field that a PATCH may leave out but never set to null: nobody reads it, only what is set counts.
UNCHANGED: Any = None


def text(max_length: int, *, min_length: int = 1) -> StringConstraints:
    """Constraints of a text of `min_length` to `max_length` characters that PostgreSQL can store."""
    return StringConstraints(min_length=min_length, max_length=max_length, pattern=_STORABLE, strip_whitespace=True)


def _encodable(secret: SecretStr) -> SecretStr:
    try:
        secret.get_secret_value().encode()
    except UnicodeEncodeError:
        raise ValueError("The text has characters that are none") from None
    return secret


def _written_as(form: str, words: str) -> Callable[[object], object]:
    """A check that comes before pydantic's own reading."""
    pattern = re.compile(form, re.ASCII)

    def check(value: object) -> object:
        if not isinstance(value, date) and not (isinstance(value, str) and pattern.fullmatch(value.strip())):
            raise ValueError(f"Write it as {words}")
        return value

    return check


# Shown nowhere, whoever prints the object that holds it.
Secret = Annotated[SecretStr, AfterValidator(_encodable)]
ShortText = Annotated[str, text(100)]
Name = Annotated[str, text(200)]
LongText = Annotated[str, text(2000)]
ExternalId = Annotated[str, text(200)]
# pydantic would take a number, or a text of digits, for seconds since 1970.
Day = Annotated[date, BeforeValidator(_written_as(r"\d{4}-\d{2}-\d{2}", "YYYY-MM-DD"))]
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(
        _written_as(
            r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", "RFC 3339: 2026-11-02T09:30:00Z"
        )
    ),
]
DocumentDate = Annotated[Day, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31))]
CountryCode = Annotated[str, Field(pattern="^[A-Z]{2}$", examples=["US"], description="ISO 3166-1 alpha-2")]
Locale = Annotated[str, Field(pattern="^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$", examples=["en-US"])]
