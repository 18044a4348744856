"""Advanced search: one engine for every resource, over fields that each resource names."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from itertools import chain
from typing import Generic, TypeVar

from braintree_sandbox.call import ApiResponse, Call
from braintree_sandbox.state.records import Record, indexes_of
from braintree_sandbox.validation import params as read
from braintree_sandbox.wire.refusals import MalformedError
from braintree_sandbox.wire.values import Array, Collection, Fields, Params, Value, moment

PAGE_SIZE = 50
# As in Braintree's examples: `03/31/2014`, with or without a time.
_AMERICAN = re.compile(r"(\d{2})/(\d{2})/(\d{4})( \d{2}:\d{2})?\Z", re.ASCII)

R = TypeVar("R", bound=Record)
Found = str | Decimal | date | datetime | bool | None | Iterable[str | date | datetime]


class Match(Enum):
    """How a field is compared: by text operators, by membership in a list, by a range, or by being true."""

    TEXT = "text"
    ONE_OF = "one_of"
    RANGE = "range"
    IS = "is"


@dataclass(frozen=True, slots=True)
class Field(Generic[R]):
    """A field that can be searched by, and where its value is found in a record."""

    match: Match
    of: Callable[[R], Found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Searchable(Generic[R]):
    """One resource's search: the record, its fields, and the elements of the response.

    `shortcuts` names the fields that are the record's key (`None`) or one of its indexes.
    """

    record: type[R]
    fields: Mapping[str, Field[R]]
    collection: str
    item: str
    view: Callable[[Call, R], Fields]
    shortcuts: Mapping[str, str | None] = field(default_factory=lambda: {"ids": None, "id": None})
    only: Callable[[R], bool] = lambda _: True
    # How a record is found by its key, where there are more than those that are kept.
    find: Callable[[Call, str], R | None] | None = None
    # Those that are there besides the ones that are kept, older than they.
    known: Callable[[Call], Iterable[R]] = lambda _: ()

    def ids(self, call: Call) -> ApiResponse:
        """Return every id that matches, newest first: the client's first request."""
        keys = [row.key for row in self._matching(call)]
        keys.reverse()
        return ApiResponse(200, "search_results", {"page_size": PAGE_SIZE, "ids": Array("item", keys)})

    def page(self, call: Call) -> ApiResponse:
        """Return the records of the ids in the request, in its order: the client's second request."""
        rows = {row.key: row for row in self._matching(call)}
        wanted = call.params("search").get("ids")
        ordered = [rows[key] for key in map(str, wanted) if key in rows] if isinstance(wanted, list) else rows.values()
        if len(ordered) > PAGE_SIZE:
            raise MalformedError(f"Ask for at most {PAGE_SIZE} records at once, by their ids.")
        views = [self.view(call, row) for row in ordered]
        return ApiResponse(200, self.collection, Collection(self.item, views, PAGE_SIZE))

    def _matching(self, call: Call) -> list[R]:
        criteria = call.params("search")
        return [row for row in matching(self._candidates(call, criteria), self.fields, criteria) if self.only(row)]

    def _candidates(self, call: Call, criteria: Params) -> Iterable[R]:
        for name, index in self.shortcuts.items():
            exact = _exact(criteria.get(name))
            if exact is None:
                continue
            if index is None:
                return [row for key in exact if (row := self._with_key(call, key)) is not None]
            if index in indexes_of(self.record):
                return [row for key in exact for row in call.work.where(self.record, index, key)]
        return chain(self.known(call), call.work.all(self.record))

    def _with_key(self, call: Call, key: str) -> R | None:
        return call.work.get(self.record, key) if self.find is None else self.find(call, key)


def matching(rows: Iterable[R], fields: Mapping[str, Field[R]], criteria: Params) -> Iterator[R]:
    """Return the rows that meet every criterion. Raise MalformedError for an unknown field."""
    unknown = criteria.keys() - fields.keys()
    if unknown:
        raise MalformedError(f"There is no search by {', '.join(sorted(unknown))}.")
    tests = [_test(fields[name], criterion) for name, criterion in criteria.items()]
    return (row for row in rows if all(test(row) for test in tests))


def text_of(of: Callable[[R], Found]) -> Field[R]:
    """Return a field with the text operators is, is_not, starts_with, ends_with and contains."""
    return Field(Match.TEXT, of)


