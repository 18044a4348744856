"""The append-only log behind `--state FILE`: a change that was reported survives a kill -9."""

import os
from pathlib import Path

from braintree_sandbox.state.records import decode, encode, name_of, type_named
from braintree_sandbox.state.store import Change

_HEADER = b'{"braintree_sandbox_state":1}\n'


class StateFileError(Exception):
    """The state file is not one of ours, or is damaged before its end."""


class Journal:
    """One line a commit, each written by a single call to the operating system.

    A process that is killed loses nothing that was written; a machine that loses power may, as nothing is synced.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        if os.fstat(self._file).st_size == 0:
            os.write(self._file, _HEADER)

    def replay(self) -> list[Change]:
        """Return every change in the file, in order; a truncated last line is removed from it. Raise StateFileError."""
        content = self._path.read_bytes()
        if not content.startswith(_HEADER):
            raise StateFileError(f"{self._path} is not a state file of this program.")
        complete = content.rfind(b"\n") + 1
        os.truncate(self._file, complete)
        changes: list[Change] = []
        for number, line in enumerate(content[:complete].splitlines()[1:], start=2):
            try:
                changes.extend((type_named(name), merchant, key, row) for name, merchant, key, row in decode(line))
            except (ValueError, KeyError, TypeError) as error:
                raise StateFileError(f"{self._path} is damaged in line {number}: {error}.") from error
        return changes

    def append(self, changes: list[Change]) -> None:
        """Write one commit."""
        line = encode([(name_of(kind), merchant, key, row) for kind, merchant, key, row in changes])
        data = line.encode() + b"\n"
        start = os.fstat(self._file).st_size
        if os.write(self._file, data) != len(data):
            # A full disk can truncate the line; the rest must be readable.
            os.truncate(self._file, start)
            raise OSError(f"{self._path} could not be written.")

    def clear(self) -> None:
        """Empty the file."""
        os.truncate(self._file, len(_HEADER))

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
