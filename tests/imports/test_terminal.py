"""`billing-api import`: its output on a terminal and to a shell."""

import asyncio
import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from billing_api.cli import app
from billing_api.imports.report import LineOutcome
from billing_api.imports.terminal import import_file, show
from tests.factories.imports import Books
from tests.fixtures import server
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, database_url: str) -> CliRunner:
    """A shell whose environment names the tests' database."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    # The log would keep writing to the runner's output, which is closed when the command ends.
    monkeypatch.setattr("billing_api.cli.settings.configure", lambda *_: None)
    return CliRunner()


class TestCommand:
    def test_counts_what_was_imported_and_ends_well(self, terminal: CliRunner, tmp_path: Path) -> None:
        books, file = Books(), tmp_path / "books.ndjson"
        file.write_bytes(b"\n".join([books.account_line(), books.invoice("INV-1"), books.payment("PAY-1", 100)]))
        first = terminal.invoke(app, ["import", str(file)])
        assert (first.exit_code, first.stdout.splitlines()) == (
            0,
            [
                "account: 1 created, 0 updated, 0 unchanged, 0 failed",
                "invoice: 1 created, 0 unchanged, 0 failed",
                "payment: 1 created, 0 unchanged, 0 failed",
                "USD invoice: 100.00 in the file, 100.00 created, 0.00 unchanged, 0.00 failed",
                "USD payment: 1.00 in the file, 1.00 created, 0.00 unchanged, 0.00 failed",
            ],
        )
        assert "invoice: 0 created, 1 unchanged, 0 failed" in terminal.invoke(app, ["import", str(file)]).stdout

    def test_lists_the_lines_that_failed_and_ends_with_1(self, terminal: CliRunner, tmp_path: Path) -> None:
        books, file = Books(), tmp_path / "books.ndjson"
        file.write_bytes(
            b"\n".join(
                [
                    books.account_line(),
                    b"[red]{",
                    books.deposit("DEP-1", 0),
                    books.invoice("INV-1", currency="JPY"),
                    books.payment("PAY-1", 10_001, {"INV-1": 10_001}, currency="JPY"),
                    books.payment("PAY-2", 7, {"NONE": 7}, currency="JPY"),
                ]
            )
        )
        result = terminal.invoke(app, ["import", str(file)])
        assert result.exit_code == 1
        assert result.stdout.splitlines()[1:] == [
            "unreadable: 0 created, 0 unchanged, 1 failed",
            "deposit: 0 created, 0 unchanged, 1 failed",
            "invoice: 1 created, 0 unchanged, 0 failed",
            "payment: 1 created, 0 unchanged, 1 failed",
            "JPY invoice: 10000 in the file, 10000 created, 0 unchanged, 0 failed",
            "JPY payment: 10008 in the file, 10001 created, 0 unchanged, 7 failed, 1 could not be applied",
            "documents whose amount could not be read: 2",
            "line 2: unreadable: is not JSON: expected value at character 2",
            f"line 3: deposit {books.id('DEP-1')}: /amount: must be at least 1",
            (
                f"line 6: payment {books.id('PAY-2')}: /allocations/0/invoice: the account has no invoice "
                f"{books.id('NONE')}: bring it in, or leave this out to keep the amount unapplied"
            ),
            (
                f"line 5: payment {books.id('PAY-1')}: warning: /allocations/0/amount: Invoice INV-1 leaves "
                "10000 to pay, in minor units: 10000 of 10001 is applied, 1 stays unapplied."
            ),
        ]

    def test_a_warning_alone_ends_well(self, terminal: CliRunner, tmp_path: Path) -> None:
        books, file = Books(), tmp_path / "books.ndjson"
        file.write_bytes(
            b"\n".join(
                [books.account_line(), books.invoice("INV-1"), books.payment("PAY-1", 10_001, {"INV-1": 10_001})]
            )
        )
        assert terminal.invoke(app, ["import", str(file)]).exit_code == 0

    @pytest.mark.slow
    def test_it_reads_a_pipe(self, database_url: str) -> None:
        """The program itself, whose input can't be read twice."""
        books = Books()
        done = subprocess.run(
            [sys.executable, "-m", "billing_api.cli", "import", "--check", "-"],
            input=books.account_line() + b"\n" + books.invoice("INV-1"),
            env={**os.environ, "DATABASE_URL": database_url},
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.splitlines()[0] == b"a check: nothing was changed"
        assert b"invoice: 1 created" in done.stdout

    def test_a_check_finds_what_a_run_would_and_changes_nothing(self, terminal: CliRunner, tmp_path: Path) -> None:
        books, file = Books(), tmp_path / "books.ndjson"
        file.write_bytes(b"\n".join([books.account_line(), books.invoice("INV-1"), books.payment("P", 1, {"NONE": 1})]))
        checked = terminal.invoke(app, ["import", "--check", str(file)])
        run = terminal.invoke(app, ["import", str(file)])
        assert checked.stdout == f"a check: nothing was changed\n{run.stdout}"
        assert (checked.exit_code, run.exit_code, "invoice: 1 created" in run.stdout) == (1, 1, True)


class TestReport:
    def test_the_report_has_each_line_and_its_findings(self, terminal: CliRunner, tmp_path: Path) -> None:
        books, file, rows = Books(), tmp_path / "books.ndjson", tmp_path / "report.ndjson"
        file.write_bytes(
            b"\n".join(
                [
                    books.account_line(),
                    b"",
                    books.invoice("INV-1"),
                    books.payment("PAY-1", 10_001, {"INV-1": 10_001}),
                    books.invoice("INV-2", currency="XXQ", surprise=1),
                    b"{",
                ]
            )
        )
        assert terminal.invoke(app, ["import", "--report", str(rows), str(file)]).exit_code == 1
        report = sorted((json.loads(line) for line in rows.read_text().splitlines()), key=lambda row: int(row["line"]))
        nothing = {"code": None, "pointer": None, "message": None}
        assert report == [
            {"line": 1, "type": "account", "external_id": books.account, "outcome": "created"} | nothing,
            {"line": 3, "type": "invoice", "external_id": books.id("INV-1"), "outcome": "created"} | nothing,
            {
                "line": 4,
                "type": "payment",
                "external_id": books.id("PAY-1"),
                "outcome": "created",
                "code": "applied_less",
                "pointer": "/allocations/0/amount",
                "message": "Invoice INV-1 leaves 10000 to pay, in minor units: "
                "10000 of 10001 is applied, 1 stays unapplied.",
            },
            {
                "line": 5,
                "type": "invoice",
                "external_id": books.id("INV-2"),
                "outcome": "failed",
                "code": "unknown_currency",
                "pointer": "/currency",
                "message": "There is no such currency in ISO 4217",
            },
            {
                "line": 5,
                "type": "invoice",
                "external_id": books.id("INV-2"),
                "outcome": "failed",
                "code": "extra_forbidden",
                "pointer": "/surprise",
                "message": "there is no such field",
            },
            {
                "line": 6,
                "type": None,
                "external_id": None,
                "outcome": "failed",
                "code": "not_json",
                "pointer": "",
                "message": "is not JSON: it ends inside an object at character 1",
            },
        ]

    def test_a_report_that_can_not_be_written_is_an_error_before_the_import(
        self, terminal: CliRunner, tmp_path: Path
    ) -> None:
        books, file = Books(), tmp_path / "books.ndjson"
        file.write_bytes(books.account_line())
        for place in (tmp_path / "nowhere" / "report.ndjson", file):
            result = terminal.invoke(app, ["import", "--report", str(place), str(file)])
            assert (result.exit_code, "--report" in result.output) == (2, True)
        assert file.read_bytes() == books.account_line()
        assert "account: 1 created" in terminal.invoke(app, ["import", str(file)]).stdout

    def test_when_the_disk_is_full_the_import_goes_on_and_prints_its_findings(
        self, terminal: CliRunner, tmp_path: Path
    ) -> None:
        """/dev/full takes no byte, so rows with findings go to the standard error instead."""
        books, file = Books(), tmp_path / "books.ndjson"
        file.write_bytes(b"\n".join([books.account_line(), books.invoice("INV-1"), books.payment("P", 1, {"NONE": 1})]))
        result = terminal.invoke(app, ["import", "--report", "/dev/full", str(file)])
        assert result.exit_code == 1
        assert "invoice: 1 created" in result.stdout
        printed, last = result.stderr.splitlines()
        assert (json.loads(printed)["line"], json.loads(printed)["code"]) == (3, "invoice_not_found")
        assert last == "billing-api: /dev/full could not be written in full: No space left on device"


def _kill_at_its_first_row(file: Path, pipe: Path, database_url: str) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "billing_api.cli", "import", "--report", str(pipe), str(file)],
        env={**os.environ, "DATABASE_URL": database_url},
    )
    try:
        with pipe.open() as report:
            assert json.loads(report.readline())["outcome"] == "created"
            program.kill()
            program.wait()
    finally:
        program.kill()
        program.wait()