def one_of(of: Callable[[R], Found]) -> Field[R]:
    """Return a field that must be in a list."""
    return Field(Match.ONE_OF, of)


def range_of(of: Callable[[R], Found]) -> Field[R]:
    """Return a field with min, max and is, for amounts and times."""
    return Field(Match.RANGE, of)


def flag_of(of: Callable[[R], Found]) -> Field[R]:
    """Return a field that is searched as true or false."""
    return Field(Match.IS, of)


def _exact(criterion: Value) -> list[str] | None:
    if isinstance(criterion, list):
        return list(dict.fromkeys(map(str, criterion)))
    if isinstance(criterion, dict) and criterion.keys() == {"is"} and criterion["is"] is not None:
        return [str(criterion["is"])]
    return None


def _test(searched: Field[R], criterion: Value) -> Callable[[R], bool]:
    if searched.match is Match.ONE_OF:
        return _membership(searched, criterion)
    if searched.match is Match.IS:
        wanted = read.flag({"is": criterion}, "is")
        return lambda row: bool(searched.of(row)) is wanted
    if not isinstance(criterion, dict):
        raise MalformedError("A search criterion needs an operator.")
    if searched.match is Match.RANGE:
        return _range(searched, criterion)
    return _text(searched, criterion)


_TEXT_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "is": lambda actual, wanted: actual == wanted,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "contains": lambda actual, wanted: wanted in actual,
}


_RANGE_OPERATORS = frozenset({"min", "max", "is"})


def _text(searched: Field[R], criterion: Params) -> Callable[[R], bool]:
    wanted = [(operator, read.text(criterion, operator) or "") for operator in criterion]
    if any(operator not in _TEXT_OPERATORS and operator != "is_not" for operator, _ in wanted):
        raise MalformedError("A text field is searched by is, is_not, starts_with, ends_with or contains.")

    def matches(row: R) -> bool:
        # Blank, or None in a client, means: without a value.
        actual = [str(entry) for entry in _many(searched.of(row))] or [""]
        for operator, text in wanted:
            if operator == "is_not":
                if text in actual:
                    return False
            elif not any(_TEXT_OPERATORS[operator](entry, text) for entry in actual):
                return False
        return True

    return matches


def _membership(searched: Field[R], criterion: Value) -> Callable[[R], bool]:
    entries = criterion if isinstance(criterion, list) else [criterion]
    wanted = {str(entry) for entry in entries}
    return lambda row: any(str(entry) in wanted for entry in _many(searched.of(row)))


def _range(searched: Field[R], criterion: Params) -> Callable[[R], bool]:
    if not criterion or criterion.keys() - _RANGE_OPERATORS:
        raise MalformedError("A range is searched by min, max or is.")
    low, high = criterion.get("min"), criterion.get("max")
    if "is" in criterion:
        low = high = criterion["is"]

    def matches(row: R) -> bool:
        return any(_within(entry, low, high) for entry in _many(searched.of(row)))

    return matches


def _within(actual: object, low: Value, high: Value) -> bool:
    if isinstance(actual, Decimal):
        least, most = (_amount(bound) for bound in (low, high))
        return (least is None or actual >= least) and (most is None or actual <= most)
    if isinstance(actual, datetime):
        first, last = (_moment(bound) for bound in (low, high))
        return (first is None or actual >= first) and (last is None or actual <= last)
    if isinstance(actual, date):
        # Clients search a day by times, of which only the day counts.
        since, until = (bound and bound.date() for bound in (_moment(low), _moment(high)))
        return (since is None or actual >= since) and (until is None or actual <= until)
    return False


def _amount(bound: Value) -> Decimal | None:
    if bound is None:
        return None
    parsed = read.amount(str(bound))
    if parsed is None:
        raise MalformedError("An amount is searched by a text that is no amount.")
    return parsed


def _moment(bound: Value) -> datetime | None:
    if bound is None or isinstance(bound, datetime):
        return bound
    if isinstance(bound, date):
        return datetime.combine(bound, time(), UTC)
    found = moment(_AMERICAN.sub(r"\3-\1-\2\4", str(bound)))
    if found is None:
        raise MalformedError("A time is searched by a text that is no time.")
    return found


def _many(found: Found) -> Iterable[object]:
    if found is None:
        return ()
    if isinstance(found, str | Decimal | date | bool):
        return (found,)
    return found
