"""The embedded server against real processes: what a kill, an odd folder or another user's doing can do to it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from billing_api.dev.errors import LocalRunError
from billing_api.dev.postgres import EmbeddedPostgres
from tests.fixtures.local_run import PLAIN_USER, ROOT
from tests.fixtures.processes import ends

pytestmark = pytest.mark.slow

FAST = {"fsync": "off"}
HOLDER = """
import sys
from pathlib import Path
from billing_api.dev.postgres import EmbeddedPostgres

server = EmbeddedPostgres(Path(sys.argv[1]), settings={"fsync": "off"})
server.start()
print(server.process.pid, flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server that was started and stopped once; tests work on copies."""
    folder = tmp_path_factory.mktemp("cluster")
    with EmbeddedPostgres(folder, settings=FAST):
        pass
    return folder


@pytest.fixture
def folder(cluster: Path, tmp_path: Path) -> Path:
    """A folder of the test's own with a cluster in it."""
    shutil.copytree(cluster / "data", tmp_path / "postgres" / "data")
    return tmp_path / "postgres"


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A running server over the test's own folder."""
    with EmbeddedPostgres(folder, settings=FAST) as running:
        yield running


def hold(folder: Path, *wrapper: str, path: str | None = None) -> tuple[subprocess.Popen[str], int]:
    """Run a server under a process of its own; return that process and the server's number."""
    holder = subprocess.Popen(
        [*wrapper, sys.executable, "-c", HOLDER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PATH": path or os.environ["PATH"]},
    )
    assert holder.stdout is not None
    line = holder.stdout.readline()
    assert line.strip().isdigit(), "the holder did not start its server"
    return holder, int(line)


def refusal(folder: Path, *wrapper: str, path: str | None = None) -> str:
    """Run a server that must not start; return the last line that its process says."""
    done = subprocess.run(
        [*wrapper, sys.executable, "-c", HOLDER, str(folder)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path or os.environ["PATH"]},
        check=False,
    )
    assert done.returncode == 1
    assert "LocalRunError" in done.stderr
    return done.stderr.splitlines()[-1]


def kill(holder: subprocess.Popen[str]) -> None:
    with holder:
        holder.kill()


async def ask(dsn: str, question: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


class TestStart:
    async def test_asyncpg_and_sqlalchemy_take_the_address(self, server: EmbeddedPostgres) -> None:
        assert await ask(server.dsn(), "SELECT current_database()") == "billing"
        engine = create_async_engine(server.dsn().replace("postgresql:", "postgresql+asyncpg:"))
        async with engine.connect() as connection:
            assert (await connection.execute(text("SELECT current_user"))).scalar() == "billing"
        await engine.dispose()

    async def test_text_and_time_are_the_same_on_every_machine(self, server: EmbeddedPostgres) -> None:
        locale = "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = current_database()"
        assert await ask(server.dsn(), locale) == "bC.UTF-8"
        assert await ask(server.dsn(), "SHOW server_encoding") == "UTF8"
        assert await ask(server.dsn(), "SHOW timezone") == "UTC"

    async def test_settings_are_passed_on(self, folder: Path) -> None:
        with EmbeddedPostgres(folder, settings={**FAST, "max_connections": "17"}) as server:
            assert await ask(server.dsn(), "SHOW max_connections") == "17"

    def test_nothing_listens_on_the_network(self, server: EmbeddedPostgres) -> None:
        lines = (server.data / "postmaster.pid").read_text().splitlines()
        assert lines[5].strip() == ""

    @pytest.mark.parametrize("name", ["with a space", "l" * 60 + "/" + "o" * 60, "per%cent 'quote'"])
    async def test_any_folder_will_do(self, cluster: Path, tmp_path: Path, name: str) -> None:
        shutil.copytree(cluster / "data", tmp_path / name / "data")
        with EmbeddedPostgres(tmp_path / name, settings=FAST) as server:
            assert await ask(server.dsn(), "SELECT 1") == 1

    async def test_a_cluster_is_made_in_a_folder_with_a_space_and_a_long_name(self, tmp_path: Path) -> None:
        with EmbeddedPostgres(tmp_path / ("a b" + "x" * 120), settings=FAST) as server:
            assert await ask(server.dsn(), "SELECT 1") == 1

    def test_a_plain_user_needs_no_namespace(self, folder: Path) -> None:
        holder, pid = hold(folder, *PLAIN_USER)
        with holder:
            holder.communicate()
        assert holder.returncode == 0
        assert ends(pid)

    def test_no_permission_outside_changes(self, cluster: Path, tmp_path: Path) -> None:
        home = tmp_path / "home"
        home.mkdir(mode=0o700)
        (home / "project").mkdir(mode=0o750)
        shutil.copytree(cluster / "data", home / "project" / "postgres" / "data")
        outside = [home, home / "project", *tmp_path.parents, tmp_path]
        before = [(path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in outside]
        with EmbeddedPostgres(home / "project" / "postgres", settings=FAST):
            pass
        assert [(path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in outside] == before


class TestRefusals:
    def test_a_second_server_over_the_folder(self, server: EmbeddedPostgres, folder: Path) -> None:
        with pytest.raises(LocalRunError, match="already runs"):
            EmbeddedPostgres(folder).start()
        assert server.process.poll() is None

    def test_a_socket_folder_that_others_can_open(self, folder: Path) -> None:
        server = EmbeddedPostgres(folder, settings=FAST)
        server.socket_folder.mkdir(mode=0o755)
        try:
            with pytest.raises(LocalRunError, match="only you can open"):
                server.start()
        finally:
            server.socket_folder.rmdir()
        with server:
            assert server.process.poll() is None

    def test_data_of_another_major_version(self, folder: Path) -> None:
        (folder / "data" / "PG_VERSION").write_text("16\n")
        with pytest.raises(LocalRunError, match="made by PostgreSQL 16"):
            EmbeddedPostgres(folder).start()

    def test_a_server_that_does_not_come_up_says_why(self, folder: Path) -> None:
        with pytest.raises(LocalRunError, match="no_such_setting"):
            EmbeddedPostgres(folder, settings={"no_such_setting": "1"}).start()

    def test_root_is_told_which_tool_is_missing(self, folder: Path, tmp_path: Path) -> None:
        assert "'unshare' is missing. Install the package util-linux" in refusal(folder, *ROOT, path=str(tmp_path))

    def test_root_is_told_what_to_do_without_namespaces(self, folder: Path) -> None:
        """As in a container: `unshare` is installed, and the kernel forbids user namespaces."""
        forbid = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
        said = refusal(folder, *ROOT, "sh", "-c", forbid, "sh")
        assert "allows no user namespace" in said
        for cure in ("runuser -u dev -- make run", "--security-opt seccomp=unconfined", "DATABASE_URL"):
            assert cure in said


class TestKills:
    async def test_data_outlive_a_killed_server(self, server: EmbeddedPostgres) -> None:
        await ask(server.dsn(), "CREATE TABLE kept AS SELECT 42 AS answer")
        server.process.kill()
        server.process.wait()
        server.stop()
        server.start()
        assert await ask(server.dsn(), "SELECT answer FROM kept") == 42

    async def test_a_killed_parent_takes_the_server_along(self, folder: Path) -> None:
        holder, pid = hold(folder)
        kill(holder)
        with EmbeddedPostgres(folder, settings=FAST) as successor:
            assert ends(pid, seconds=0)
            assert await ask(successor.dsn(), "SELECT 1") == 1

    async def test_so_it_does_where_setpriv_and_unshare_are_missing(self, folder: Path, tmp_path: Path) -> None:
        """As on a Mac, for a plain user."""
        holder, pid = hold(folder, *PLAIN_USER, path=str(tmp_path / "no tools"))
        kill(holder)
        assert ends(pid)
        with EmbeddedPostgres(folder, settings=FAST) as successor:
            assert await ask(successor.dsn(), "SELECT 1") == 1

    async def test_an_orphan_is_stopped_by_its_successor(self, folder: Path, tmp_path: Path) -> None:
        """The parent died in the moment before the kernel was asked to tell: here setpriv does not ask at all."""
        deaf = tmp_path / "bin" / "setpriv"
        deaf.parent.mkdir()
        deaf.write_text('#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n')
        deaf.chmod(0o755)
        holder, pid = hold(folder, path=f"{deaf.parent}:{os.environ['PATH']}")
        kill(holder)
        os.kill(pid, 0)
        with EmbeddedPostgres(folder, settings=FAST) as successor:
            assert ends(pid, seconds=0)
            assert await ask(successor.dsn(), "SELECT 1") == 1

    async def test_a_half_made_cluster_is_made_again(self, tmp_path: Path) -> None:
        (tmp_path / "data.new").mkdir()
        (tmp_path / "data.new" / "PG_VERSION").write_text("18\n")
        with EmbeddedPostgres(tmp_path, settings=FAST) as server:
            assert await ask(server.dsn(), "SELECT 1") == 1

    def test_an_interrupt_at_the_terminal_is_not_for_the_server(self, server: EmbeddedPostgres) -> None:
        assert os.getsid(server.process.pid) != os.getsid(0)

    def test_stopping_leaves_no_socket_and_may_be_repeated(self, server: EmbeddedPostgres) -> None:
        process = server.process
        server.stop()
        server.stop()
        assert process.returncode == 0

        assert not server.socket_folder.exists()
