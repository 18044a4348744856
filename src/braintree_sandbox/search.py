"""Advanced search: one engine for every resource, over fields that each resource names."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Generic, TypeVar

from braintree_sandbox.call import Answer, Call
from braintree_sandbox.state.records import Record, indexes_of
from braintree_sandbox.validation import params as read
from braintree_sandbox.wire.refusals import MalformedError
from braintree_sandbox.wire.values import Array, Collection, Fields, Params, Value

PAGE_SIZE = 50

R = TypeVar("R", bound=Record)
Found = str | Decimal | datetime | bool | None | Iterable[str | datetime]


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
    """One resource's search: the record, its fields, and the elements of the answer.

    `shortcuts` names the fields that are the record's key (`None`) or one of its indexes.
    """

    record: type[R]
    fields: Mapping[str, Field[R]]
    collection: str
    item: str
    view: Callable[[Call, R], Fields]
    shortcuts: Mapping[str, str | None] = field(default_factory=lambda: {"ids": None, "id": None})
    only: Callable[[R], bool] = lambda _: True

    def ids(self, call: Call) -> Answer:
        """The first request: every id that matches, newest first."""
        keys = [row.key for row in self._matching(call)]
        keys.reverse()
        return Answer(200, "search_results", {"page_size": PAGE_SIZE, "ids": Array("item", keys)})

    def page(self, call: Call) -> Answer:
        """The second request: the records of the ids that the client asks for, in its order."""
        rows = {row.key: row for row in self._matching(call)}
        wanted = call.params("search").get("ids")
        ordered = [rows[key] for key in map(str, wanted) if key in rows] if isinstance(wanted, list) else rows.values()
        views = [self.view(call, row) for row in ordered]
        return Answer(200, self.collection, Collection(self.item, views, PAGE_SIZE))

    def _matching(self, call: Call) -> list[R]:
        criteria = call.params("search")
        unknown = criteria.keys() - self.fields.keys()
        if unknown:
            raise MalformedError(f"There is no search by {', '.join(sorted(unknown))}.")
        tests = [_test(self.fields[name], criterion) for name, criterion in criteria.items()]
        return [row for row in self._candidates(call, criteria) if self.only(row) and all(test(row) for test in tests)]

    def _candidates(self, call: Call, criteria: Params) -> Iterable[R]:
        for name, index in self.shortcuts.items():
            exact = _exact(criteria.get(name))
            if exact is None:
                continue
            if index is None:
                return [row for key in exact if (row := call.work.get(self.record, key)) is not None]
            if index in indexes_of(self.record):
                return [row for key in exact for row in call.work.where(self.record, index, key)]
        return call.work.all(self.record)


def text_of(of: Callable[[R], Found]) -> Field[R]:
    """A field with the text operators is, is_not, starts_with, ends_with and contains."""
    return Field(Match.TEXT, of)


def one_of(of: Callable[[R], Found]) -> Field[R]:
    """A field that must be in a list."""
    return Field(Match.ONE_OF, of)


def range_of(of: Callable[[R], Found]) -> Field[R]:
    """A field with min, max and is, for amounts and times."""
    return Field(Match.RANGE, of)


def flag_of(of: Callable[[R], Found]) -> Field[R]:
    """A field that is asked for as true or false."""
    return Field(Match.IS, of)


def _exact(criterion: Value) -> list[str] | None:
    if isinstance(criterion, list):
        return [str(entry) for entry in criterion]
    if isinstance(criterion, dict) and set(criterion) == {"is"}:
        return [str(criterion["is"])]
    return None


def _test(searched: Field[R], criterion: Value) -> Callable[[R], bool]:
    if searched.match is Match.ONE_OF:
        return _membership(searched, criterion)
    if searched.match is Match.IS:
        wanted = criterion in {True, "true", "1"}
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


def _text(searched: Field[R], criterion: Params) -> Callable[[R], bool]:
    wanted = [(operator, read.text(criterion, operator) or "") for operator in criterion]
    if any(operator not in _TEXT_OPERATORS and operator != "is_not" for operator, _ in wanted):
        raise MalformedError("A text field is searched by is, is_not, starts_with, ends_with or contains.")

    def matches(row: R) -> bool:
        actual = [str(entry) for entry in _many(searched.of(row))]
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
    low, high = criterion.get("min"), criterion.get("max")
    if "is" in criterion:
        low = high = criterion["is"]

    def matches(row: R) -> bool:
        return any(_within(entry, low, high) for entry in _many(searched.of(row)))

    return matches


def _within(actual: object, low: Value, high: Value) -> bool:
    if isinstance(actual, Decimal):
        amounts = [None if bound is None else read.amount(str(bound)) for bound in (low, high)]
        return (amounts[0] is None or actual >= amounts[0]) and (amounts[1] is None or actual <= amounts[1])
    if isinstance(actual, datetime):
        moments = [_moment(bound) for bound in (low, high)]
        return (moments[0] is None or actual >= moments[0]) and (moments[1] is None or actual <= moments[1])
    return False


def _moment(bound: Value) -> datetime | None:
    if bound is None or isinstance(bound, datetime):
        return bound
    if isinstance(bound, date):
        return datetime.combine(bound, time(), UTC)
    try:
        moment = datetime.fromisoformat(str(bound))
    except ValueError as error:
        raise MalformedError(f"{bound} is not a time.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _many(found: Found) -> Iterable[object]:
    if found is None:
        return ()
    if isinstance(found, str | Decimal | datetime | bool):
        return (found,)
    return found
