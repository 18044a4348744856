"""Programs that run to their end: an import of documents, and the loading of the application."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from uuid import uuid4

from benchmarks.goals import Finding, Goal
from benchmarks.servers import neutral_environment, on_cores
from billing_api.dev.settings import project_top

_LINES_OF_ACCOUNT = 60
_INVOICES_OF_PAYMENT = 2
_LOADING = Goal(most=2.0, unit=" s")


@dataclass(frozen=True, slots=True)
class Run:
    """The seconds that a program took, and its CPU time in seconds."""

    seconds: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Import:
    """An import's lines a second, and the CPU time of a line in seconds; without the program's start."""

    rate: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Loading:
    """The CPU time in seconds of importing all that the server runs, with bytecode; the median of several."""

    cpu: float

    @property
    def findings(self) -> list[Finding]:
        """The figure that has a goal."""
        return [Finding("importing the application, CPU", self.cpu, _LOADING)]


def measure_import(dsn: str, folder: Path, lines: int, cores: set[int]) -> Import:
    """Import documents of new accounts. Raise CalledProcessError when a line fails."""

    def run(count: int) -> Run:
        file = folder / "documents.ndjson"
        file.write_text("".join(f"{json.dumps(line)}\n" for line in _documents(count)))
        return _run(["-m", "billing_api.cli", "import", str(file)], {"DATABASE_URL": dsn}, cores)

    run(1)  # for the bytecode
    start, whole = run(1), run(lines)
    more = lines - 1
    return Import(more / (whole.seconds - start.seconds), (whole.cpu - start.cpu) / more)


def measure_loading(starts: int, cores: set[int]) -> Loading:
    """Import the server's module, several times, once before for the bytecode.

    The interpreter's own exit, which frees each object, is no part of it.
    """
    runs = [_run(["-c", "import billing_api.server, os; os._exit(0)"], {}, cores) for _ in range(starts + 1)]
    return Loading(median(run.cpu for run in runs[1:]))


def _run(arguments: Sequence[str], env: Mapping[str, str], cores: set[int]) -> Run:
    """Run Python to its end."""
    command = [sys.executable, *arguments]
    with on_cores(cores):
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            cwd=project_top(),
            env={**neutral_environment(), **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Run(time.perf_counter() - started, usage.ru_utime + usage.ru_stime)


def _documents(count: int) -> Iterator[dict[str, object]]:
    """Yield lines under new external ids: accounts, their invoices, and a payment for every second invoice."""
    run = uuid4().hex
    account, unpaid = "", list[str]()
    for index in range(count):
        external_id = f"{run}-{index}"
        if index % _LINES_OF_ACCOUNT == 0:
            account = external_id
            yield {"type": "account", "external_id": account, "name": f"Customer {index}", "currency": "USD"}
        elif len(unpaid) == _INVOICES_OF_PAYMENT:
            parts = [{"invoice": invoice, "amount": 5_400} for invoice in unpaid]
            unpaid.clear()
            yield {
                "type": "payment",
                "account": account,
                "external_id": external_id,
                "method": "check",
                "currency": "USD",
                "amount": 10_800,
                "received_on": "2026-03-20",
                "allocations": parts,
            }
        else:
            unpaid.append(external_id)
            yield {
                "type": "invoice",
                "account": account,
                "external_id": external_id,
                "number": f"INV-{index}",
                "currency": "USD",
                "issued_on": "2026-03-02",
                "lines": [
                    {"description": "Widgets", "quantity": "2", "unit_amount": 2_500, "amount": 5_000},
                    {"description": "Freight", "amount": 5_000},
                ],
                "taxes": [{"name": "Sales tax", "rate": "8", "amount": 800}],
            }
        if index % _LINES_OF_ACCOUNT == _LINES_OF_ACCOUNT - 1:
            unpaid.clear()  # a payment is for invoices of its own account
