"""The import's manual."""

import json
import re
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from rich.console import Console
from typer.testing import CliRunner

from billing_api.cli import app
from billing_api.imports.report import LineOutcome
from billing_api.imports.report_file import ReportFile
from billing_api.imports.terminal import show
from tests.fixtures.services import Services

_ROOT = Path(__file__).parents[2]
_MANUAL = (_ROOT / "docs" / "imports.md").read_text()


def examples() -> list[bytes]:
    """One of each type, in the manual's order, under external ids of this test's own."""
    mark = uuid4().hex
    found = re.findall(r"```json\n(.*?)\n```", _MANUAL, re.DOTALL)
    return [re.sub(r'"(C-100|I-1|CM-1|D-1|P-1)"', rf'"\1-{mark}"', line).encode() for line in found]


async def test_every_line_of_the_manual_can_be_imported(services: Services) -> None:
    lines = examples()
    assert [json.loads(line)["type"] for line in lines] == [
        "account",
        "account",
        "invoice",
        "credit_memo",
        "deposit",
        "payment",
    ]
    report = await services.imports.run(lines)
    assert (report.failures, report.warnings) == ([], [])
    assert (report.count(LineOutcome.CREATED), report.count(LineOutcome.UPDATED)) == (len(lines) - 1, 1)


async def test_report_and_output_are_as_the_manual_shows_them(services: Services, tmp_path: Path) -> None:
    """Another check has paid the invoice of the manual, and a third one names an invoice that is not there."""
    account, changed, invoice, *_, payment = examples()
    mark = json.loads(account)["external_id"].removeprefix("C-100")
    await services.imports.run([account, invoice])
    first = json.loads(payment) | {"external_id": f"P-0{mark}", "amount": 10825}
    first["allocations"][0]["amount"] = 10825
    third = json.loads(payment) | {"external_id": f"P-3{mark}", "amount": 100}
    third["allocations"] = [{"invoice": "I-9", "amount": 100}]
    lines = [changed, b"", b"", b"", json.dumps(first).encode(), payment, json.dumps(third).encode()]
    with (tmp_path / "report.ndjson").open("w+") as file, (tmp_path / "rest").open("w") as rest:
        report = await services.imports.run(lines, ReportFile(file, rest).add)
        file.seek(0)
        rows = [json.loads(row.replace(mark, "")) for row in file]
    (row,) = [json.loads(row) for row in re.findall(r'^\{"line".*', _MANUAL, re.MULTILINE)]
    assert row in rows
    printed = StringIO()
    show(report, Console(file=printed))
    assert f"```\n{printed.getvalue().replace(mark, '')}```\n" in _MANUAL


@pytest.mark.parametrize("text", [_MANUAL, (_ROOT / "README.md").read_text()], ids=["imports.md", "README.md"])
def test_every_shown_command_exists(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each ends at the database, which is out of reach, and not at its options."""
    (tmp_path / "documents.ndjson").write_bytes(examples()[0])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setattr("billing_api.cli.settings.configure", lambda *_: None)
    commands = re.findall(r"billing-api (import (?:--[a-z]+ |[a-z]+\.ndjson ?)+)", text)
    assert len(commands) >= 2
    for command in commands:
        result = CliRunner().invoke(app, command.split())
        assert (result.exit_code, result.stderr.startswith("billing-api: DATABASE_URL: ")) == (2, True), command


def test_every_code_of_the_services_is_in_the_manual() -> None:
    """A new error that an import can meet must be in the manual, too."""
    codes = set(re.findall(r"`([a-z_]+)`", _MANUAL))
    sources = [
        *(_ROOT / "src/billing_api/imports").glob("*.py"),
        *(_ROOT / "src/billing_api/invoices").glob("schemas.py"),
    ]
    sources += [_ROOT / f"src/billing_api/{room}/schemas.py" for room in ("invoices", "credits")]
    made = {
        code
        for source in sources
        for code in re.findall(r'(?:Finding|PydanticCustomError)\(\s*"([a-z_]+)"', source.read_text())
    }
    assert made
    assert made <= codes
