"""The running parts: PostgreSQL, the gateway, two processes of the API and a worker, each of which can be killed."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, TypeAlias

import httpx

from billing_api.auth.keys import new_keys
from billing_api.db.migrate import upgrade
from billing_api.dev.postgres import EmbeddedPostgres
from tests.chaos import program
from tests.fixtures.ports import reserved_ports
from tests.fixtures.processes import bound

# A kill leaves what was written to the system: only a machine that fails would need to wait for the disk.
_POSTGRES = {"fsync": "off", "full_page_writes": "off", "max_connections": "200", "shared_buffers": "64MB"}
PUBLIC_URL = "http://billing.test"  # the issuer in its tokens
_UNLIMITED = "100000 per minute"
Process: TypeAlias = "subprocess.Popen[bytes] | ForkServerProcess"


@dataclass
class Stage:
    """All parts over one folder. Those that are killed are started again at once."""

    folder: Path
    ports: Sequence[int]
    postgres: EmbeddedPostgres = field(init=False)
    keys: str = field(default_factory=new_keys)
    processes: dict[str, "Process"] = field(default_factory=dict)
    is_striking: bool = False

    def __post_init__(self) -> None:
        self.postgres = EmbeddedPostgres(self.folder / "postgres", settings=_POSTGRES)
        self.clock = self.folder / "ahead"
        self.clock.write_text("0")

    @property
    def urls(self) -> list[str]:
        """The addresses of the API's processes."""
        return [f"http://127.0.0.1:{port}" for port in self.ports[1:]]

    @property
    def sandbox_port(self) -> int:
        """The gateway's port."""
        return self.ports[0]

    def begin(self) -> None:
        """Start everything on an empty database."""
        upgrade(self.postgres.start())
        for name in ("sandbox", "api-1", "api-2", "worker"):
            self._start(name)

    def kill(self, name: str) -> None:
        """SIGKILL a part, and start it again."""
        if name == "postgres":
            self.postgres.process.kill()
            self.postgres.process.wait()
            self.postgres.stop()
            self.postgres.start()
            return
        _end(self.processes[name])
        self._start(name)

    def move_clock(self, seconds: float) -> None:
        """Move the clock of the API and the worker on."""
        written = self.clock.with_suffix(".new")
        written.write_text(str(self.ahead + seconds))
        written.rename(self.clock)  # it is read at any time

    @property
    def ahead(self) -> float:
        """How many seconds the clock is ahead."""
        return float(self.clock.read_text())

    async def control(self, method: str, path: str, body: Any = None, *, tries: int = 600) -> Any:
        """Call the sandbox's control API, again while the sandbox starts anew; None for what it refuses.

        Raise RuntimeError when the sandbox has ended by itself, or does not come up.
        """
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.sandbox_port}/sandbox", trust_env=False, timeout=30
        ) as client:
            for _ in range(tries):
                with suppress(httpx.TransportError):
                    response = await client.request(method, path, json=body)
                    return None if response.is_error else response.json()
                sandbox = self.processes["sandbox"]
                if isinstance(sandbox, subprocess.Popen) and sandbox.poll() is not None:
                    break
                await asyncio.sleep(0.1)  # a port that is not yet listened on sends no event
        printed = (self.folder / "sandbox.log").read_text(errors="replace")
        raise RuntimeError(f"the sandbox does not come up again: {printed[-2000:]}")

    def stop(self, *names: str) -> None:
        """Kill these parts, by default all; they stay away."""
        for name in names or list(self.processes):
            _end(self.processes.pop(name))
        if not names:
            self.postgres.stop()

    def _start(self, name: str) -> None:
        variables = {
            "DATABASE_URL": self.postgres.dsn(),
            "GATEWAY_PORT": str(self.sandbox_port),
            "GATEWAY_TIMEOUT_SECONDS": "3",
            "PUBLIC_URL": PUBLIC_URL,
            "SIGNING_KEYS": self.keys,
            "CLOCK_FILE": str(self.clock),
            "LOG_LEVEL": "ERROR",
            "SERVE_DOCS": "false",  # making the document takes longer than the rest of a start
            "WORKER_POLL_SECONDS": "0.2",
            "WORKER_LEASE_SECONDS": "5",
            "CARD_DECLINES_PER_ACCOUNT": _UNLIMITED,
            "CARD_DECLINES_PER_IP": _UNLIMITED,
        }
        log = self.folder / f"{name}.log"
        if name == "worker":
            self.processes[name] = program.start(program.work, variables, log)
        elif name != "sandbox":
            port = str(self.ports[int(name[-1])])
            self.processes[name] = program.start(program.serve, variables | {"PORT": port}, log)
        else:
            options = ["--port", str(self.sandbox_port), "--state", str(self.folder / "gateway.json")]
            command = bound([sys.executable, "-m", "braintree_sandbox", *options])
            with log.open("ab") as printed:
                self.processes[name] = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed
                )


def _end(process: Process) -> None:
    process.kill()
    if isinstance(process, ForkServerProcess):
        process.join()
    else:
        process.wait()


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """The parts, which are all ended with the block."""
    with reserved_ports(3) as ports:
        made = Stage(folder, ports)
        try:
            made.begin()
            yield made
        finally:
            made.stop()
