"""`make run` as a person has it: real processes on free ports, signals, kills and wrong settings."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from billing_api.dev import supervisor
from billing_api.dev.demo.users import DEMO_CLIENT_SECRET, DEMO_PASSWORD
from billing_api.dev.locks import FileLock
from billing_api.dev.postgres import EmbeddedPostgres
from tests.fixtures.local_run import PLAIN_USER, LocalRun, read_banner, stop
from tests.fixtures.ports import reserved_ports

pytestmark = pytest.mark.slow


class TestRunning:
    @pytest.mark.skipif(shutil.which("curl") is None, reason="the printed lines are for curl")
    def test_the_printed_lines_sign_in_and_ctrl_c_stops_everything(self, run: LocalRun) -> None:
        process, printed = run.start_and_read_banner()
        assert DEMO_PASSWORD in printed
        assert DEMO_CLIENT_SECRET in printed
        sign_in, overview = re.findall(r"^  ((?:TOKEN=|curl).*)$", printed, re.MULTILINE)
        shell = subprocess.run(["sh", "-c", f"{sign_in}\n{overview}"], capture_output=True, text=True, check=True)
        assert json.loads(shell.stdout)["newest_invoices"]
        [mails] = re.findall(r"^  Mails +(\S+)", printed, re.MULTILINE)
        assert httpx.get(f"{mails}/mails.json").json().keys() == {"mails"}  # the worker may have sent some
        assert "Everything is stopped." in stop(process, signal.SIGINT)
        assert run.ports_are_free()

    def test_it_says_what_it_does_and_whose_lines_are_the_parts(self, run: LocalRun) -> None:
        process, printed = run.start_and_read_banner()
        assert process.stdout is not None
        assert any(re.match(r"worker \| .*worker_started", line) for line in process.stdout)
        stop(process, signal.SIGINT)
        lines = printed.splitlines()
        assert lines[0].startswith("Starting the billing portal's backend. The first start takes")
        steps = [f"  PostgreSQL, with a new database in {run.folder}", "  the Braintree sandbox"]
        steps += ["  the mail server", "  the tables"]
        assert [line for line in lines if line in steps] == steps
        assert f"sandbox | listening on http://127.0.0.1:{run.sandbox_port}" in lines

    def test_an_early_ctrl_c_shows_no_traceback(self, run: LocalRun) -> None:
        process = run.start()
        assert process.stdout is not None
        process.stdout.readline()  # the modules are not imported yet
        os.killpg(process.pid, signal.SIGINT)
        printed, _ = process.communicate(timeout=60)
        assert process.returncode in {0, -signal.SIGINT}
        assert "Traceback" not in printed

    def test_it_ends_with_the_make_that_started_it(self, run: LocalRun) -> None:
        make = run.start(by=["bash", "-c", '"$@" --parent $$; true', "make"])
        read_banner(make)
        with make:
            make.kill()
            assert make.stdout is not None
            assert "Everything is stopped." in make.stdout.read()  # it ends when the last process has closed it
        assert run.ports_are_free()

    def test_a_kill_takes_all_along_where_setpriv_and_unshare_are_missing(self, tmp_path: Path) -> None:
        """As on a Mac, for a plain user."""
        run = LocalRun(tmp_path / "local", user=PLAIN_USER, PATH=str(tmp_path / "no tools"))
        try:
            killed, _ = run.start_and_read_banner()
            with killed:
                killed.kill()
                assert killed.stdout is not None
                killed.stdout.read()  # it ends when the last process has closed it
            assert run.ports_are_free()
            process, _ = run.start_and_read_banner()
            stop(process, signal.SIGINT)
        finally:
            run.end()

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

    def test_an_outage_of_the_mail_server_does_not_end_the_run(self, run: LocalRun) -> None:
        process, _ = run.start_and_read_banner()
        wanted = f"billing_api.dev.mailbox\0{run.smtp_port}\0{run.mail_port}\0".encode()
        [mailbox] = [
            int(file.parent.name) for file in Path("/proc").glob("[0-9]*/cmdline") if _read(file).endswith(wanted)
        ]
        os.kill(mailbox, signal.SIGKILL)
        assert process.stdout is not None
        told = next(line for line in process.stdout if line.startswith("The mail server has ended: "))
        assert told.rstrip().endswith(f"-m billing_api.dev.mailbox {run.smtp_port} {run.mail_port}")
        assert httpx.get(f"http://127.0.0.1:{run.port}/livez").status_code == 200
        assert "Everything is stopped." in stop(process, signal.SIGINT)

    @pytest.mark.parametrize(
        ("after", "port", "setting"),
        [("  PostgreSQL", "sandbox_port", "SANDBOX_PORT"), ("  the Braintree sandbox", "port", "PORT")],
    )
    def test_a_port_that_another_program_takes_meanwhile_ends_the_start(
        self, run: LocalRun, after: str, port: str, setting: str
    ) -> None:
        """Another run's part would respond in place of the own one; no banner may say that all is well."""
        process = run.start()
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(after):
                break
        number = getattr(run, port)
        with _another_api(number):
            printed, _ = process.communicate(timeout=120)
        assert process.returncode == 1
        assert "is running" not in printed
        assert "Traceback" not in printed
        taken = f"Port {number} is taken: stop its program, or choose another: make run {setting}={number + 1}"
        assert printed.splitlines()[-1] == taken
        assert run.ports_are_free()

    def test_data_whose_sandbox_is_gone_end_the_start(self, run: LocalRun) -> None:
        process, _ = run.start_and_read_banner()
        stop(process, signal.SIGINT)
        (run.folder / "braintree-sandbox.journal").unlink()
        again = run.start()
        printed, _ = again.communicate(timeout=120)
        assert again.returncode == 1
        assert "is running" not in printed
        assert "These data belong to another sandbox" in printed
        assert "`make forget-data`" in printed

    def test_a_database_of_ones_own_is_used(self, tmp_path: Path) -> None:
        with EmbeddedPostgres(tmp_path / "elsewhere", settings={"fsync": "off"}) as server:
            # Its migrations, the service and every chore take what managed servers append.
            url = server.dsn().replace("postgresql:", "postgres:") + (
                "&sslmode=prefer&channel_binding=prefer&gssencmode=disable&connect_timeout=10"
                "&application_name=portal&options=-c%20jit%3Doff&target_session_attrs=read-write"
            )
            run = LocalRun(tmp_path / "local", DATABASE_URL=url)
            try:
                process, _ = run.start_and_read_banner()
                stop(process, signal.SIGINT)
            finally:
                run.end()
            assert server.process.poll() is None
        assert not (tmp_path / "local" / "postgres").exists()


