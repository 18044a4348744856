"""An import as a person at a terminal sees it: a bar while it runs, then what came of it."""

from pathlib import Path
from typing import BinaryIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from billing_api.imports.batches import read_lines
from billing_api.imports.report import ImportReport, Outcome
from billing_api.imports.service import ImportService

_SHOWN = 50


async def import_file(service: ImportService, file: Path, console: Console) -> ImportReport:
    """Import a file; the bar is drawn on a terminal alone. Raises OSError."""
    with file.open("rb") as lines:
        total = None
        if lines.seekable():
            total = _count_lines(lines)
            lines.seek(0)
        with _bar(console) as bar:
            task = bar.add_task(file.name, total=total)
            return await service.run(read_lines(lines), lambda done: bar.advance(task, done))


def show(report: ImportReport, console: Console) -> None:
    """Print the counts, and the lines that failed with their reasons."""
    for name in report.types():
        counts = ", ".join(f"{report.count(outcome, name)} {outcome}" for outcome in Outcome)
        console.print(f"{name.replace('_', ' ')}: {counts}", highlight=False)
    if not report.types():
        console.print("nothing to import", highlight=False)
    for failure in report.failures[:_SHOWN]:
        known_as = f" {failure.external_id!r}" if failure.external_id else ""
        text = f"line {failure.number}: {failure.type.replace('_', ' ')}{known_as}: {failure.reason}"
        console.print(text, markup=False, highlight=False, soft_wrap=True)
    if (unseen := report.count(Outcome.FAILED) - _SHOWN) > 0:
        console.print(f"and {unseen} more lines that failed", highlight=False)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


def _count_lines(file: BinaryIO) -> int:
    """How many lines have something in them; a quick first pass, so that the bar knows its end."""
    return sum(1 for line in read_lines(file) if line.strip())
