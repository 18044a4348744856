"""What came of an import."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

_FAILURES_KEPT = 1000


class Outcome(StrEnum):
    """What came of one line."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LineFailure:
    """A line that was not imported: its number from 1, what it is, and why."""

    number: int
    type: str
    external_id: str | None
    reason: str


@dataclass(slots=True)
class ImportReport:
    """Counts by type and outcome, and the first thousand failures in the order of the file."""

    counts: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    failures: list[LineFailure] = field(default_factory=list)

    def count(self, outcome: Outcome, line_type: str | None = None) -> int:
        """How many lines had this outcome, of one type or of all."""
        return sum(n for (name, seen), n in self.counts.items() if seen is outcome and line_type in {None, name})

    def types(self) -> list[str]:
        """The types of lines that were met, in their first order."""
        return list(dict.fromkeys(name for name, _ in self.counts))

    def add(self, line_type: str, outcome: Outcome) -> None:
        """A line is done."""
        self.counts[line_type, outcome] += 1

    def add_failure(self, failure: LineFailure) -> None:
        """A line could not be imported."""
        self.add(failure.type, Outcome.FAILED)
        if len(self.failures) < _FAILURES_KEPT:
            self.failures.append(failure)
