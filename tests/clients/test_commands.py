"""`billing-api clients …`, as an operator's shell runs it."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import httpx
import pytest
from typer.testing import CliRunner, Result

from billing_api.cli import app
from billing_api.clients.service import NewSecret
from tests.clients.test_tokens import ask, refused

Command = Callable[..., Awaitable[Result]]
SCOPES = ["--scope", "payments:write", "--scope", "payments:read"]


@pytest.fixture
def clients(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run `billing-api clients …` with these arguments."""
    # The log would keep writing to the runner's output, which is closed when the command ends.
    monkeypatch.setattr("billing_api.cli.settings.configure", lambda *_: None)

    async def run(*arguments: str) -> Result:
        environment = {"DATABASE_URL": database_url, "COLUMNS": "250"}
        # A thread of its own: the command begins a loop of its own.
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, ["clients", *arguments], env=environment))

    return run


def printed(done: Result) -> NewSecret:
    """The credentials, as they can be pasted into a file of settings."""
    assert done.exit_code == 0, done.output
    found = re.fullmatch(r"client_id=(\S+)\nclient_secret=(\S+)\n", done.stdout)
    assert found is not None, done.stdout
    return NewSecret(UUID(found[1]), found[2])


async def test_a_client_is_made_and_gets_a_token(clients: Command, browser: httpx.AsyncClient) -> None:
    made = printed(await clients("create", "NetSuite", *SCOPES))
    assert (await ask(browser, made)).json()["scope"] == "payments:read payments:write"
    listed = (await clients("list")).stdout
    lines = listed.splitlines()
    (place,) = [place for place, line in enumerate(lines) if str(made.client_id) in line]
    assert "active" in lines[place]
    assert not lines[place].endswith("-")  # it has got a token
    assert lines[place + 1] == "    NetSuite: payments:read payments:write"
    assert made.secret not in listed


async def test_a_rotated_client_has_two_secrets(clients: Command, browser: httpx.AsyncClient) -> None:
    first = printed(await clients("create", "NetSuite", *SCOPES))
    second = printed(await clients("rotate", str(first.client_id)))
    for secret in (first, second):
        assert (await ask(browser, secret)).status_code == 200
    last = printed(await clients("rotate", str(first.client_id), "--end-others"))
    for secret in (first, second):
        refused(await ask(browser, secret), 401, "invalid_client")
    assert (await ask(browser, last)).status_code == 200


async def test_a_disabled_client_gets_no_token(clients: Command, browser: httpx.AsyncClient) -> None:
    made = printed(await clients("create", "NetSuite", *SCOPES))
    done = await clients("disable", str(made.client_id))
    assert done.exit_code == 0
    refused(await ask(browser, made), 401, "invalid_client")
    await clients("enable", str(made.client_id))
    assert (await ask(browser, made)).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["create", "NetSuite"], "scope"),
        (["create", "NetSuite", "--scope", "all"], "payments:write"),
        (["create", "", *SCOPES], "character"),
        (["create", "Card 4111 1111 1111 1111", *SCOPES], "card"),
        (["rotate", str(uuid4())], "There is no client"),
        (["disable", str(uuid4())], "There is no client"),
        (["enable", "me"], "UUID"),
    ],
)
async def test_a_mistake_is_one_line(clients: Command, arguments: list[str], words: str) -> None:
    done = await clients(*arguments)
    assert done.exit_code == 2
    assert words in done.output
    assert "Traceback" not in done.output
