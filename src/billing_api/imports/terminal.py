"""An import at a terminal: a bar while it runs, then its results."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from billing_api.imports.batches import read_lines
from billing_api.imports.report import ControlTotal, ImportReport, LineOutcome, LineResult
from billing_api.imports.report_file import ReportFile
from billing_api.imports.service import ImportService
from billing_api.kit.money import decimal_text

_SHOWN = 50


async def import_file(
    service: ImportService,
    file: BinaryIO,
    console: Console,
    *,
    check: bool = False,
    report_to: ReportFile | None = None,
    report: ImportReport | None = None,
) -> ImportReport:
    """Import a file or a pipe; the bar is drawn on a terminal alone.

    `report` has the committed lines when the import is broken off. Raise OSError, DatabaseUnavailableError.
    """
    total = None
    if file.seekable():
        start = file.tell()  # a standard input may have been read in part already
        total = _count_lines(file)
        file.seek(start)
    with _bar(console) as bar:
        task = bar.add_task(Path(file.name).name, total=total)
        work = service.check if check else service.run
        return await work(read_lines(file), _listener(lambda: bar.advance(task), report_to), report)


def show(report: ImportReport, console: Console) -> None:
    """Print the counts, the control totals, and the lines that failed or are warned about."""
    for name in report.types():
        counts = ", ".join(f"{report.count(outcome, name)} {outcome}" for outcome in _outcomes(name))
        console.print(f"{_plain(name)}: {counts}", highlight=False)
    if not report.types():
        console.print("nothing to import", highlight=False)
    for (currency, name), total in sorted(report.totals.items()):
        console.print(f"{currency} {_plain(name)}: {_sums(total, currency)}", highlight=False, soft_wrap=True)
    if report.unknown_amounts:
        console.print(f"documents whose amount could not be read: {report.unknown_amounts}", highlight=False)
    _list(report.failures, report.count(LineOutcome.FAILED), "lines that failed", console)
    _list(report.warnings, report.warned, "lines with a warning", console, "warning: ")


def _list(results: list[LineResult], count: int, noun: str, console: Console, mark: str = "") -> None:
    for result in results[:_SHOWN]:
        known_as = f" {result.external_id}" if result.external_id else ""
        text = f"line {result.number}: {_plain(result.type or 'unreadable')}{known_as}: {mark}{result.reason}"
        console.print(text, markup=False, highlight=False, soft_wrap=True)
    if (unseen := count - _SHOWN) > 0:
        console.print(f"and {unseen} more {noun}", highlight=False)


def _outcomes(name: str) -> Iterator[LineOutcome]:
    """Return the outcomes that lines of a type can have: only accounts are updated."""
    return (outcome for outcome in LineOutcome if outcome is not LineOutcome.UPDATED or name == "account")


def _sums(total: ControlTotal, currency: str) -> str:
    sums = [f"{decimal_text(total.in_file, currency)} in the file"]
    outcomes = (LineOutcome.CREATED, LineOutcome.UNCHANGED, LineOutcome.FAILED)
    sums += [f"{decimal_text(total.by_outcome[outcome], currency)} {outcome}" for outcome in outcomes]
    if total.unapplied:
        sums.append(f"{decimal_text(total.unapplied, currency)} could not be applied")
    return ", ".join(sums)


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _listener(advance: Callable[[], None], report_to: ReportFile | None) -> Callable[[LineResult], None]:
    def hear(result: LineResult) -> None:
        advance()
        if report_to is not None:
            report_to.add(result)

    return hear


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
    """Return the number of lines that are not empty: a quick first pass, so that the bar knows its end."""
    return sum(1 for line in read_lines(file) if line.strip())
