"""`billing-api users …`, as an operator's shell runs it."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import httpx
import pytest
from typer.testing import CliRunner, Result

from billing_api.cli import app
from tests.factories.imports import Books
from tests.factories.sessions import PASSWORD
from tests.fixtures.services import Services

Command = Callable[..., Awaitable[Result]]


@pytest.fixture
def users(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run `billing-api users …` with these arguments; `given` is its standard input."""
    # The log would keep writing to the runner's output, which is closed when the command ends.
    monkeypatch.setattr("billing_api.cli.settings.configure", lambda *_: None)

    async def run(*arguments: str, given: str | bytes = "", portal_url: str = "") -> Result:
        environment = {"DATABASE_URL": database_url, "PORTAL_URL": portal_url, "COLUMNS": "200"}
        # A thread of its own: the command begins a loop of its own.
        return await asyncio.to_thread(
            lambda: CliRunner().invoke(app, ["users", *arguments], input=given, env=environment)
        )

    return run


@pytest.fixture
async def account(services: Services) -> str:
    """The external id of an account without users, as an import leaves it."""
    books = Books()
    await services.imports.run([books.account_line()])
    return books.account


async def create(users: Command, account: str, *options: str, given: str = "") -> tuple[str, Result]:
    email = f"{uuid4().hex}@example.com"
    return email, await users("create", email, "--account", account, "--name", "Pat Example", *options, given=given)


async def can_sign_in(browser: httpx.AsyncClient, email: str, password: str = PASSWORD) -> bool:
    response = await browser.post("/v1/sessions", json={"email": email, "password": password})
    assert response.status_code in {201, 401}
    return response.status_code == 201


async def test_an_imported_accounts_first_owner_signs_in(
    users: Command, account: str, browser: httpx.AsyncClient
) -> None:
    email, done = await create(users, account, given=f"{PASSWORD}\n")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"{email} may enter the account {account} as owner.\n"
    assert await can_sign_in(browser, email)


async def test_a_one_time_link_is_printed(
    users: Command, account: str, client: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    email, _ = await create(users, account, "--role", "viewer", "--link")
    done = await users("set-password", email, "--link", portal_url="https://portal.example.com/")
    address, token = done.stdout.splitlines()[-1].split("#token=")
    assert address == "https://portal.example.com/set-password"
    body = {"token": token, "new_password": PASSWORD}
    assert (await client.post("/v1/password-resets/confirm", json=body)).status_code == 204
    assert await can_sign_in(browser, email)


async def test_a_disabled_user_can_not_sign_in(users: Command, account: str, browser: httpx.AsyncClient) -> None:
    email, _ = await create(users, account, given=PASSWORD)
    assert (await users("disable", email.upper())).exit_code == 0
    assert not await can_sign_in(browser, email)
    assert (await users("enable", email)).exit_code == 0
    assert await can_sign_in(browser, email)


async def test_roles_and_the_list(users: Command, account: str) -> None:
    email, _ = await create(users, account, given=PASSWORD)
    assert (await users("set-role", email, "--account", account, "--role", "payer")).exit_code == 0
    (line,) = [line for line in (await users("list", "--account", account)).stdout.splitlines() if email in line]
    assert [word for word in ("Pat Example", "payer", "no", " -  ") if word not in line] == []
    assert (await users("remove", email, "--account", account)).exit_code == 0
    assert email not in (await users("list", "--account", account)).stdout


@pytest.mark.parametrize(
    ("arguments", "given", "words"),
    [
        (("create", "pat@example.com", "--account", "nowhere", "--name", "Pat"), PASSWORD, "nowhere: import it first"),
        (("disable", "nobody@example.com"), "", "No user signs in with nobody@example.com."),
        (("set-password", "nobody@example.com"), PASSWORD, "No user signs in with nobody@example.com."),
        (("set-password", "nobody@example.com"), "short\n", "No user signs in with nobody@example.com."),
    ],
)
async def test_a_refusal_is_one_line(users: Command, arguments: tuple[str, ...], given: str, words: str) -> None:
    done = await users(*arguments, given=given)
    assert (done.exit_code, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("billing-api: ")
    assert words in line


async def an_owner(users: Command, account: str, name: str = "Pat Example") -> str:
    email = f"{uuid4().hex}@example.com"
    done = await users("create", email, "--account", account, "--name", name, given=PASSWORD)
    assert done.exit_code == 0, done.output
    return email


class TestPassword:
    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ("short\n", "Fifteen characters are needed"),
            ("", "Fifteen characters are needed"),
            ("a quiet river " * 19, "at most 256 characters"),
            (f"{PASSWORD} {'é' * 256}", "at most 256 characters"),
            ("a quiet river \u00e9t\u00e9".encode("latin-1"), "not UTF-8"),
            (b"\xff\xfe" * 20, "not UTF-8"),
            ("SunnySideBakery42\n", "easy to guess"),
            ("PatExample1234567\n", "easy to guess"),
        ],
    )
    async def test_a_refused_password_is_one_line(
        self, users: Command, services: Services, browser: httpx.AsyncClient, given: str | bytes, words: str
    ) -> None:
        """And the one before stays; the own words are those that the API has."""
        books = Books()
        await services.imports.run([books.account_line(name="Sunny Side Bakery")])
        email = await an_owner(users, books.account)
        new = f"{uuid4().hex}@example.com"
        creating = ("create", new, "--account", books.account, "--name", "Pat Example")
        for arguments in (("set-password", email), creating):
            done = await users(*arguments, given=given)
            assert (done.exit_code, done.stdout) == (2, "")
            (line,) = done.stderr.splitlines()
            assert line.startswith("billing-api: ")
            assert words in line
        assert await can_sign_in(browser, email)

    @pytest.mark.parametrize("password", ["a quiet river at dusk é日本", ("a quiet river at dusk " * 12)[:256]])
    async def test_a_password_of_the_command_signs_in(
        self, users: Command, account: str, browser: httpx.AsyncClient, password: str
    ) -> None:
        email = await an_owner(users, account)
        assert (await users("set-password", email, given=f"{password}\r\n".encode())).exit_code == 0
        assert await can_sign_in(browser, email, password)


@pytest.mark.parametrize(
    "name", ["Pat [/red] Example", "[link=https://evil.example]Pat[/link]", "[bold]Pat", "Pat :smile:"]
)
async def test_a_name_is_listed_as_it_is(users: Command, account: str, name: str) -> None:
    email = await an_owner(users, account, name)
    done = await users("list", "--account", account)
    assert (done.exit_code, done.exception) == (0, None)
    (line,) = [line for line in done.stdout.splitlines() if email in line]
    assert name in line


async def test_a_wrong_address_is_no_address(users: Command) -> None:
    done = await users("disable", "nobody")
    assert done.exit_code == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["\u3164", "4111 1111 1111 1111", "Pat\x07"])
async def test_a_name_is_a_text_as_the_api_takes_it(users: Command, account: str, name: str) -> None:
    done = await users("create", "pat@example.com", "--account", account, "--name", name, given=PASSWORD)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "--name" in done.stderr