@pytest.mark.slow
class TestKill:
    async def test_committed_lines_stay_and_a_second_run_imports_the_rest(
        self, services: Services, sql: Sql, database_url: str, tmp_path: Path
    ) -> None:
        """The report is a pipe that is read no further than its first row: the program can't come to its end."""
        books, file, pipe = Books(), tmp_path / "books.ndjson", tmp_path / "report"
        lines = [books.account_line(), *(books.invoice(f"INV-{n}") for n in range(1_500))]
        lines += [books.payment(f"PAY-{n}", 10_000, {f"INV-{n}": 10_000}) for n in range(1_500)]
        file.write_bytes(b"\n".join(lines))
        os.mkfifo(pipe)
        _kill_at_its_first_row(file, pipe, database_url)
        again = await services.imports.run(lines)
        assert (again.failures, again.warnings) == ([], [])
        assert again.count(LineOutcome.CREATED) + again.count(LineOutcome.UNCHANGED) == len(lines)
        assert again.count(LineOutcome.CREATED) > 0
        assert again.count(LineOutcome.UNCHANGED) > 0
        found = await services.database.run(lambda: services.accounts.list_references("account", [books.account]))
        (usd,) = (await services.balances.get(found[books.account].account_id)).balances
        assert (usd.balance, usd.due, usd.unapplied_deposits) == (0, 0, 0)
        entries = "SELECT count(*) FROM ledger_entries WHERE account_id = $1"
        assert await sql.fetchval(entries, found[books.account].account_id) == len(lines) - 1


