"""The tables that are printed."""

from rich.console import Console
from rich.table import Table

from benchmarks.contests import TAIL, Contest
from benchmarks.goals import Finding
from benchmarks.harness import Outcome
from benchmarks.printing import NAMES, Printing

_HEADINGS = (
    "responses/s",
    "p50 ms",
    "p99 ms",
    "p99 / p50",
    "CPU ms",
    "round trips",
    "ratio by rate",
    "ratio by CPU",
)


def show(outcome: Outcome) -> list[Finding]:
    """Print the figures with their goals, and return the findings that miss theirs."""
    console = Console(width=None if Console().is_terminal else 200)
    console.print(_contests(outcome))
    console.print(_others(outcome))
    for note in outcome.notes:
        console.print(f"- {note}", highlight=False)
    found = [finding for contest in outcome.contests for finding in contest.findings]
    found += [finding for export in outcome.exports for finding in export.findings]
    missed = [
        each
        for each in [
            *found,
            *outcome.neighbours.findings,
            *outcome.reading.findings,
            *outcome.loading.findings,
            *(one.finding for one in outcome.printing),
        ]
        if each.is_missed
    ]
    console.print("every goal is met" if not missed else "missed goals:", highlight=False)
    for finding in missed:
        console.print(f"- {finding.words}", highlight=False)
    return missed


def _contests(outcome: Outcome) -> Table:
    table = Table("", "", title=f"A goal stands beside its figure; p99 is to be at most {TAIL.most} times p50")
    for heading in _HEADINGS:
        table.add_column(heading, justify="right", no_wrap=True)
    for contest in outcome.contests:
        for side in (0, 1):
            table.add_row(*_cells(contest, side), end_section=side == 1)
    return table


def _cells(contest: Contest, index: int) -> list[str]:
    side, figures, is_last = contest.sides[index], contest.typical(index), index == 1
    found = {finding.name.rpartition(", ")[2]: finding for finding in contest.findings} if is_last else {}
    tail, by_rate, by_cpu = figures.p99 / figures.p50, contest.rate_ratio, contest.cpu_ratio
    return [
        "" if is_last else contest.title,
        side.name,
        f"{figures.rate:.0f}",
        f"{figures.p50 * 1000:.1f}",
        f"{figures.p99 * 1000:.1f}",
        f"{tail:.1f}{_mark(found.get('p99 / p50'))}",
        f"{figures.cpu * 1000:.3f}",
        "" if side.round_trips is None else f"{side.round_trips}{_goal(found.get('round trips'))}",
        f"{by_rate:.2f}{_goal(found.get('ratio by rate'))}" if is_last and not side.apart else "",
        f"{by_cpu:.2f}{_goal(found.get('ratio by CPU'))}" if is_last else "",
    ]


def _printed(printing: Printing) -> str:
    rivals = (
        f"{NAMES[name]} is not installed" if cpu is None else f"{NAMES[name]} takes {cpu / printing.cpu:.2f} of it"
        for name, cpu in printing.rivals.items()
    )
    return f"{printing.finding.figure:.0f} ms{_goal(printing.finding)}; {'; '.join(rivals)}"


def _goal(finding: Finding | None) -> str:
    """Return the goal beside a figure, with its mark."""
    return "" if finding is None else f" ({finding.goal.words}){_mark(finding)}"


def _mark(finding: Finding | None) -> str:
    return " [bold red]MISSED[/]" if finding is not None and finding.is_missed else ""


def _others(outcome: Outcome) -> Table:
    table = Table("", "")
    neighbours, reading, imported = outcome.neighbours, outcome.reading, outcome.imported
    (beside,), (tail,), (loading,) = neighbours.findings, reading.findings, outcome.loading.findings
    with_sdk, sdk = outcome.payment_seconds
    table.add_row("a payment, CPU", f"{with_sdk * 1000:.1f} ms, of which Braintree's SDK {sdk * 1000:.1f} ms")
    table.add_row("another account's write, p50", f"{neighbours.idle * 1000:.1f} ms")
    table.add_row("… beside sixteen payers of many accounts", f"{neighbours.beside_many * 1000:.1f} ms")
    table.add_row(
        "… beside sixteen payers of one account",
        f"{neighbours.beside_one * 1000:.1f} ms, {beside.figure:.2f} times as long{_goal(beside)}; "
        f"{neighbours.refused} payments refused with 503",
    )
    table.add_row(
        "25 invoices of four readers, p99",
        f"{reading.alone * 1000:.1f} ms; beside {reading.pdfs:.0f} PDFs/s {reading.beside * 1000:.1f} ms, "
        f"{tail.figure:.2f} times as long{_goal(tail)}",
    )
    for export in outcome.exports:
        first_byte, memory = export.findings
        table.add_row(
            f"{export.path}, {export.rows:,} rows",
            f"first byte after {first_byte.figure:.0f} ms{_goal(first_byte)}, {export.rate:,.0f} rows/s, "
            f"{memory.figure:.1f} MB of memory{_goal(memory)} for a file of {export.size / 1_000_000:.1f} MB",
        )
    table.add_row("import", f"{imported.rate:.0f} lines/s, {imported.cpu * 1000:.2f} ms of CPU a line")
    table.add_row("importing the application, CPU", f"{loading.figure:.2f} s{_goal(loading)}")
    for printing in outcome.printing:
        table.add_row(f"{printing.finding.name}, CPU", _printed(printing))
    return table
