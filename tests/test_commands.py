"""Every command on a database, with the settings that it reads: each of its parts can be made from them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from billing_api.cli import app


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, own_database: str) -> CliRunner:
    """A shell whose environment names a database without rows, and no other setting."""
    monkeypatch.setenv("DATABASE_URL", own_database)
    # The log would keep writing to the runner's output, which is closed when the command ends.
    monkeypatch.setattr("billing_api.cli.settings.configure", lambda *_: None)
    return CliRunner()


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("import {empty}", 0),
        ("import --check {empty}", 0),
        ("reconcile", 0),
        ("chargebacks record nowhere --amount 1.00 --currency USD --reason Known", 1),
        ("chargebacks record nowhere --amount 1.001 --currency USD --reason Known", 2),
        ("chargebacks record nowhere --amount some --currency USD --reason Known", 2),
        ("chargebacks record nowhere --amount Infinity --currency USD --reason Known", 2),
        ("chargebacks record nowhere --amount 1e30 --currency USD --reason Known", 2),
        ("chargebacks record nowhere --amount 1.00 --won=-1.00 --currency USD --reason Known", 2),
        ("clients list", 0),
        ("clients rotate 00000000-0000-0000-0000-000000000000", 2),
        ("disputes list", 0),
        ("jobs list", 0),
        ("jobs periodic", 0),
        ("jobs show 00000000-0000-0000-0000-000000000000", 2),
        ("jobs retry --task deliveries.send", 1),
        ("refunds list", 0),
        ("refunds list --json", 0),
        ("refunds resolve 00000000-0000-0000-0000-000000000000 --given-up --reason Small", 2),
        ("users list --account nowhere", 2),
        ("users remove pat@example.com --account nowhere", 2),
    ],
)
def test_each_command_composes_its_parts(shell: CliRunner, tmp_path: Path, command: str, status: int) -> None:
    empty = tmp_path / "empty.ndjson"
    empty.touch()
    done = shell.invoke(app, command.format(empty=empty).split())
    assert (done.exit_code, type(done.exception)) == (status, SystemExit if status else type(None)), done.output
