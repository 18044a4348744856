"""The shapes that cross the wire: what a request holds, and what an answer may hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

Scalar = str | bool | int | Decimal | datetime | date | None
Value = Scalar | list["Value"] | dict[str, "Value"]
Params = dict[str, Value]


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
