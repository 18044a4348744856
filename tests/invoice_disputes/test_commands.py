"""`billing-api disputes …`, as an operator's shell runs it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner, Result

from billing_api.cli import app
from tests.factories.invoices import post_invoice
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

Command = Callable[..., Awaitable[Result]]


@pytest.fixture
def disputes(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run `billing-api disputes …` with these arguments."""
    # The log would keep writing to the runner's output, which is closed when the command ends.
    monkeypatch.setattr("billing_api.cli.settings.configure", lambda *_: None)

    async def run(*arguments: str) -> Result:
        environment = {"DATABASE_URL": database_url, "COLUMNS": "80"}
        # A thread of its own: the command begins a loop of its own.
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, ["disputes", *arguments], env=environment))

    return run


@pytest.fixture
async def dispute_id(services: Services, portal: Portal, account_id: UUID) -> str:
    """An open dispute about a twentieth of an invoice."""
    invoice_id = await post_invoice(services, account_id, 10_000, number="INV-7001")
    body = {"reason": "damaged", "text": "[bold]Two boxes[/] were wet.", "amount": 500}
    response = await portal.post(f"/v1/invoices/{invoice_id}/disputes", json=body)
    return str(response.json()["id"])


async def test_open_disputes_are_listed_as_they_were_written(disputes: Command, dispute_id: str) -> None:
    done = await disputes("list", "--limit", "10000")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    (place,) = [place for place, line in enumerate(lines) if dispute_id in line]
    for part in ("INV-7001", "5.00 USD", "damaged"):
        assert part in lines[place]
    assert lines[place + 1] == "    [bold]Two boxes[/] were wet."


async def test_programs_read_them_as_json(disputes: Command, dispute_id: str) -> None:
    done = await disputes("list", "--limit", "10000", "--json")
    (listed,) = [one for one in json.loads(done.stdout) if one["id"] == dispute_id]
    assert (listed["invoice_number"], listed["amount"], listed["currency"]) == ("INV-7001", 500, "USD")


async def test_an_answered_dispute_says_so(disputes: Command, dispute_id: str) -> None:
    answer = ("resolve", dispute_id, "--outcome", "rejected", "--answer", "No.")
    assert (await disputes(*answer)).exit_code == 0
    again = await disputes(*answer)
    assert (again.exit_code, again.stderr) == (2, f"billing-api: Dispute {dispute_id} is rejected already.\n")


async def test_an_answer_closes_a_dispute(disputes: Command, portal: Portal, dispute_id: str) -> None:
    done = await disputes("resolve", dispute_id, "--outcome", "accepted", "--answer", "A credit memo follows.")
    assert (done.exit_code, done.stdout) == (0, f"The dispute {dispute_id} is accepted.\n")
    assert dispute_id not in (await disputes("list", "--limit", "10000")).stdout
    (invoice,) = (await portal.get("/v1/invoices")).json()["data"]
    (dispute,) = (await portal.get(f"/v1/invoices/{invoice['id']}/disputes")).json()["data"]
    assert (dispute["status"], dispute["answer"], invoice["contested"]) == ("accepted", "A credit memo follows.", 0)


async def test_an_unknown_dispute_is_one_line(disputes: Command) -> None:
    done = await disputes("resolve", str(uuid4()), "--outcome", "rejected", "--answer", "No.")
    assert done.exit_code != 0
    assert "There is no dispute" in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.parametrize("answer", ["", " ", "x" * 2001])
async def test_an_answer_says_something(disputes: Command, dispute_id: str, answer: str) -> None:
    done = await disputes("resolve", dispute_id, "--outcome", "rejected", "--answer", answer)
    assert done.exit_code == 2
