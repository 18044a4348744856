"""The commands, as a shell has them."""

import re

import pytest

from billing_api.auth.keys import new_keys
from tests.fixtures import server
from tests.fixtures.commands import run, run_anew
from tests.test_config import PRODUCTION as _PRODUCTION

PRODUCTION = {name: value for name, value in _PRODUCTION.items() if name != "SIGNING_KEYS"}


@pytest.mark.parametrize("arguments", [["keys", "--rotate"], ["jobs", "retry"]])
def test_a_forked_command_does_what_one_with_an_interpreter_of_its_own_does(arguments: list[str]) -> None:
    """Most tests of commands fork them."""
    forked, anew = (start(*arguments, SIGNING_KEYS="") for start in (run, run_anew))
    assert forked.returncode == anew.returncode == 2
    assert (forked.stdout, forked.stderr) == (anew.stdout, anew.stderr)


def test_a_forked_command_ends_with_its_error_too() -> None:
    done = run(module="tests.fixtures.nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == "ImportError: No module named tests.fixtures.nowhere"


@pytest.mark.parametrize("command", ["migrate", "reconcile"])
@pytest.mark.parametrize("place", ["no server", "no database"])
def test_a_database_that_is_not_there_is_one_line(command: str, place: str) -> None:
    """The operator can mend DATABASE_URL without a traceback. The log's lines stand before it."""
    url = "postgresql://127.0.0.1:1/nowhere" if place == "no server" else server.url_of("nowhere")
    done = run(command, DATABASE_URL=url)
    assert (done.returncode, done.stdout) == (2, "")
    *logged, line = done.stderr.splitlines()
    assert line.startswith("billing-api: DATABASE_URL: ")
    assert all(re.match(r"\d\d:\d\d:\d\d \[(info|warning) ", one) for one in logged), done.stderr


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("BOOKS_TIME_ZONE", "Mars/Olympus", "BOOKS_TIME_ZONE"),
        ("CORS_ORIGINS", '["*"]', "CORS_ORIGINS, item 1: "),
        ("CORS_ORIGINS", "[", "CORS_ORIGINS: "),
        ("GATEWAY_MERCHANT_ACCOUNTS", "{", "GATEWAY_MERCHANT_ACCOUNTS: "),
        ("DATABASE_URL", "mysql://x/y", "DATABASE_URL: must begin with postgresql://"),
        ("DATABASE_URL", "postgresql://h/books?sslmode=no", 'DATABASE_URL: the parameter "sslmode" can only be'),
        ("ENVIRONMENT", "production", "GATEWAY_ENVIRONMENT"),
        ("GATEWAY_ACH_VERIFICATION", "guess", "GATEWAY_ACH_VERIFICATION"),
        ("GATEWAY_ACH_VERIFICATION", "", "'network_check', 'independent_check' or 'micro_transfers'"),
    ],
)
def test_an_invalid_setting_ends_the_start(setting: str, value: str, words: str) -> None:
    """By its name and the reason, before anything is connected to."""
    done = run("serve", **{setting: value})
    assert done.returncode == 2
    assert words in done.stderr
    assert all(line.startswith("billing-api: ") for line in done.stderr.splitlines())


def test_production_gets_no_demo_account() -> None:
    """Its password is in this repository."""
    done = run(module="billing_api.dev.seed", **PRODUCTION, SIGNING_KEYS=new_keys())
    assert done.returncode == 2
    assert done.stderr == "billing-api: ENVIRONMENT=production: the demo account has a public password: refused.\n"


def test_keys_are_rotated_only_where_there_are_some() -> None:
    """Two new keys in the place of rotated ones would sign everybody out."""
    done = run("keys", "--rotate", SIGNING_KEYS="")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "billing-api: SIGNING_KEYS is not set: there is nothing to rotate\n"


def test_no_refusal_prints_a_secret() -> None:
    """The document's command has no settings of its own, and shows none of others'."""
    done = run("openapi", "--check", ENVIRONMENT="production", SIGNING_KEYS='[{"d":"LEAK-ME"}]')
    assert done.returncode != 0
    assert "LEAK-ME" not in done.stdout + done.stderr
