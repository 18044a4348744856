"""`billing-api import`: a file of documents, or the standard input, brought into the books."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EBADF
from io import StringIO
from pathlib import Path
from typing import Annotated, BinaryIO, NoReturn, TextIO

import typer
from rich.console import Console

from billing_api.bootstrap import open_parts
from billing_api.cli.settings import in_one_line, load
from billing_api.config import BooksSettings
from billing_api.errors import AppError
from billing_api.imports.report import ImportReport, LineOutcome
from billing_api.imports.report_file import ReportFile
from billing_api.imports.service import ImportService
from billing_api.imports.terminal import import_file, show

_WIDE = 10_000  # columns: a line of the results is never broken


def import_lines(
    context: typer.Context,
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="NDJSON, a document a line; - is the standard input"),
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Do all that an import does, and take it back: nothing is changed")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", dir_okay=False, writable=True, help="Write the outcome of each line to this file, as NDJSON"
        ),
    ] = None,
) -> None:
    """Bring accounts, invoices, credits, deposits and offline payments of a file into the books.

    Running it again changes nothing. It ends with 0 when every line is in the books, also when it warns; with 1 when a
    line failed, or the report could not be written in full: the other lines are imported all the same; with 2 when it
    could not begin, or was broken off: run it again.
    """
    context.call_on_close(_drop_errors)
    done = ImportReport()
    with in_one_line(), _opened(file) as lines, _report_file(report, lines) as report_to:
        try:
            asyncio.run(_import(load(BooksSettings), lines, check=check, report_to=report_to, done=done))
        except (AppError, OSError):
            if done.types():
                _print(_results(done))
            raise
    is_printed = _print("a check: nothing was changed\n" * check + _results(done))
    if report_to is not None and report_to.error is not None:
        with suppress(OSError):  # the exit status says it, too
            typer.echo(f"billing-api: {report} could not be written in full: {report_to.error.strerror}", err=True)
    if done.count(LineOutcome.FAILED) or not is_printed or (report_to is not None and report_to.error is not None):
        raise typer.Exit(1)


def _results(done: ImportReport) -> str:
    text = StringIO()
    show(done, Console(file=text, width=_WIDE, emoji=False))
    return text.getvalue()


def _print(text: str) -> bool:
    """Print the text, and return True; where the standard output takes none, print it as an error."""
    out = sys.stdout
    reason = os.strerror(EBADF)
    if out is not None:
        encoding = out.encoding or "utf-8"
        try:
            out.write(text.encode(encoding, "backslashreplace").decode(encoding))
            out.flush()
        except OSError as error:
            reason = error.strerror or reason
            _drop(out)
        else:
            return True
    typer.echo(f"{text}billing-api: the standard output can't be written: {reason}", err=True)
    return False


def _drop_errors() -> None:
    """Drop the errors that the standard error does not take, so that the exit status stays the import's."""
    if sys.stderr is not None:
        try:
            sys.stderr.flush()
        except OSError:
            _drop(sys.stderr)


def _drop(stream: TextIO) -> None:
    """Drop the text in a stream's buffer: it would be tried again at the end of the program, and fail there."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


async def _import(
    settings: BooksSettings, file: BinaryIO, *, check: bool, report_to: ReportFile | None, done: ImportReport
) -> None:
    async with open_parts(settings) as parts:
        bar = Console(stderr=True)
        await import_file(parts[ImportService], file, bar, check=check, report_to=report_to, report=done)


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    """Open a file, or the standard input where it stands; one that can't be read ends the program."""
    if name == "-":
        if sys.stdin is None:
            _end(f"billing-api: the standard input can't be read: {os.strerror(EBADF)}")
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - an error while it is read is another one
    except OSError as error:
        _end(f"billing-api: {name} can't be read: {error.strerror}")
    with file:
        yield file


def _end(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(2)


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
