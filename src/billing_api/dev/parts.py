"""The programs of a local run: each a child of its own that is waited for, watched and stopped."""

import http.client
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO

import typer

from billing_api.dev.errors import LocalRunError
from billing_api.dev.locks import FileLock
from billing_api.dev.processes import bound_to_parent, stop_process

_STOP_SECONDS = 10.0
_READY_SECONDS = 60.0
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Part:
    """A running program, under the name that messages give it."""

    name: str
    process: subprocess.Popen[bytes]
    relay: threading.Thread | None = None

    def require_alive(self) -> None:
        """Require that the program still runs. Raise LocalRunError."""
        status = self.process.poll()
        if status is None:
            return
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        raise LocalRunError(f"{self.name} {how}.")

    def stop(self) -> None:
        """Ask the program to end, and kill it when it does not."""
        stop_process(self.process, signals=[signal.SIGTERM], patience_seconds=_STOP_SECONDS)
        if self.relay is not None:
            self.relay.join()


def start_part(
    name: str, module: str, arguments: Sequence[str], *, env: Mapping[str, str], alive: FileLock, label: str = ""
) -> Part:
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
        return Part(name, process)
    relay = threading.Thread(target=_relay, args=(process.stdout, label), daemon=True)
    relay.start()
    return Part(name, process, relay)


def _relay(output: IO[bytes], label: str) -> None:
    """Print each line with its label, until the program ends."""
    for line in output:
        typer.echo(f"{label} | {line.decode(errors='replace')}", nl=False)


def wait_until_listening(part: Part, port: int) -> None:
    """Wait until something listens on the loopback port. Raise LocalRunError when the part ends or takes too long."""

    def is_ready() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    deadline = time.monotonic() + _READY_SECONDS
    while not is_ready():
        _keep_waiting(part, deadline)


def wait_until_ready(part: Part, address: str) -> None:
    """Wait until `/readyz` responds with 200. Raise LocalRunError when the part ends or takes too long."""

    def is_ready() -> bool:
        connection = http.client.HTTPConnection(address, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    deadline = time.monotonic() + _READY_SECONDS
    while not is_ready():
        _keep_waiting(part, deadline)


def wait_until_done(part: Part) -> None:
    """Wait for a program that ends by itself. Raise LocalRunError when it failed."""
    if part.process.wait() != 0:
        part.require_alive()


def _keep_waiting(part: Part, deadline: float) -> None:
    part.require_alive()
    if time.monotonic() >= deadline:
        raise LocalRunError(f"{part.name} was not ready within {_READY_SECONDS:.0f} s.")
    time.sleep(_POLL_SECONDS)
