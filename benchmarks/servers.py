"""The servers of a run: processes of their own on loopback, each on its cores, whose CPU time can be read."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from benchmarks.load import Target
from billing_api.config import Settings
from billing_api.dev.processes import bound_to_parent, stop_process
from billing_api.dev.programs import Program, wait_until_ready
from billing_api.dev.settings import project_top

HOST = "127.0.0.1"

_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.05
_CPUCLOCK_SCHED = 2


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, with the processes that it is made of."""

    name: str
    target: Target
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        """Return the CPU time used so far, of a parent and its workers together."""
        return sum(_cpu_seconds(pid) for pid in _family(self.process.pid))

    def most_memory(self) -> int:
        """Return the most bytes that its processes have had in memory so far, together."""
        return sum(_most_memory(pid) for pid in _family(self.process.pid))


@dataclass(frozen=True, slots=True)
class Cores:
    """How the cores are shared out: servers on theirs, the load, PostgreSQL and the gateway on the others."""

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
    """Run `python -m …` with HOST and PORT in its environment until the block ends; enter it when /readyz says yes.

    Raise LocalRunError when the server ends or does not come up.
    """
    port = _free_port()
    with _running(name, command, env={**env, "HOST": HOST, "PORT": str(port)}, cores=cores, port=port) as server:
        wait_until_ready(Program(name, server.process), f"{HOST}:{port}")
        yield server


@contextmanager
def serving_gateway(cores: set[int]) -> Iterator[Server]:
    """Run the Braintree sandbox until the block ends. Raise LocalRunError when it does not come up."""
    port, name = _free_port(), "the Braintree sandbox"
    command = ["braintree_sandbox", "--host", HOST, "--port", str(port)]
    with _running(name, command, env={}, cores=cores, port=port) as server:
        _wait_until_listening(Program(name, server.process), port)
        yield server


def _wait_until_listening(part: Program, port: int) -> None:
    while True:
        with suppress(OSError):
            return socket.create_connection((HOST, port), timeout=1).close()
        part.require_alive()
        time.sleep(_POLL_SECONDS)


@contextmanager
def _running(
    name: str, command: Sequence[str], *, env: Mapping[str, str], cores: set[int], port: int
) -> Iterator[Server]:
    bound = bound_to_parent([sys.executable, "-m", *command], dying_signal=signal.SIGKILL)
    with on_cores(cores):
        process = subprocess.Popen(  # noqa: S603 - our own program
            bound.command,
            pass_fds=bound.descriptors,
            cwd=project_top(),
            env={**neutral_environment(), **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a log line for each request is written, and read by no one
            start_new_session=True,
        )
    try:
        yield Server(name, Target(HOST, port), process)
    finally:
        stop_process(process, signals=[signal.SIGTERM], patience_seconds=_STOP_SECONDS)


@contextmanager
def on_cores(cores: set[int]) -> Iterator[None]:
    """Start the programs of the block on these cores alone; this thread has its own cores again afterwards."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, own)


def neutral_environment() -> dict[str, str]:
    """Return our environment without the service's settings, and with bytecode: every run measures the same."""
    left_out = {*Settings.model_fields, "pythondontwritebytecode"}
    return {name: value for name, value in os.environ.items() if name.lower() not in left_out}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _family(pid: int) -> Iterator[int]:
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield from _family(int(child))


def _cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process with all its threads, to the nanosecond: clock_getcpuclockid(3) of Linux."""
    return time.clock_gettime((~pid << 3) | _CPUCLOCK_SCHED)


def _most_memory(pid: int) -> int:
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024
