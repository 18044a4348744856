"""The table that is printed."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from benchmarks.contests import Contest


def show(contests: Iterable[Contest], notes: Iterable[str]) -> None:
    """Print every contest's two sides with the ratio between them, and what else must be known to read it."""
    table = Table("", "", caption_justify="left")
    for heading in ("answers/s", "p50 ms", "p99 ms", "p99 / p50", "CPU ms a request", "ratio", "ratio by CPU"):
        table.add_column(heading, justify="right")
    table.add_column("goal")
    for contest in contests:
        for index, side in enumerate(contest.sides):
            is_last = index == 1
            figures = contest.typical(index)
            table.add_row(
                "" if is_last else contest.title,
                side.name,
                f"{figures.rate:.0f}",
                f"{figures.p50 * 1000:.1f}",
                f"{figures.p99 * 1000:.1f}",
                f"{figures.p99 / figures.p50:.1f}",
                f"{figures.cpu * 1000:.3f}",
                f"{contest.rate_ratio:.2f}" if is_last else "",
                f"{contest.cpu_ratio:.2f}" if is_last else "",
                contest.goal if is_last else "",
                end_section=is_last,
            )
    console = Console(width=None if Console().is_terminal else 160)
    console.print(table)
    for note in notes:
        console.print(f"- {note}", highlight=False)
