"""Test runs themselves: two on one server leave each other alone, and one that is killed leaves nothing behind."""

import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from billing_api.dev.locks import FileLock
from tests.fixtures import server
from tests.fixtures.processes import bound, ends
from tests.fixtures.waiting import START_SECONDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # three runs in one test

TOP = Path(__file__).parents[1]
# A test that uses what every run starts, tells which processes and databases these are, and lasts until it may end.
LASTING = """
import os
from pathlib import Path

async def test_lasting(sql, sandbox):
    database = await sql.fetchval("SELECT current_database()")
    Path({said!r}).write_text(f"{{os.getpid()}} {{sandbox.process.pid}} {{database}}")
    Path({may_end!r}).read_bytes()
    assert await sql.fetchval("SELECT count(*) FROM accounts") == 0
    assert sandbox.transactions(order_id="none") == []
"""


@dataclass(frozen=True)
class Run:
    """A run of pytest, and the output of its test."""

    process: "subprocess.Popen[str]"
    may_end: Path
    worker: int
    sandbox: int
    database: str

    @property
    def prefix(self) -> str:
        """The name with which all of its databases begin."""
        return "_".join(self.database.split("_")[:3]) + "_"

    def end(self) -> None:
        """Let the test end, and require that it passes."""
        self.may_end.write_bytes(b"")
        printed, _ = self.process.communicate(timeout=START_SECONDS)
        assert self.process.returncode == 0, printed


Start = Callable[..., Run]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A function that starts a run on the server of this one, and returns when its test is under way."""
    with ExitStack() as started:

        def begin(name: str, *options: str) -> Run:
            said, may_end, test = (tmp_path / f"{name}.{kind}" for kind in ("said", "end", "py"))
            test.write_text(LASTING.format(said=str(said), may_end=str(may_end)))
            os.mkfifo(said)
            os.mkfifo(may_end)
            command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider"]
            process = subprocess.Popen(
                bound([*command, "-c", str(TOP / "pyproject.toml"), "--rootdir", str(tmp_path), *options, str(test)]),
                cwd=TOP,
                env=os.environ | {"DATABASE_URL": server.url()},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            started.enter_context(process)
            started.callback(process.kill)
            worker, sandbox, database = first_words(said, process).split()
            return Run(process, may_end, int(worker), int(sandbox), database)

        yield begin


def first_words(fifo: Path, process: "subprocess.Popen[str]") -> str:
    """Return the text in the pipe. Fail with the process's output when it ends or takes too long."""
    words, ending = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK), os.pidfd_open(process.pid)
    try:
        ready, _, _ = select.select([words, ending], [], [], START_SECONDS)
        if words in ready:
            return os.read(words, 1000).decode()
    finally:
        os.close(words)
        os.close(ending)
    process.kill()
    pytest.fail(f"The run did not come as far as its test:\n{process.communicate()[0]}")


async def databases_of(run: Run) -> int:
    """How many databases of a run there are."""
    connection = await asyncpg.connect(server.url())
    try:
        count = await connection.fetchval("SELECT count(*) FROM pg_database WHERE starts_with(datname, $1)", run.prefix)
        return int(count)
    finally:
        await connection.close()


async def test_two_on_one_server_leave_each_other_alone(start: Start) -> None:
    """And the next one removes the databases of one that was killed, which took its sandbox along."""
    killed = start("killed")
    assert await databases_of(killed) == 2
    killed.process.kill()
    assert ends(killed.sandbox)

    first = start("first")
    assert await databases_of(killed) == 0
    second = start("second")
    assert await databases_of(first) == 2
    second.end()
    assert await databases_of(second) == 0
    first.end()
    assert await databases_of(first) == 0


def test_a_killed_run_takes_its_workers_and_their_sandboxes_along(start: Start) -> None:
    run = start("killed", "-n", "1")
    assert run.worker != run.process.pid
    run.process.kill()
    assert ends(run.worker)
    assert ends(run.sandbox)


def test_folders_of_killed_runs_are_removed_when_they_are_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A young one may be about to start its server, and a locked one has it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folders = {name: tmp_path / f"billing-tests-{name}" for name in ("left", "young", "running")}
    for folder in folders.values():
        folder.mkdir()
    holder = FileLock(folders["running"] / "owner.lock")
    assert holder.acquire()
    two_hours_ago = time.time() - 7200
    for name in ("left", "running"):
        os.utime(folders[name], (two_hours_ago, two_hours_ago))
    server.remove_old_folders()
    holder.release()
    assert [name for name, folder in folders.items() if folder.exists()] == ["young", "running"]
