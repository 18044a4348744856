"""The blocks that a paper is built of, as the template reads them: texts alone, in the order of the page."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias

from billing_api.documents.texts import LONG

Block: TypeAlias = dict[str, Any]
Pairs: TypeAlias = Sequence[tuple[str, str]]
Style: TypeAlias = Literal["plain", "strong", "quiet", "group", "careful"]
Tone: TypeAlias = Literal["plain", "good", "bad"]

_LINE = 40  # characters that fit in a line of most columns


def lead(label: str, value: str, note: str = "", tone: Tone = "plain", status: str = "") -> Block:
    """Return the lead block: the one figure that matters, and the words below it."""
    return {"kind": "lead", "label": label, "value": value, "note": note, "tone": tone, "status": status}


def equation(items: Iterable[tuple[str, str, str]]) -> Block:
    """Return an equation of figures that make up the last one: an operator, a label and a value each."""
    return {"kind": "equation", "items": [list(item) for item in items]}


def heading(text: str, continued: str) -> Block:
    """Return a section's heading, and its words at the head of each further page of the section's table."""
    return {"kind": "heading", "text": text, "continued": continued}


def text(title: str, body: str) -> Block:
    """Return a paragraph below a small title."""
    return {"kind": "text", "title": title, "body": body}


def column(head: str, align: Literal["left", "right"] = "left", width: str = "auto") -> Block:
    """Return a column of a table; `1fr` and `0.5fr` share the room that the others leave."""
    return {"head": head, "align": align, "width": width}


def row(*cells: str, style: Style = "plain", note: str = "") -> Block:
    """Return a row of a table; a note stands in small type below its widest cell.

    A plain row with long or negative cells becomes `careful`, which the template sets with care.
    """
    if style == "plain" and (note or any(_needs_care(cell) for cell in cells)):
        style = "careful"
    return {"cells": list(cells), "style": style, "note": note}


def _needs_care(cell: str) -> bool:
    return len(cell) > _LINE or "\n" in cell or cell.endswith(")") or max(map(len, cell.split()), default=0) > LONG


def table(
    columns: Sequence[Block], rows: Iterable[Block], last: Block | None = None, *, hang: bool = False, carried: str = ""
) -> Block:
    """Return a table whose last row is its result; `hang` puts a closing parenthesis beside the column of figures.

    `carried` is the label of the balance that each further page begins with: the last cell of the row before it.
    """
    return {
        "kind": "table",
        "columns": list(columns),
        "rows": list(rows),
        "last": last,
        "hang": hang,
        "carried": carried,
    }


def totals(rows: Iterable[tuple[str, str, bool]], *, hang: bool = False) -> Block:
    """Return the sums below a table: label, value, and whether it is the result."""
    return {"kind": "totals", "rows": [list(one) for one in rows], "hang": hang}


def ageing(title: str, description: str, buckets: Iterable[tuple[str, str, float]]) -> Block:
    """Return a bar of shares between 0 and 1, with a label and a value each."""
    return {
        "kind": "ageing",
        "title": title,
        "description": description,
        "buckets": [list(bucket) for bucket in buckets],
    }
