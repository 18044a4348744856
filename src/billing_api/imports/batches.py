"""A file's lines, read with bounds and gathered into batches that fit into memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

from billing_api.imports.digests import canonical_text, digest_of, record_of
from billing_api.imports.findings import Finding
from billing_api.imports.lines import MAX_LINE_BYTES, BadLineError, ImportLine, parse

_BATCH_LINES = 5000
_BATCH_BYTES = 8 * MAX_LINE_BYTES
_PORTION_LINES = 500
_PORTION_BYTES = MAX_LINE_BYTES
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class NumberedLine:
    """A readable line: its number from 1, its canonical text, the digest of that, and its length in bytes."""

    number: int
    line: ImportLine
    text: str
    digest: str
    size: int

    @cached_property
    def record(self) -> str:
        """Return the record that is kept with the external id, see `digests`."""
        return record_of(self.line, self.text, self.digest)


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    """A line that can't be read, and why; its type and external id as far as they are readable."""

    number: int
    type: str | None
    external_id: str | None
    findings: tuple[Finding, ...]


def read_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file; of one that is too long only so much that its length is noticed."""
    while line := file.readline(MAX_LINE_BYTES + 1):
        yield line
        while len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE_BYTES + 1)


def numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Number the lines from 1, without the white space around them, and leave empty ones out."""
    for number, raw in enumerate(lines, 1):
        if text := (raw.removeprefix(_BYTE_ORDER_MARK) if number == 1 else raw).strip():
            yield number, text


def read(number: int, raw: bytes) -> NumberedLine | UnreadableLine:
    """Read one line."""
    try:
        line = parse(raw)
    except BadLineError as error:
        return UnreadableLine(number, error.type, error.external_id, error.findings)
    text = canonical_text(line)
    return NumberedLine(number, line, text, digest_of(line, text), len(raw))


def batches(lines: Iterable[bytes]) -> Iterator[list[NumberedLine | UnreadableLine]]:
    """Read lines, some thousands at a time."""
    batch: list[NumberedLine | UnreadableLine] = []
    size = 0
    for number, raw in numbered(lines):
        batch.append(read(number, raw))
        size += len(raw)
        if len(batch) >= _BATCH_LINES or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def by_account(lines: Iterable[NumberedLine]) -> dict[str, list[NumberedLine]]:
    """Gather the lines of each account, in their order; the accounts in the order of their first lines."""
    gathered: dict[str, list[NumberedLine]] = {}
    for one in lines:
        gathered.setdefault(one.line.account, []).append(one)
    return gathered


def portions(lines: Iterable[NumberedLine]) -> Iterator[list[NumberedLine]]:
    """Divide an account's lines into portions of which each is one transaction, so that none holds the account long."""
    portion: list[NumberedLine] = []
    size = 0
    for one in lines:
        portion.append(one)
        size += one.size
        if len(portion) >= _PORTION_LINES or size >= _PORTION_BYTES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion
