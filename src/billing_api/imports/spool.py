"""Lines that wait in a temporary file, to be read again account by account."""

from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

from billing_api.imports.batches import NumberedLine, read


class Spool:
    """Readable lines, in a file that is gone when the block ends; only their places are in memory."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - the block of the spool closes it
        self._places: dict[str, list[tuple[int, int, int]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, account: str, number: int, raw: bytes) -> None:
        """Keep a line of an account; `number` is that of the imported file."""
        self._places.setdefault(account, []).append((number, self._file.tell(), len(raw)))
        self._file.write(raw)

    def accounts(self) -> Iterable[str]:
        """Return the accounts in the order of their first lines."""
        return self._places.keys()

    def lines_of(self, account: str) -> Iterator[NumberedLine]:
        """Return the lines of an account in their order."""
        for number, place, size in self._places[account]:
            self._file.seek(place)
            line = read(number, self._file.read(size))
            if isinstance(line, NumberedLine):
                yield line
