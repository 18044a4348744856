"""The searches of `make model`, and the result that each one must have."""

from dataclasses import dataclass

from model_check.spin import REFUNDS, SearchResult, check


@dataclass(frozen=True, slots=True)
class Search:
    """The model in one size, whole or without a safeguard; then one sort of fault is looked for."""

    name: str
    requests: int
    checkers: int
    without: str | None = None
    fault: str | None = None  # "double" or "lost"

    def run(self, spin: str) -> SearchResult:
        """Try every order of steps, or find the shortest way to the fault. Raise SpinError."""
        if self.without is None:
            return check(spin, requests=self.requests, checkers=self.checkers)
        definitions = [self.without, f"LOOK_FOR={'1' if self.fault == 'double' else '2'}"]
        return check(spin, requests=self.requests, checkers=self.checkers, definitions=definitions, shortest=True)

    def is_right(self, result: SearchResult) -> bool:
        """Return whether the whole has no fault, or the fault without the safeguard is found."""
        if self.without is None:
            return result.story is None
        return result.story is not None and f"at rest: {str(self.fault).upper()} CHARGE" in result.story

    def words_for(self, result: SearchResult) -> str:
        """Return the result in words."""
        if self.without is None:
            return "nothing is charged twice or lost" if result.story is None else "A FAULT IS FOUND"
        return f"a {self.fault} charge is found" if self.is_right(result) else "THE FAULT IS NOT FOUND"


# The smallest size has every sort of step, and is for tests and variants.
SMALL = Search("2 requests, 1 checker", requests=2, checkers=1)
WHOLE = (
    Search("3 requests, 2 of them with one key, 1 checker", requests=3, checkers=1),
    Search("2 requests, 2 checkers", requests=2, checkers=2),
)
_SAFEGUARDS = {
    "NO_FENCE": "without the fence",
    "NO_CONTROL": "without the control of absence",
    "NO_LATE_CHECKS": "without the checks after the end",
    "COUNT_FROM_RECORDING": "checks counted from their recording",
}
VARIANTS = tuple(
    Search(name, requests=2, checkers=1, without=definition, fault=fault)
    for definition, name in _SAFEGUARDS.items()
    for fault in ("double", "lost")
)


@dataclass(frozen=True, slots=True)
class RefundSearch:
    """The model of refunds, whole or without a safeguard; then more is given back than was captured."""

    name: str
    without: str | None = None

    def run(self, spin: str) -> SearchResult:
        """Try every order of steps, or find the shortest way to the fault. Raise SpinError."""
        definitions = () if self.without is None else (self.without, "ONLY_DOUBLE")
        return check(spin, definitions=definitions, shortest=self.without is not None, model=REFUNDS)

    def is_right(self, result: SearchResult) -> bool:
        """Return whether the whole has no fault, or the fault without the safeguard is found."""
        if self.without is None:
            return result.story is None
        return result.story is not None and "at rest: DOUBLE REFUND" in result.story

    def words_for(self, result: SearchResult) -> str:
        """Return the result in words."""
        if self.without is None:
            return "no more is given back than was captured" if result.story is None else "A FAULT IS FOUND"
        return "a double refund is found" if self.is_right(result) else "THE FAULT IS NOT FOUND"


REFUND_VARIANTS = tuple(
    RefundSearch(name, without)
    for without, name in {
        "NO_RESERVATION": "refunds without the reserved amount",
        "NO_FENCE": "refunds without the fence",
        "ONE_SEARCH": "refunds with one search alone",
    }.items()
)
WHOLE_REFUNDS = RefundSearch("2 refunds, a return, 2 checkers")
SEARCHES: tuple[Search | RefundSearch, ...] = (*WHOLE, WHOLE_REFUNDS, *VARIANTS, *REFUND_VARIANTS)
