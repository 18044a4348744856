"""The programs of a local run: each a child of its own that is waited for, watched and stopped."""

import http.client
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, NamedTuple

import typer

from billing_api.dev.checks import require_free_port
from billing_api.dev.errors import LocalRunError
from billing_api.dev.locks import FileLock
from billing_api.dev.processes import bound_to_parent, stop_process

_STOP_SECONDS = 10.0
_READY_SECONDS = 60.0
_POLL_SECONDS = 0.05
_LISTENING = b"listening on "  # a program's own line: that its port takes connections may be another program's doing


class Port(NamedTuple):
    """An address that a program listens on, and the setting that chooses it."""

    host: str
    number: int
    setting: str


@dataclass(frozen=True, slots=True)
class Program:
    """A running program, under the name that messages give it."""

    name: str
    process: subprocess.Popen[bytes]
    ports: Sequence[Port] = ()
    listening: threading.Event = field(default_factory=threading.Event)
    relay: threading.Thread | None = None

    @property
    def is_alive(self) -> bool:
        """Whether the program still runs."""
        return self.process.poll() is None

    def require_alive(self) -> None:
        """Require that the program still runs. Raise LocalRunError, which names a port that another program took."""
        status = self.process.poll()
        if status is None:
            return
        for port in self.ports:
            require_free_port(*port)
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        raise LocalRunError(f"{self.name} {how}.")

    def stop(self) -> None:
        """Ask the program to end, and kill it when it does not."""
        stop_process(self.process, signals=[signal.SIGTERM], patience_seconds=_STOP_SECONDS)
        if self.relay is not None:
            self.relay.join()


def start_program(
    name: str,
    module: str,
    arguments: Sequence[str],
    *,
    env: Mapping[str, str],
    alive: FileLock,
    label: str = "",
    ports: Sequence[Port] = (),
) -> Program:
    """Run `python -m module` as a child that holds `alive` and is killed when this process dies.

    With a label each line that it prints begins with that.
    """
    # The signal is SIGKILL: a milder one could be put off by a busy program.
    bound = bound_to_parent([sys.executable, "-m", module, *arguments], dying_signal=signal.SIGKILL)
    process = subprocess.Popen(  # noqa: S603 - our own program
        bound.command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if label else None,
        stderr=subprocess.STDOUT if label else None,
        env=env,
        pass_fds=[alive.descriptor, *bound.descriptors],
        start_new_session=True,  # a Ctrl-C at the terminal is for the supervisor, who stops things in order
    )
    if process.stdout is None:
        return Program(name, process, ports)
    listening = threading.Event()
    relay = threading.Thread(target=_relay, args=(process.stdout, label, listening), daemon=True)
    relay.start()
    return Program(name, process, ports, listening, relay)


def _relay(output: IO[bytes], label: str, listening: threading.Event) -> None:
    """Print each line with its label, until the program ends; set the event when it says that it listens."""
    for line in output:
        typer.echo(f"{label} | {line.decode(errors='replace')}", nl=False)
        if line.startswith(_LISTENING):
            listening.set()


def wait_until_listening(program: Program) -> None:
    """Wait until the program says that it listens. Raise LocalRunError when it ends or takes too long."""
    began = time.monotonic()
    while not program.listening.is_set():
        _keep_waiting(program, began, _READY_SECONDS)


def wait_until_ready(program: Program, address: str, instance: str = "", *, seconds: float = _READY_SECONDS) -> None:
    """Wait until `/readyz` responds with 200, and with the program's INSTANCE where it has one.

    Raise LocalRunError when it ends or takes too long.
    """

    def instance_of(body: bytes) -> object:
        return json.loads(body).get("instance")

    def is_ready() -> bool:
        connection = http.client.HTTPConnection(address, timeout=5)
        try:
            connection.request("GET", "/readyz")
            response = connection.getresponse()
            body = response.read()
            return response.status == http.HTTPStatus.OK and (not instance or instance_of(body) == instance)
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    began = time.monotonic()
    while not is_ready():
        _keep_waiting(program, began, seconds)


def wait_until_done(program: Program, others: Sequence[Program]) -> None:
    """Wait for a program that ends by itself. Raise LocalRunError when it fails, or when one of the others ends."""
    while (status := program.process.poll()) is None:
        require_all_alive(others)
        time.sleep(_POLL_SECONDS)  # no call waits for the end of one of several processes
    if status != 0:
        program.require_alive()


def require_all_alive(programs: Sequence[Program]) -> None:
    """Require that each still runs. Raise LocalRunError."""
    for program in programs:
        program.require_alive()


def _keep_waiting(program: Program, began: float, seconds: float) -> None:
    program.require_alive()
    if time.monotonic() - began >= seconds:
        raise LocalRunError(f"{program.name} was not ready within {seconds:.0f} s.")
    time.sleep(_POLL_SECONDS)  # a program that gets ready sends no event
