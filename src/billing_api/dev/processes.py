"""Child processes that never outlive the process that started them, not even when it is killed.

`setpriv --pdeathsig` asks the kernel to signal the child when its parent dies, so nothing of ours has to be alive
to clean up. The kernel means the *thread* that started the child: start children from one that lasts. Where there is
no `setpriv`, watcher.py takes its place.
"""

import functools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from billing_api.dev import watcher
from billing_api.dev.errors import LocalRunError


class BoundCommand(NamedTuple):
    """A command whose process is signalled when its parent dies, and the descriptors that it must inherit."""

    command: list[str]
    descriptors: tuple[int, ...] = ()


def require_tool(name: str) -> str:
    """Return the path of a program of util-linux. Raise LocalRunError with the name of its package."""
    path = shutil.which(name)
    if path is None:
        raise LocalRunError(
            f"The program '{name}' is missing. Install the package util-linux (Debian: apt-get install util-linux), "
            "or set DATABASE_URL and start the programs yourself."
        )
    return path


def bound_to_parent(command: Sequence[str], *, dying_signal: signal.Signals) -> BoundCommand:
    """Return the command that runs `command` and has it signalled when its parent dies."""
    setpriv = shutil.which("setpriv")
    if setpriv is not None:
        return BoundCommand([setpriv, "--pdeathsig", dying_signal.name.removeprefix("SIG"), "--", *command])
    pipe = _ends_with_this_process()
    program = [sys.executable, "-I", "-S", str(Path(watcher.__file__))]
    return BoundCommand([*program, str(pipe), str(int(dying_signal)), *command], (pipe,))


@functools.cache
def _ends_with_this_process() -> int:
    """Return the reading end of a pipe whose writing end this process alone has: no child inherits it."""
    reading, _writing = os.pipe()
    return reading


def stop_process(
    process: subprocess.Popen[bytes], *, signals: Sequence[signal.Signals], patience_seconds: float
) -> int:
    """Send each signal in turn until the process has ended, then SIGKILL; return its exit status."""
    for request in signals:
        if process.poll() is not None:
            break
        process.send_signal(request)
        try:
            return process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            continue
    if process.poll() is None:
        process.kill()
    return process.wait()
