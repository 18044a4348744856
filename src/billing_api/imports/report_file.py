"""The report of an import as a file: NDJSON, so that a program can correct its lines."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import TextIO

from billing_api.imports.findings import Finding
from billing_api.imports.report import LineResult


class ReportFile:
    """Writes a row for each line of the import, or for each finding about it.

    The import goes on when a row can't be written: from there on, rows with findings go to `instead`.
    """

    def __init__(self, file: TextIO, instead: TextIO | None) -> None:
        self._file = file
        self._instead = instead
        self.error: OSError | None = None

    def add(self, result: LineResult) -> None:
        """Write the rows of one line, and leave none in a buffer."""
        rows = "".join(_rows(result))
        if self.error is None:
            try:
                self._file.write(rows)
                self._file.flush()
            except OSError as error:
                self.error = error
        if self.error is not None and result.findings and self._instead is not None:
            with suppress(OSError):  # there is no third place: the exit status says it
                self._instead.write(rows)

    def close(self) -> None:
        """Close the file; note an error of the last write."""
        try:
            self._file.close()
        except OSError as error:
            self.error = self.error or error


def _rows(result: LineResult) -> Iterator[str]:
    findings: tuple[Finding | None, ...] = result.findings or (None,)
    for finding in findings:
        row = {
            "line": result.number,
            "type": result.type,
            "external_id": result.external_id,
            "outcome": result.outcome,
            "code": finding and finding.code,
            "pointer": finding and finding.pointer,
            "message": finding and finding.message,
        }
        yield json.dumps(row, ensure_ascii=False) + "\n"