@contextmanager
def _another_api(port: int) -> Iterator[None]:
    """Another run's API or sandbox, as far as a start can tell: it is ready, whatever the path."""

    class Ready(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"status":"ready"}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", port), Ready) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


class Refusal(Protocol):
    """Starts a run that must fail; returns the one line that it prints."""

    def __call__(self, **variables: str) -> str: ...


class TestRefusals:
    """In this process, since nothing is started."""

    @pytest.fixture
    def refusal(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> Iterator[Refusal]:
        """A start over an empty folder and free ports."""

        with reserved_ports(5) as (own, sandbox, tls, smtp, mail):

            def start(**variables: str) -> str:
                for name in ("DATABASE_URL", "ENVIRONMENT", "HOST"):
                    monkeypatch.delenv(name, raising=False)
                ports = {"PORT": str(own), "SANDBOX_PORT": str(sandbox), "SANDBOX_TLS_PORT": str(tls)}
                ports |= {"SMTP_PORT": str(smtp), "MAIL_PORT": str(mail)}
                for name, value in ({"LOCAL_DATA": str(tmp_path)} | ports | variables).items():
                    monkeypatch.setenv(name, value)
                assert supervisor.main() == 1
                assert not (tmp_path / "postgres").exists()
                printed = capsys.readouterr()
                assert printed.out == ""
                assert len(printed.err.splitlines()) == 1, printed.err
                return printed.err

            yield start

    @pytest.mark.parametrize("setting", ["PORT", "SANDBOX_PORT", "SANDBOX_TLS_PORT", "SMTP_PORT", "MAIL_PORT"])
    def test_a_taken_port_is_named(self, refusal: Refusal, setting: str) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            printed = refusal(**{setting: str(port)})
        assert f"Port {port} is taken" in printed
        assert f" {setting}=" in printed

    def test_one_port_for_two_parts(self, refusal: Refusal, unused_port: int) -> None:
        port = str(unused_port)
        assert "PORT and SANDBOX_PORT" in refusal(PORT=port, SANDBOX_PORT=port)
        assert "SANDBOX_PORT and SANDBOX_TLS_PORT" in refusal(SANDBOX_PORT=port, SANDBOX_TLS_PORT=port)
        assert "SMTP_PORT and MAIL_PORT" in refusal(SMTP_PORT=port, MAIL_PORT=port)

    def test_a_port_that_is_no_number(self, refusal: Refusal) -> None:
        assert "PORT=many" in refusal(PORT="many")

    def test_a_host_that_is_not_ours(self, refusal: Refusal) -> None:
        assert "Check HOST and PORT" in refusal(HOST="203.0.113.1")

    def test_a_folder_in_use(self, refusal: Refusal, tmp_path: Path) -> None:
        owner = FileLock(tmp_path / "run.lock")
        assert owner.acquire()
        try:
            assert "Another run uses" in refusal()
        finally:
            owner.release()

    def test_a_database_that_does_not_answer_and_its_password_stays_unsaid(
        self, refusal: Refusal, unused_port: int
    ) -> None:
        printed = refusal(DATABASE_URL=f"postgresql://someone:hunter2@127.0.0.1:{unused_port}/books")
        assert "DATABASE_URL can't be reached" in printed
        assert "hunter2" not in printed

    @pytest.mark.parametrize(
        "url",
        ["postgresql://[", "postgresql://127.0.0.1:99999", "mysql://localhost/books", "books", "postgres://h?jit=1"],
    )
    def test_an_address_that_is_none(self, refusal: Refusal, url: str) -> None:
        assert "DATABASE_URL" in refusal(DATABASE_URL=url)

    def test_production(self, refusal: Refusal) -> None:
        assert "ENVIRONMENT=production" in refusal(ENVIRONMENT="production")


def _read(file: Path) -> bytes:
    """Return the command line of a process; one that has ended has none."""
    try:
        return file.read_bytes()
    except OSError:
        return b""
