"""Lists at the terminal: columns as wide as their cells, whole in a pipe and at 80 columns, and JSON for programs."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs")]

_NOT_HERE = "-"


def print_json(values: object) -> None:
    """Print a value as JSON; times are in ISO 8601."""
    typer.echo(json.dumps(values, indent=2, default=_plain))


def print_table(columns: Sequence[str], rows: Sequence[tuple[Sequence[str], str | None]]) -> None:
    """Print rows in columns, each with its note on a line below: an id and a text are too wide for one line."""
    widths = [max(map(len, cells)) for cells in zip(columns, *(row for row, _ in rows), strict=True)]

    def line(cells: Sequence[str]) -> str:
        return "  ".join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()

    typer.echo(line(columns))
    for row, note in rows:
        typer.echo(line(row))
        if note is not None:
            typer.echo(f"    {note}")


def shown(value: object) -> str:
    """Return a value as a cell."""
    if value is None:
        return _NOT_HERE
    if isinstance(value, datetime):
        return time_text(value)
    return json.dumps(value) if isinstance(value, dict) else str(value)


def time_text(moment: datetime) -> str:
    """Return a moment in UTC, to the second."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
