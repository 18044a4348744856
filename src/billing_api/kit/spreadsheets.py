"""Tables for spreadsheet programs: CSV (RFC 4180) whose texts no program takes for formulas."""

import csv
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import StringIO
from typing import Generic, Protocol, TypeVar

RowT = TypeVar("RowT")
RowT_co = TypeVar("RowT_co", covariant=True)
Cell = str | int | date | None

# Excel takes UTF-8 for its own code page unless the file begins with this.
BYTE_ORDER_MARK = "\ufeff"
# The characters with which a formula begins, in one width or the other (OWASP, "CSV Injection").
_FORMULA = "-=+@\t\r\n＝＋－＠"  # noqa: RUF001 - the wide ones are meant
# The places before them: the beginning of a text, and where a program splits it that separates columns by semicolons or
# tabs, quoted or not.
_BEGINNING = re.compile(rf'(\A|[;\t\r\n]"*)(?=[{_FORMULA}])')


class Batches(Protocol[RowT_co]):
    """Rows of any number, some at a time; their reader closes them."""

    def __aiter__(self) -> AsyncIterator[Sequence[RowT_co]]:
        """Yield the batches."""

    async def close(self) -> None:
        """Close the source of the rows."""


@dataclass(frozen=True, slots=True)
class Sheet(Generic[RowT]):
    """A table of any length: `name` is the file's, without its ending; `cells` gives those of one row."""

    name: str
    columns: Sequence[str]
    batches: Batches[RowT]
    cells: Callable[[RowT], Sequence[Cell]]

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the file batch by batch, the heads of the columns first."""
        yield f"{BYTE_ORDER_MARK}{lines_of([self.columns])}".encode()
        async for batch in self.batches:
            yield lines_of(map(self.cells, batch)).encode()


def plain(text: str | None) -> str | None:
    """Return a text that a spreadsheet shows as it is: one that begins like a formula gets an apostrophe before it.

    So does a part of it that follows a semicolon, at which Excel splits where a comma is the decimal sign.
    Numbers don't come this way: a negative amount stays one.
    """
    # Most texts have neither: the search takes ten times as long as this.
    if not text or (text[0] not in _FORMULA and ";" not in text and text.isprintable()):
        return text
    return _BEGINNING.sub(r"\1'", text)


def moment(at: datetime) -> str:
    """Return a time in UTC, as RFC 3339 writes it."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"


def lines_of(rows: Iterable[Sequence[Cell]]) -> str:
    """Return rows as lines of CSV, each with CRLF at its end."""
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()
