"""Keyset pages: an opaque cursor holds the position after the last row and the query that it belongs to."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from hashlib import blake2b
from typing import Annotated, Any, Generic, Self, TypeVar, get_args, get_origin
from uuid import UUID

import msgspec
from pydantic import BeforeValidator, Field

from billing_api.errors import AppError, Kind
from billing_api.kit.documented import Sent
from billing_api.kit.schema import AsDigits, InputSchema, ReadSchema

ReadT = TypeVar("ReadT")
RowT = TypeVar("RowT")
Position = tuple[Any, ...]

Limit = Annotated[int, Field(ge=1, le=100, description="The number of rows in a page"), AsDigits]
Cursor = Annotated[
    str, Field(max_length=1024, pattern="^[A-Za-z0-9_-]+$", description="`next_cursor` of the page before")
]


def _split(given: object) -> object:
    """Take `status=open,paid` as a list; repeating the parameter (`status=open&status=paid`) gives the same."""
    if not isinstance(given, list):
        return given
    return [part for item in given for part in (item.split(",") if isinstance(item, str) else [item])]


ValueT = TypeVar("ValueT")
# A filter for any of several values; its default is None.
Several = Annotated[
    Annotated[list[ValueT], Field(min_length=1, max_length=16)] | None,
    BeforeValidator(_split),
]


def is_list(annotation: object) -> bool:
    """Return whether a field of this type has several values."""
    parts = (annotation, *get_args(annotation))
    return any(get_origin(get_args(part)[0] if get_origin(part) is Annotated else part) is list for part in parts)


class BadCursorError(AppError):
    """The cursor is not one of this query's."""

    code, title, kind = "bad_cursor", "The cursor does not fit", Kind.BAD_REQUEST
    cure = "Begin the list again without `cursor`, and keep all other parameters from page to page."

    def __init__(self) -> None:
        super().__init__(
            "The cursor was made for another query or is damaged: start again without it, and keep every other "
            "parameter the same from page to page."
        )


class PageQuery(InputSchema):
    """The parameters of every list; a list adds its own filters in a subclass."""

    limit: Limit = 25
    cursor: Cursor | None = None

    @cached_property
    def fingerprint(self) -> str:
        """A digest of the query without its page: a cursor is refused under another one."""
        filters = f"{type(self).__name__}{self.model_dump_json(exclude={'limit', 'cursor'})}"
        return blake2b(filters.encode(), digest_size=6).hexdigest()

    def position(self, *kinds: type) -> Position | None:
        """Return the place where the page starts, as values of `kinds`; None at the beginning. Raise BadCursorError."""
        return None if self.cursor is None else _decode(self.cursor, self.fingerprint, kinds)


@dataclass(frozen=True, slots=True)
class Rows(Generic[RowT]):
    """The rows of one page, and the cursor of the next."""

    rows: Sequence[RowT]
    next_cursor: str | None

    @classmethod
    def of(cls, query: PageQuery, rows: Sequence[RowT], place: Callable[[RowT], Position]) -> Self:
        """Take the first `limit` rows of `limit` + 1, which shows whether there are more; `place` is a row's."""
        if len(rows) <= query.limit:
            return cls(rows, None)
        shown = rows[: query.limit]
        return cls(shown, _encode(query.fingerprint, place(shown[-1])))


class Page(ReadSchema, Generic[ReadT]):
    """One page of a list."""

    data: list[ReadT] = Field(json_schema_extra={"maxItems": 100})
    next_cursor: Annotated[str, Sent(maxLength=1024)] | None = Field(
        description="Give it as `cursor` for the next page; null on the last one", examples=[None]
    )
    has_more: bool = Field(examples=[False])

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """Return the name that clients see: `AddressPage` for a page of AddressRead."""
        return f"{str(params[0].__name__).removesuffix('Read').removesuffix('Summary')}Page"

    @classmethod
    def of(cls, found: Rows[RowT], read: Callable[[RowT], ReadT] | None = None) -> Self:
        """Return the page of these rows; without `read` they are read models already."""
        data: Any = found.rows if read is None else [read(row) for row in found.rows]
        return cls(data=data, next_cursor=found.next_cursor, has_more=found.next_cursor is not None)


def _encode(fingerprint: str, position: Position) -> str:
    packed = msgspec.json.encode([fingerprint, *position])
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def _decode(cursor: str, fingerprint: str, kinds: Sequence[type]) -> Position:
    try:
        packed = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        owner, *values = packed
        if owner != fingerprint or len(values) != len(kinds):
            raise BadCursorError
        return tuple(_value(kind, value) for kind, value in zip(kinds, values, strict=True))
    except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError) as error:
        raise BadCursorError from error


def _value(kind: type, value: object) -> object:
    if kind is int and type(value) is int and abs(value) < 2**63:
        return value
    if not isinstance(value, str) or "\x00" in value:
        raise TypeError(value)
    if kind is str:
        value.encode()  # a lone surrogate would fail later, in the driver
        return value
    if kind is datetime:
        return datetime.fromisoformat(value).astimezone(UTC)
    if kind is date:
        return date.fromisoformat(value)
    if kind is UUID:
        return UUID(value)
    raise TypeError(kind)
