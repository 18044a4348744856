"""A file's lines, read with bounds and gathered into batches that fit into memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from billing_api.imports.lines import MAX_LINE_BYTES, BadLineError, Line, digest_of, parse

_BATCH_LINES = 5000
_BATCH_BYTES = 8 * MAX_LINE_BYTES
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class NumberedLine:
    """A line that could be read, its number from 1, and the digest of what it says."""

    number: int
    line: Line
    digest: str


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    """A line that could not be read, and why."""

    number: int
    reason: str


def read_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file; of one that is too long only as much as shows that it is."""
    while line := file.readline(MAX_LINE_BYTES + 1):
        yield line
        while len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE_BYTES + 1)


def batches(lines: Iterable[bytes]) -> Iterator[list[NumberedLine | UnreadableLine]]:
    """Read lines, some thousands at a time; empty ones are left out."""
    batch: list[NumberedLine | UnreadableLine] = []
    size = 0
    for number, raw in enumerate(lines, 1):
        text = raw.removeprefix(_BYTE_ORDER_MARK).strip() if number == 1 else raw.strip()
        if not text:
            continue
        batch.append(_read(number, text))
        size += len(text)
        if len(batch) >= _BATCH_LINES or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _read(number: int, raw: bytes) -> NumberedLine | UnreadableLine:
    try:
        line = parse(raw)
    except BadLineError as error:
        return UnreadableLine(number, str(error))
    return NumberedLine(number, line, digest_of(line))
