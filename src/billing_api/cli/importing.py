"""`billing-api import`: a file of documents, or the standard input, brought into the books."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.console import Console

from billing_api.bootstrap import open_books
from billing_api.cli.settings import in_one_line, load
from billing_api.config import BooksSettings
from billing_api.errors import AppError
from billing_api.imports.report import ImportReport, Outcome
from billing_api.imports.report_file import ReportFile
from billing_api.imports.terminal import import_file, show


def import_lines(
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(metavar="FILE", help="NDJSON, a document a line; - is the standard input"),
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Do all that an import does, and take it back: nothing is changed")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", dir_okay=False, writable=True, help="Write what became of each line to this file, as NDJSON"
        ),
    ] = None,
) -> None:
    """Bring accounts, invoices, credits, deposits and offline payments of a file into the books.

    Running it again changes nothing. It ends with 0 when every line is in the books, also when it warns; with 1 when a
    line failed, or the report could not be written in full: the other lines are imported all the same; with 2 when it
    could not begin, or was broken off: run it again.
    """
    done = ImportReport()
    with in_one_line(), _report_file(report, file) as report_to:
        try:
            asyncio.run(_import(load(BooksSettings), file, check=check, report_to=report_to, done=done))
        except (AppError, OSError):
            if done.types():
                show(done, Console())
            raise
    if check:
        typer.echo("a check: nothing was changed")
    show(done, Console())
    if report_to is not None and report_to.error is not None:
        typer.echo(f"billing-api: {report} could not be written in full: {report_to.error.strerror}", err=True)
    if done.count(Outcome.FAILED) or (report_to is not None and report_to.error is not None):
        raise typer.Exit(1)


async def _import(
    settings: BooksSettings, file: BinaryIO, *, check: bool, report_to: ReportFile | None, done: ImportReport
) -> None:
    async with open_books(settings) as books:
        bar = Console(stderr=True)
        await import_file(books.imports, file, bar, check=check, report_to=report_to, report=done)


@contextmanager
def _report_file(report: Path | None, file: BinaryIO) -> Iterator[ReportFile | None]:
    """Open the report before anything is imported; a file that can't be written ends the program."""
    if report is None:
        yield None
        return
    if report.is_file() and os.path.samestat(report.stat(), os.fstat(file.fileno())):
        raise typer.BadParameter("the report would replace the file that is imported", param_hint="--report")
    try:
        opened = report.open("w", encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{report} can't be written: {error.strerror}", param_hint="--report") from error
    rows = ReportFile(opened, sys.stderr)
    try:
        yield rows
    finally:
        rows.close()
