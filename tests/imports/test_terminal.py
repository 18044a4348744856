"""`billing-api import`: what a person sees, and what the shell is told."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from billing_api.bootstrap import Services
from billing_api.cli import app
from billing_api.imports.terminal import import_file, show
from tests.factories.imports import Books


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, database_url: str) -> CliRunner:
    """A shell whose environment names the tests' database."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    # The log would keep writing to the runner's output, which is closed when the command ends.
    monkeypatch.setattr("billing_api.cli.settings.configure", lambda settings: None)
    return CliRunner()


class TestCommand:
    def test_counts_what_was_imported_and_ends_well(self, terminal: CliRunner, tmp_path: Path) -> None:
        books, file = Books(), tmp_path / "books.ndjson"
        file.write_bytes(b"\n".join([books.account_line(), books.invoice("INV-1"), books.payment("PAY-1", 100)]))
        first = terminal.invoke(app, ["import", str(file)])
        assert (first.exit_code, first.stdout.splitlines()) == (
            0,
            [
                "account: 1 created, 0 unchanged, 0 failed",
                "invoice: 1 created, 0 unchanged, 0 failed",
                "payment: 1 created, 0 unchanged, 0 failed",
            ],
        )
        assert "invoice: 0 created, 1 unchanged, 0 failed" in terminal.invoke(app, ["import", str(file)]).stdout

    def test_lists_the_lines_that_failed_and_ends_with_1(self, terminal: CliRunner, tmp_path: Path) -> None:
        books, file = Books(), tmp_path / "books.ndjson"
        file.write_bytes(
            b"\n".join([books.account_line(), b"[red]{", books.deposit("DEP-1", 0), books.invoice("INV-1")])
        )
        result = terminal.invoke(app, ["import", str(file)])
        assert result.exit_code == 1
        assert "invoice: 1 created, 0 unchanged, 0 failed" in result.stdout
        assert "line 2: unreadable: Invalid JSON" in result.stdout
        assert "line 3: unreadable: amount: Input should be greater than or equal to 1" in result.stdout

    def test_a_missing_file_is_a_clear_message(self, terminal: CliRunner, tmp_path: Path) -> None:
        result = terminal.invoke(app, ["import", str(tmp_path / "nowhere.ndjson")])
        assert result.exit_code == 2
        assert "does not exist" in result.output

    def test_a_database_out_of_reach_is_a_clear_message(
        self, terminal: CliRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", f"postgresql://nobody@/none?host={tmp_path}")
        file = tmp_path / "books.ndjson"
        file.write_bytes(Books().account_line())
        result = terminal.invoke(app, ["import", str(file)])
        assert (result.exit_code, result.stderr.startswith("billing-api: ")) == (2, True)


class TestBar:
    async def test_is_drawn_on_a_terminal_alone(self, services: Services, tmp_path: Path) -> None:
        file = tmp_path / "books.ndjson"
        file.write_bytes(Books().account_line() + b"\n\n" + b"{}")
        for is_terminal in (True, False):
            drawn = StringIO()
            await import_file(services.imports, file, Console(file=drawn, force_terminal=is_terminal, width=100))
            assert ("2/2" in drawn.getvalue()) is is_terminal

    async def test_what_people_wrote_is_no_markup(self, services: Services, tmp_path: Path) -> None:
        file, shown = tmp_path / "books.ndjson", StringIO()
        books = Books()
        file.write_bytes(books.line("account", "[red]", account=None, name="x", currency="USD", surprise=1))
        show(await import_file(services.imports, file, Console(file=StringIO())), Console(file=shown))
        assert "surprise: Extra inputs are not permitted" in shown.getvalue()

    async def test_many_failures_are_told_in_short(self, services: Services, tmp_path: Path) -> None:
        file, shown = tmp_path / "books.ndjson", StringIO()
        file.write_bytes(b"{}\n" * 60)
        show(await import_file(services.imports, file, Console(file=StringIO())), Console(file=shown, width=200))
        assert shown.getvalue().splitlines()[0] == "unreadable: 0 created, 0 unchanged, 60 failed"
        assert shown.getvalue().splitlines()[-1] == "and 10 more lines that failed"
