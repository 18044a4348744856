"""The servers that are measured: processes of their own on loopback, each on its cores, with their CPU as figures."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from benchmarks.load import Target
from billing_api.config import Settings
from billing_api.dev.parts import Part, wait_until_ready
from billing_api.dev.processes import bound_to_parent, stop_process
from billing_api.dev.settings import project_top

HOST = "127.0.0.1"

_TICKS = os.sysconf("SC_CLK_TCK")
_STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, with the processes that it is made of."""

    name: str
    target: Target
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        """What it has used so far, in user and system time together; of a parent and its workers, the sum."""
        return sum(_ticks(pid) for pid in _family(self.process.pid)) / _TICKS


@dataclass(frozen=True, slots=True)
class Cores:
    """How the cores are shared out: servers on theirs, what loads them and PostgreSQL on the others."""

    server: set[int]
    others: set[int]
    two_workers: set[int] | None  # None where two more are not left for the others

    @classmethod
    def of_this_machine(cls) -> Self:
        """On a single core everything shares it."""
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < 4:
            return cls(set(cores[:1]), set(cores[1:] or cores), None)
        return cls(set(cores[:1]), set(cores[2:]), set(cores[:2]))


@contextmanager
def serving(name: str, command: Sequence[str], *, env: Mapping[str, str], cores: set[int]) -> Iterator[Server]:
    """Run `python -m …` with PORT in its environment until the block ends; it is entered when /readyz says yes.

    Raises LocalRunError when the server ends or does not come up.
    """
    port = _free_port()
    with on_cores(cores):
        process = subprocess.Popen(  # noqa: S603 - our own program
            bound_to_parent([sys.executable, "-m", *command], dying_signal=signal.SIGKILL),
            cwd=project_top(),
            env={**_neutral_environment(), **env, "HOST": HOST, "PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a log line for each request: written, and read by nobody
            start_new_session=True,
        )
    try:
        wait_until_ready(Part(name, process), f"{HOST}:{port}")
        yield Server(name, Target(HOST, port), process)
    finally:
        stop_process(process, signals=[signal.SIGTERM], patience_seconds=_STOP_SECONDS)


@contextmanager
def on_cores(cores: set[int]) -> Iterator[None]:
    """Let what is started inside the block run on these cores alone; this thread has its own again afterwards."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, own)


def _neutral_environment() -> dict[str, str]:
    """Our environment without the service's settings: every run measures the same ones."""
    return {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _family(pid: int) -> Iterator[int]:
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield from _family(int(child))


def _ticks(pid: int) -> int:
    """Fields 14 and 15 of proc(5)'s stat, counted behind the name, which may contain anything."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
