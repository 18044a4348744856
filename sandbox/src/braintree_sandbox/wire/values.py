"""The values of requests and responses."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

Scalar = str | bool | int | Decimal | datetime | date | None
Value = Scalar | list["Value"] | dict[str, "Value"]
Params = dict[str, Value]

_WHOLE_NUMBER = re.compile(r"\d{1,9}\Z", re.ASCII)
_DECIMAL = re.compile(r"\d{1,15}(\.\d{1,15})?\Z", re.ASCII)
_SCRIPTS_TIME = re.compile(r"[A-Z][a-z]{2} (?P<day>[A-Z][a-z]{2} \d\d \d{4}) (?P<time>[\d:]{8}) GMT(?P<zone>[+-]\d{4})")


@dataclass(frozen=True, slots=True)
class Array:
    """A list of elements that share a tag, as `type="array"`."""

    item: str
    items: Sequence["Node"]


@dataclass(frozen=True, slots=True)
class Collection:
    """One page of a search's results, as `type="collection"`; `total` is how many there are on all pages."""

    item: str
    items: Sequence["Node"]
    page_size: int
    page: int = 1
    total: int | None = None


Node = Scalar | Array | Collection | Mapping[str, "Node"]
Fields = dict[str, Node]


def is_digits(text: str) -> bool:
    """Return whether there are digits and nothing else: those from 0 to 9, not those of other scripts."""
    return text.isascii() and text.isdigit()


def whole_number(text: str | None) -> int | None:
    """Return the number of at most nine digits, else None."""
    return int(text) if text is not None and _WHOLE_NUMBER.match(text) else None


def decimal(text: str) -> Decimal | None:
    """Return the number, at least zero, of digits with or without a point, else None."""
    return Decimal(text) if _DECIMAL.match(text) else None


def day_of(sent: Value) -> date | None:
    """Return the day that a parameter names, else None; of a time it is the day in UTC."""
    named = sent if isinstance(sent, date) else moment(str(sent))
    return named.date() if isinstance(named, datetime) else named


def moment(text: str) -> datetime | None:
    """Return the time in UTC that a text names, else None; one without an offset is in UTC.

    ISO 8601, and the form that scripts give a `Date` as text: `Thu Nov 26 2026 17:00:00 GMT+0100 (CET)`.
    """
    try:
        found = _SCRIPTS_TIME.match(text)
        if found is not None:
            named = datetime.strptime(" ".join(found.groups()), "%b %d %Y %H:%M:%S %z")
        else:
            named = datetime.fromisoformat(text)
        return named.astimezone(UTC) if named.tzinfo else named.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        # At the edges of the calendar the UTC of some times is in no year.
        return None
