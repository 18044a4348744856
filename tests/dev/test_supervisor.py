"""`billing-api dev` as a person has it: real processes on free ports, signals, kills and wrong settings."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from billing_api.dev.demo import DEMO_PASSWORD
from billing_api.dev.postgres import EmbeddedPostgres

_LAST_LINE_OF_BANNER = "Ctrl-C stops everything."


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LocalRun:
    """Starts `billing-api dev` over a folder and two ports of its own, as often as a test likes."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.port, self.sandbox_port = free_port(), free_port()
        self._env = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "ENVIRONMENT"}}
        self._env |= {"LOCAL_DATA": str(folder), "PORT": str(self.port), "SANDBOX_PORT": str(self.sandbox_port)}
        self._env |= variables
        self._processes: list[subprocess.Popen[str]] = []

    def start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "billing_api.cli", "dev"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self._env,
            start_new_session=True,
        )
        self._processes.append(process)
        return process

    def start_and_read_banner(self) -> tuple[subprocess.Popen[str], str]:
        process = self.start()
        assert process.stdout is not None
        printed = ""
        for line in process.stdout:
            printed += line
            if _LAST_LINE_OF_BANNER in line:
                return process, printed
        pytest.fail(f"it ended before it was ready:\n{printed}")

    def refusal(self) -> str:
        """What a start that must fail prints: one line."""
        process = self.start()
        printed, _ = process.communicate(timeout=60)
        assert process.returncode == 1, printed
        assert len(printed.splitlines()) == 1, printed
        return printed

    def end(self) -> None:
        for process in self._processes:
            with process:
                process.kill()

    def ports_are_free(self) -> bool:
        return all(socket.socket().connect_ex(("127.0.0.1", port)) != 0 for port in (self.port, self.sandbox_port))


@pytest.fixture
def run(tmp_path: Path) -> Iterator[LocalRun]:
    """A run over an empty folder with a space in its name."""
    local = LocalRun(tmp_path / "local data")
    yield local
    local.end()


def stop(process: subprocess.Popen[str], number: signal.Signals) -> str:
    """Signal the whole process group, as a terminal does; return the rest of what was printed."""
    os.killpg(process.pid, number)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 0, printed
    return printed


class TestRunning:
    def test_the_printed_lines_sign_in_and_ctrl_c_stops_everything(self, run: LocalRun) -> None:
        process, printed = run.start_and_read_banner()
        assert DEMO_PASSWORD in printed
        sign_in, overview = re.findall(r"^  ((?:TOKEN=|curl).*)$", printed, re.MULTILINE)
        shell = subprocess.run(["sh", "-c", f"{sign_in}\n{overview}"], capture_output=True, text=True, check=True)
        assert "balances" in json.loads(shell.stdout)
        assert "Everything is stopped." in stop(process, signal.SIGINT)
        assert run.ports_are_free()

    def test_it_starts_again_after_a_kill(self, run: LocalRun) -> None:
        killed, _ = run.start_and_read_banner()
        killed.kill()
        process, _ = run.start_and_read_banner()
        stop(process, signal.SIGTERM)
        assert run.ports_are_free()

    def test_a_part_that_dies_ends_the_run(self, run: LocalRun) -> None:
        process, _ = run.start_and_read_banner()
        postmaster = (run.folder / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0]
        os.kill(int(postmaster), signal.SIGKILL)
        printed, _ = process.communicate(timeout=60)
        assert process.returncode == 1
        assert re.search(r"PostgreSQL .* was ended by SIGKILL", printed)
        assert run.ports_are_free()

    def test_a_database_of_ones_own_is_used(self, tmp_path: Path) -> None:
        with EmbeddedPostgres(tmp_path / "elsewhere", settings={"fsync": "off"}) as server:
            run = LocalRun(tmp_path / "local", DATABASE_URL=server.dsn())
            try:
                process, _ = run.start_and_read_banner()
                stop(process, signal.SIGINT)
            finally:
                run.end()
            assert server.process.poll() is None
        assert not (tmp_path / "local" / "postgres").exists()


class TestRefusals:
    @pytest.mark.parametrize("setting", ["PORT", "SANDBOX_PORT"])
    def test_a_taken_port_is_named(self, tmp_path: Path, setting: str) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            printed = LocalRun(tmp_path, **{setting: str(port)}).refusal()
        assert f"Port {port} is taken" in printed
        assert f" {setting}=" in printed
        assert not (tmp_path / "postgres").exists()

    def test_a_port_that_is_no_number(self, tmp_path: Path) -> None:
        assert "PORT=many" in LocalRun(tmp_path, PORT="many").refusal()

    def test_a_host_that_is_not_ours(self, tmp_path: Path) -> None:
        assert "Check HOST and PORT" in LocalRun(tmp_path, HOST="203.0.113.1").refusal()

    def test_a_database_that_does_not_answer_and_its_password_stays_unsaid(self, tmp_path: Path) -> None:
        url = f"postgresql://someone:hunter2@127.0.0.1:{free_port()}/books"
        printed = LocalRun(tmp_path, DATABASE_URL=url).refusal()
        assert "can't be reached" in printed
        assert "DATABASE_URL" in printed
        assert "hunter2" not in printed

    @pytest.mark.parametrize("url", ["postgresql://[", "mysql://localhost/books", "books"])
    def test_an_address_that_is_none(self, tmp_path: Path, url: str) -> None:
        assert "DATABASE_URL" in LocalRun(tmp_path, DATABASE_URL=url).refusal()

    def test_production(self, tmp_path: Path) -> None:
        assert "ENVIRONMENT=production" in LocalRun(tmp_path, ENVIRONMENT="production").refusal()
