"""Make the environment of a checkout: `python3 environment.py FOLDER LOCK`, which `make` runs.

The machine's own Python runs this file by its path, before anything is installed: it has the standard library alone.
"""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

_INTERRUPTED = 128 + signal.SIGINT  # as a shell reports it
_interrupts: list[int] = []
# For each lock: its purpose, and the megabytes that it has downloaded into an empty cache.
_LOCKS = {
    "requirements-local.lock": ("to run", 135),
    "requirements-dev.lock": ("to run, test and check", 250),
}


class SetUpError(Exception):
    """The output of the program that failed."""


def main(folder: Path, lock: Path) -> None:
    """Make the environment in `folder`, or bring it up to date. Raise SetUpError."""
    purpose, megabytes = _LOCKS[lock.name]
    # Gone until the end, so that an interrupted set-up begins anew.
    for stamp in folder.glob(".installed-*"):
        stamp.unlink()
    _say(
        f"Setting up {folder} with all that is needed {purpose}, from {lock.name}.\n"
        f"The first time this downloads about {megabytes} MB: "
        "half a minute with a fast connection, minutes with a slow one.\n"
    )
    python = str(folder / "bin" / "python")
    uv = [python, "-m", "uv", "pip"]
    started = time.monotonic()
    _run("1/4 an empty environment", [sys.executable, "-m", "venv", str(folder)])
    # pip alone would spend a minute on the work that uv does in seconds.
    installer = folder / "uv.txt"
    installer.write_text(_entry("uv", lock.read_text()))
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    _run("2/4 uv, which installs the rest", [*pip, "-r", str(installer)])
    _run("3/4 the libraries", [*uv, "sync", "--python", python, "--require-hashes", str(lock)])
    projects = ["--offline", "--no-deps", "--no-build-isolation", "--editable", ".", "--editable", "sandbox"]
    _run("4/4 this checkout", [*uv, "install", "--python", python, *projects])
    _say(f"Set up in {time.monotonic() - started:.0f} s.\n")


def _entry(name: str, lock: str) -> str:
    """Return the version and the hashes of one library, as the lock has them."""
    (entry,) = re.findall(rf"^{name}==.*(?:\n +--hash=.*)+", lock, re.MULTILINE)
    return f"{entry.rstrip(chr(92)).rstrip()}\n"


def _run(step: str, command: list[str]) -> None:
    """Run the program of one step, with its seconds at a terminal. Raise SetUpError."""
    counts = sys.stdout.isatty()
    _say(f"  {step}" if counts else f"  {step}\n")
    started = time.monotonic()
    with subprocess.Popen(  # noqa: S603 - our own commands
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        while True:
            try:
                output, _ = process.communicate(timeout=1)
                break
            except subprocess.TimeoutExpired:
                if counts:
                    _say(f"\r  {step} … {time.monotonic() - started:.0f} s")
    if counts:
        _say("\n")
    if _interrupts:  # the exception is lost where the interpreter runs a callback of its own
        raise KeyboardInterrupt
    if process.returncode != 0:
        raise SetUpError(output)


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _interrupt(number: int, _: FrameType | None) -> None:
    _interrupts.append(number)
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGINT, _interrupt)
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    except KeyboardInterrupt:
        # The programs have had the Ctrl-C, too; their tracebacks stay in the pipe.
        _say("\nThe set-up is stopped. The next one begins anew.\n")
        sys.exit(_INTERRUPTED)
    except SetUpError as error:
        sys.stderr.write(f"{error}The set-up failed: its last program said this. Is the network there?\n")
        sys.exit(1)
