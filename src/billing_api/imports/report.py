"""The results of an import: of each line, in numbers, and in sums of money."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from billing_api.imports.batches import NumberedLine, UnreadableLine
from billing_api.imports.findings import UNAVAILABLE, Finding
from billing_api.imports.lines import Money, money_of

_KEPT = 1000


class LineOutcome(StrEnum):
    """The outcome of one line."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LineResult:
    """A line by its number from 1, its outcome, and the errors or warnings about it.

    `unapplied` is the amount that its invoices had no room for, in minor units.
    """

    number: int
    type: str | None
    external_id: str | None
    outcome: LineOutcome
    findings: tuple[Finding, ...] = ()
    money: Money | None = None
    unapplied: int = 0

    @property
    def reason(self) -> str:
        """All findings about the line, as one text."""
        return "; ".join(finding.sentence for finding in self.findings)


def number_of(result: LineResult) -> int:
    """Return the number by which results are sorted."""
    return result.number


def result_of(
    numbered: NumberedLine, outcome: LineOutcome, findings: tuple[Finding, ...] = (), unapplied: int = 0
) -> LineResult:
    """Return the result of a line that could be read."""
    line = numbered.line
    return LineResult(numbered.number, line.type, line.external_id, outcome, findings, money_of(line), unapplied)


def result_of_unreadable(line: UnreadableLine) -> LineResult:
    """Return the result of a line that could not be read."""
    return LineResult(line.number, line.type, line.external_id, LineOutcome.FAILED, line.findings)


def result_of_unavailable(numbered: NumberedLine) -> LineResult:
    """Return the result of a line that the database could not take."""
    return result_of(numbered, LineOutcome.FAILED, (UNAVAILABLE,))


@dataclass(slots=True)
class ControlTotal:
    """The sums of the documents of one type and currency, by outcome, in minor units."""

    by_outcome: Counter[LineOutcome] = field(default_factory=Counter)
    unapplied: int = 0

    @property
    def in_file(self) -> int:
        """The sum of all lines that could be read."""
        return self.by_outcome.total()


@dataclass(slots=True)
class ImportReport:
    """Counts by type and outcome, control totals, and a thousand failures and warnings at most."""

    counts: Counter[tuple[str, LineOutcome]] = field(default_factory=Counter)
    totals: dict[tuple[str, str], ControlTotal] = field(default_factory=dict)
    failures: list[LineResult] = field(default_factory=list)
    warnings: list[LineResult] = field(default_factory=list)
    warned: int = 0
    unknown_amounts: int = 0  # documents that could not be read, and are in no total

    def count(self, outcome: LineOutcome, line_type: str | None = None) -> int:
        """Return how many lines had this outcome, of one type or of all."""
        return sum(n for (name, seen), n in self.counts.items() if seen is outcome and line_type in {None, name})

    def types(self) -> list[str]:
        """Return the types of the lines, in the order of their first lines."""
        return list(dict.fromkeys(name for name, _ in self.counts))

    def add_all(self, results: Iterable[LineResult]) -> None:
        """Take in the results of lines."""
        for result in results:
            self._add(result)

    def sort(self) -> None:
        """Bring failures and warnings into the order of the file."""
        self.failures.sort(key=number_of)
        self.warnings.sort(key=number_of)

    def _add(self, result: LineResult) -> None:
        self.counts[result.type or "unreadable", result.outcome] += 1
        if result.money is not None and result.type is not None:
            total = self.totals.setdefault((result.money.currency, result.type), ControlTotal())
            total.by_outcome[result.outcome] += result.money.amount
            total.unapplied += result.unapplied
        elif result.outcome is LineOutcome.FAILED and result.type != "account":
            self.unknown_amounts += 1
        if result.outcome is LineOutcome.FAILED:
            if len(self.failures) < _KEPT:
                self.failures.append(result)
        elif result.findings:
            self.warned += 1
            if len(self.warnings) < _KEPT:
                self.warnings.append(result)
