"""A PostgreSQL server of our own, run from the binaries of a wheel.

The wheel's own `get_server()` is not used: as root it adds a user and opens every parent folder to all readers, it
fails on a path with a space, takes no settings, and its server outlives a killed parent. Here the server is a direct
child, and changes nothing outside its own two folders.
"""

import hashlib
import os
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
from billing_api.dev.postgres_programs import VERSION, binary, confined, environment, last_lines, run_program
from billing_api.dev.processes import stop_process

USER = "billing"
DATABASE = "billing"

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
        run_program(
            [
                str(binary("initdb")),
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
        run_program(
            [str(binary("postgres")), "--single", "-D", str(draft), "postgres"],
            stdin=f"CREATE DATABASE {DATABASE}\n".encode(),
        )
        draft.rename(self.data)

    @property
    def _syncs_to_disk(self) -> bool:
        return self._settings.get("fsync", "on") != "off"

    def _require_same_major_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != VERSION:
            raise LocalRunError(
                f"{self.data} was made by PostgreSQL {made_by}, and the installed server is {VERSION}. "
                f"Its contents are demo data: remove {self._folder} and start again."
            )

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
        bound = confined([str(binary("postgres")), "-D", str(self.data), *options])
        _make_private_folder(self.socket_folder)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own binary
                bound.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(),
                pass_fds=[self._alive.descriptor, *bound.descriptors],
                start_new_session=True,  # a Ctrl-C at the terminal is for the supervisor, who stops things in order
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._says_ready():
            if self.process.poll() is not None:
                raise LocalRunError(f"PostgreSQL did not start: {last_lines(self.log.read_bytes())}")
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
