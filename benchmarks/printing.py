"""A statement's PDF of one page and of 2,000 lines: CPU time, beside ReportLab and WeasyPrint on the same table."""

import json
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks.goals import Finding, Goal
from benchmarks.servers import on_cores
from billing_api.documents.papers import CurrencyPart, Letterhead, Movement, Recipient, StatementPaper

_TOP = Path(__file__).parents[1]
_RIVALS = _TOP / ".venv-bench" / "bin" / "python"
_GOALS = {20: Goal(most=60.0, unit=" ms"), 2000: Goal(most=1500.0, unit=" ms")}
NAMES = {"reportlab": "ReportLab", "weasyprint": "WeasyPrint"}


@dataclass(frozen=True, slots=True)
class Printing:
    """PDFs of one length: CPU time in seconds, the service's and the rivals'; None for one that is not installed."""

    lines: int
    cpu: float
    size: int
    rivals: dict[str, float | None]

    @property
    def finding(self) -> Finding:
        """The service's figure, which has a goal."""
        return Finding(f"a statement's PDF, {self.lines:,} lines", self.cpu * 1000, _GOALS[self.lines])


def measure_printing(rounds: int, cores: set[int]) -> list[Printing]:
    """Make the PDFs in processes of their own, warm, one after the other."""
    return [_measure(lines, rounds, cores) for lines in _GOALS]


def _measure(lines: int, rounds: int, cores: set[int]) -> Printing:
    own = _run([sys.executable, "-m", "benchmarks.printing"], {"lines": lines, "rounds": rounds}, cores)
    assert own is not None
    table = {"rows": [list(row) for row in _table(_paper(lines, 0))], "rounds": rounds}
    rivals = {
        name: _run([str(_RIVALS), str(Path(__file__).with_name("rivals.py")), name], table, cores) for name in NAMES
    }
    shares = {name: None if found is None else found["cpu"] for name, found in rivals.items()}
    return Printing(lines, own["cpu"], int(own["size"]), shares)


def _run(command: list[str], given: object, cores: set[int]) -> dict[str, float] | None:
    if not Path(command[0]).exists():
        return None
    with on_cores(cores):
        done = subprocess.run(  # noqa: S603 - our own programs
            command, input=json.dumps(given), capture_output=True, text=True, cwd=_TOP, check=False
        )
    found: dict[str, float] | None = json.loads(done.stdout) if done.returncode == 0 else None
    return found


def _paper(lines: int, place: int) -> StatementPaper:
    """Return a statement; another `place` makes another, since typst remembers earlier ones."""
    movements = tuple(
        Movement(
            date(2026, 1, 1) + timedelta(days=row * 360 // lines),
            "payment" if row % 3 == 2 else "invoice",
            f"INV-{10_000 + row + place}",
            f"PO-{row}",
            -90_000 - row - place if row % 3 == 2 else 124_900 + row + place,
            1_000_000 + row * 9_301 + place,
        )
        for row in range(lines)
    )
    return StatementPaper(
        letterhead=Letterhead(
            name="Example Vendor",
            address=("1 Example Way", "Portland, OR 97201"),
            country="US",
            contact=("billing@example.com",),
            registration=(),
            color="#1f4fd8",
            logo=None,
            remit_to=("Example Vendor",),
            banks=(),
            portal_url="",
        ),
        recipient=Recipient("Customer", ("Customer", "2 Example Way"), "US", "C-1"),
        number=f"STM-{place:06}",
        kind="activity",
        summary=False,
        period_from=date(2026, 1, 1),
        period_to=date(2026, 12, 31),
        issued_on=date(2027, 1, 1),
        made_at=datetime(2027, 1, 1, tzinfo=UTC),
        parts=(CurrencyPart("USD", 0, 0, 0, movements=movements),),
    )


def _table(paper: StatementPaper) -> Iterable[tuple[str, ...]]:
    """Yield the cells of the statement's table, with its head."""
    yield "Date", "Description", "Reference", "Charges", "Credits", "Balance in USD"
    for one in paper.parts[0].movements:
        amount = f"{abs(one.amount) / 100:,.2f}"
        sides = (amount, "") if one.amount > 0 else ("", amount)
        balance = f"{(one.balance or 0) / 100:,.2f}"
        yield f"{one.day:%b %d, %Y}", f"{one.type.title()} {one.number}", one.reference or "", *sides, balance


def main() -> None:
    """Make the service's own PDFs: as `rivals.py` does, and from plain values."""
    from billing_api.documents.press import Press  # noqa: PLC0415 - typst is for this process alone

    given, press = json.load(sys.stdin), Press()
    size = len(press.pdf(_paper(given["lines"], 0), "en-US"))
    seconds = []
    for place in range(1, given["rounds"] + 1):
        paper = _paper(given["lines"], place)
        began = time.process_time()
        press.pdf(paper, "en-US")
        seconds.append(time.process_time() - began)
    json.dump({"cpu": median(seconds), "size": size}, sys.stdout)


if __name__ == "__main__":
    main()