class TestTrouble:
    def test_a_missing_file_is_a_clear_message(self, terminal: CliRunner, tmp_path: Path) -> None:
        result = terminal.invoke(app, ["import", str(tmp_path / "nowhere.ndjson")])
        assert result.exit_code == 2
        assert "No such file" in result.output

    def test_a_database_out_of_reach_is_a_clear_message(
        self, terminal: CliRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", f"postgresql://nobody@/none?host={tmp_path}")
        file = tmp_path / "books.ndjson"
        file.write_bytes(Books().account_line())
        result = terminal.invoke(app, ["import", str(file)])
        assert (result.exit_code, result.stderr.startswith("billing-api: ")) == (2, True)

    @pytest.mark.slow
    async def test_the_report_has_the_committed_lines_when_the_database_goes_away(
        self, worker_id: str, tmp_path: Path
    ) -> None:
        """The report is a pipe: the program waits for its reader while the database is dropped."""
        first, second, pipe = Books(), Books(), tmp_path / "report"
        file, name = tmp_path / "books.ndjson", f"going_{worker_id}"
        lines = [first.account_line(), *(first.invoice(f"{n:0>150}", number=str(n)) for n in range(499))]
        lines += [second.account_line(), second.invoice("INV-1")]
        file.write_bytes(b"\n".join(lines))
        os.mkfifo(pipe)
        url = await server.clone(name)
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "billing_api.cli", "import", "--report", str(pipe), str(file)),
            env={**os.environ, "DATABASE_URL": url, "LOG_LEVEL": "ERROR"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with await asyncio.to_thread(pipe.open) as report:
            await asyncio.to_thread(report.readline)
            await server.drop(name)
            assert len(await asyncio.to_thread(report.readlines)) == 499
        out, err = await program.communicate()
        assert (program.returncode, len(err.splitlines())) == (2, 1)
        assert err.startswith(b"billing-api: DATABASE_URL: ")
        assert out.splitlines()[:2] == [
            b"account: 1 created, 0 updated, 0 unchanged, 0 failed",
            b"invoice: 499 created, 0 unchanged, 0 failed",
        ]


@pytest.mark.slow
class TestStreams:
    """The program itself, with streams that shells and schedulers leave it."""

    def shell(self, command: str, url: str, **env: str) -> "subprocess.CompletedProcess[str]":
        program = f"{sys.executable} -m billing_api.cli import"
        env = {**os.environ, "DATABASE_URL": url, "IMPORT": program, **env}
        return subprocess.run(["bash", "-c", command], env=env, capture_output=True, check=False, text=True)

    def test_the_standard_input_is_read_from_where_it_stands(self, database_url: str, tmp_path: Path) -> None:
        books, file = Books(), tmp_path / "books.ndjson"
        file.write_bytes(b"\n".join([b"a header", books.account_line(), books.invoice("INV-1")]))
        done = self.shell(f"(read -r header; $IMPORT -) < {file}", database_url)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[1] == "invoice: 1 created, 0 unchanged, 0 failed"

    @pytest.mark.parametrize("what", ["- <&-", "/nowhere.ndjson", "/"])
    def test_an_unreadable_file_is_one_line(self, database_url: str, what: str) -> None:
        done = self.shell(f"$IMPORT {what}", database_url)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
        assert "can't be read" in done.stderr

    @pytest.mark.parametrize("where", [">&-", ">/dev/full"])
    def test_results_that_can_not_be_printed_are_an_error(self, database_url: str, tmp_path: Path, where: str) -> None:
        books, file = Books(), tmp_path / "books.ndjson"
        file.write_bytes(b"\n".join([books.account_line(), books.invoice("INV-1"), b"{}"]))
        done = self.shell(f"$IMPORT {file} {where}", database_url)
        printed = done.stderr.splitlines()
        assert (done.returncode, done.stdout) == (1, "")
        assert printed[1] == "invoice: 1 created, 0 unchanged, 0 failed"
        assert printed[-2].startswith("line 3: ")
        assert printed[-1].startswith("billing-api: the standard output can't be written: ")

    def test_letters_that_the_terminal_does_not_have_are_escaped(self, database_url: str, tmp_path: Path) -> None:
        books, file = Books(), tmp_path / "books.ndjson"
        file.write_bytes(b"\n".join([books.account_line(), books.payment("é:smile:", 1, {"NONE": 1})]))
        done = self.shell(f"$IMPORT {file}", database_url, PYTHONIOENCODING="ascii")
        assert (done.returncode, done.stderr) == (1, "")
        assert done.stdout.splitlines()[-1].startswith(f"line 2: payment {books.prefix}-\\xe9:smile:: ")

    @pytest.mark.parametrize("unbuffered", ["", "1"])
    def test_with_no_place_left_to_write_the_import_goes_on(
        self, services: Services, database_url: str, tmp_path: Path, unbuffered: str
    ) -> None:
        """With a buffer, too, that Python tries to write again at the end."""
        books, file = Books(), tmp_path / "books.ndjson"
        file.write_bytes(b"\n".join([b"{}", books.account_line(), books.invoice("INV-1")]))
        command = f"$IMPORT --report /dev/full {file} 2>/dev/full"
        done = self.shell(command, database_url, PYTHONUNBUFFERED=unbuffered)
        assert (done.returncode, "invoice: 1 created" in done.stdout) == (1, True)


class TestBar:
    async def test_is_drawn_on_a_terminal_alone(self, services: Services, tmp_path: Path) -> None:
        file = tmp_path / "books.ndjson"
        file.write_bytes(Books().account_line() + b"\n\n" + b"{}")
        for is_terminal in (True, False):
            drawn = StringIO()
            console = Console(file=drawn, force_terminal=is_terminal, width=100)
            with file.open("rb") as lines:
                await import_file(services.imports, lines, console)
            assert ("2/2" in drawn.getvalue()) is is_terminal

    async def test_texts_of_users_are_no_markup(self, services: Services, tmp_path: Path) -> None:
        file, shown = tmp_path / "books.ndjson", StringIO()
        books = Books()
        file.write_bytes(books.line("account", "[red]", account=None, name="x", currency="USD", surprise=1))
        with file.open("rb") as lines:
            report = await import_file(services.imports, lines, Console(file=StringIO()))
        show(report, Console(file=shown))
        assert f"account {books.id('[red]')}: /surprise: there is no such field" in shown.getvalue()

    async def test_many_failures_are_printed_in_short(self, services: Services, tmp_path: Path) -> None:
        file, shown = tmp_path / "books.ndjson", StringIO()
        file.write_bytes(b"{}\n" * 60)
        with file.open("rb") as lines:
            report = await import_file(services.imports, lines, Console(file=StringIO()))
        show(report, Console(file=shown, width=200))
        assert shown.getvalue().splitlines()[0] == "unreadable: 0 created, 0 unchanged, 60 failed"
        assert shown.getvalue().splitlines()[-1] == "and 10 more lines that failed"
