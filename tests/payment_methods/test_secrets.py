"""Canaries: secrets on their way to the vault, and numbers in the wrong places, are printed, answered and kept nowhere.

tests/sessions/test_secrets.py does the same for sign-ins.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from pydantic import SecretStr

from billing_api.auth.passwords import Passwords
from billing_api.config import Settings
from braintree_sandbox.testing import Sandbox
from tests.factories.addresses import ADDRESSES, new_address
from tests.factories.payments import MANDATE, new_key
from tests.factories.users import make_member
from tests.fixtures.process import serving
from tests.fixtures.services import open_services

METHODS = "/v1/payment-methods"
JSON = {"Content-Type": "application/json"}

PASSWORD = "canary of the right password"
CARD = "4012888888881881"
DECLINED_CARD = "4000111111111115"
CVV = "canary-of-the-cvv"
ACCOUNT_NUMBER = "1000000001"
ROUTING_NUMBER = "122105155"
# What a confused client sends where a nonce belongs.
NUMBERS: list[dict[str, Any]] = [
    {"type": "card", "number": CARD, "cvv": CVV},
    {"type": "card", "nonce": "fake-valid-nonce", "card_number": CARD, "cvv": CVV},
    {"type": "card", "nonce": CARD},
    {"type": "card", "nonce": {"number": CARD, "cvv": CVV}},
    {"type": "card", "nonce": [CARD, CVV]},
    {"type": "card", "nonce": int(CARD)},
    {"type": CARD, "nonce": "fake-valid-nonce"},
    {"type": ACCOUNT_NUMBER, "nonce": "fake-us-bank-account-nonce"},
    {"type": "us_bank_account", "account_number": ACCOUNT_NUMBER, "routing_number": ROUTING_NUMBER},
    {
        "type": "us_bank_account",
        "nonce": "fake-us-bank-account-nonce",
        "mandate": MANDATE | {"account": ACCOUNT_NUMBER},
    },
    {"type": "us_bank_account", "nonce": "fake-us-bank-account-nonce", "mandate": MANDATE | {"text": f"card {CARD}"}},
]


@dataclass
class Told:
    """What goes in and must not come out, and every response that there was."""

    secrets: set[str] = field(
        default_factory=lambda: {PASSWORD, CARD, DECLINED_CARD, CVV, ACCOUNT_NUMBER, ROUTING_NUMBER}
    )
    responses: list[httpx.Response] = field(default_factory=list)

    def secret(self, value: str) -> str:
        """The value, to be looked for."""
        self.secrets.add(value)
        return value

    def statuses(self, *responses: httpx.Response) -> list[int]:
        """The statuses of responses, whose texts are to be looked through."""
        self.responses += responses
        return [response.status_code for response in responses]

    def found_in(self, text: str) -> list[str]:
        """The secrets that a text holds."""
        return sorted(secret for secret in self.secrets if secret in text)


async def sign_in(client: httpx.AsyncClient, email: str, told: Told) -> None:
    """With the right password; the client carries the access token from then on."""
    body = {"email": email, "password": PASSWORD, "refresh_token_in": "body"}
    tokens = (await client.post("/v1/sessions", json=body, headers={"User-Agent": f"browser of {CARD}"})).json()
    told.secret(tokens["refresh_token"])
    client.headers["Authorization"] = f"Bearer {told.secret(tokens['access_token'])}"
    client_token = (await client.post(f"{METHODS}/client-token")).json()["client_token"]
    told.secret(client_token)


async def vault(client: httpx.AsyncClient, sandbox: Sandbox, told: Told) -> None:
    """A card and a bank account that are stored, a card that is declined, and a gateway in every kind of trouble."""

    def card(number: str = CARD, **fields: str) -> dict[str, Any]:
        return {
            "type": "card",
            "nonce": told.secret(sandbox.card_nonce(number, **fields)),
            "on_duplicate": "store_again",
        }

    async def store(body: dict[str, Any]) -> httpx.Response:
        return await client.post(METHODS, json=body, headers=new_key())

    bank_account = {
        "type": "us_bank_account",
        "nonce": told.secret(sandbox.bank_nonce(ACCOUNT_NUMBER)),
        "mandate": MANDATE,
    }
    named = await store(card(cardholder_name=f"Pat {CARD}"))
    assert told.statuses(named, await store(bank_account), await store(card(DECLINED_CARD))) == [201, 201, 402]
    assert named.json()["card"]["cardholder_name"] == "Pat [card number]"
    for kind, settings in (
        ("garbage", {}),
        ("garbage", {"commit": True}),
        ("drop", {}),
        ("status", {"status": 500}),
        ("status", {"status": 503}),
        ("status", {"status": 429}),
    ):
        body = card()
        sandbox.fault(kind, match={"body": body["nonce"]}, **settings)
        [status] = told.statuses(await store(body))
        assert status in {201, 503}, (kind, settings)  # what was stored for all that is found by its token
    spent = await store(bank_account | {"mandate": MANDATE})
    assert told.statuses(spent) != [500]


async def confuse(client: httpx.AsyncClient, told: Told) -> None:
    """Numbers and nonces in bodies, queries, paths and headers that are not for them."""
    for body in NUMBERS:
        assert told.statuses(await client.post(METHODS, json=body)) == [422], body
    nonce = told.secret("canary-of-a-nonce-that-is-none")
    malformed = f'{{"type": "card", "nonce": "{nonce}", "number": "{CARD}"'
    kept = {"Idempotency-Key": f"the card {CARD} please", "X-Request-Id": CARD}
    responses = [
        await client.post(METHODS, content=malformed, headers=JSON),
        await client.post(METHODS, content=malformed.encode() + b"\xff", headers=JSON),
        await client.post(f"{METHODS}?nonce={nonce}&number={CARD}", json={"type": "card", "nonce": nonce}),
        await client.get(f"{METHODS}?number={CARD}"),
        await client.get(f"{METHODS}/{CARD}"),
        await client.request(CARD, METHODS),
        await client.post(ADDRESSES, json=new_address(), headers=kept),
        await client.post(ADDRESSES, json=new_address(), headers={"X-Request-Id": CARD}),
        await client.post(ADDRESSES, json=new_address() | {"label": CARD}),
    ]
    assert told.statuses(*responses) == [400, 400, 422, 422, 422, 400, 400, 201, 422]


async def break_down(client: httpx.AsyncClient, sandbox: Sandbox, database: asyncpg.Connection, told: Told) -> None:
    """Fail in a way that nobody foresaw: that is when programs print what they hold."""
    await database.execute("ALTER TABLE payment_methods ADD CONSTRAINT unforeseen CHECK (last4 IS NULL) NOT VALID")
    await database.execute("ALTER TABLE addresses RENAME COLUMN label TO name")
    nonce = told.secret(sandbox.card_nonce(CARD))
    store = await client.post(METHODS, json={"type": "card", "nonce": nonce, "on_duplicate": "store_again"})
    address = await client.post(ADDRESSES, json=new_address(), headers={"User-Agent": CARD})
    assert told.statuses(store, address) == [503, 500]  # the card is at the gateway, and a check will record it


async def dump(database: asyncpg.Connection) -> str:
    """Every row of every table, as text."""
    tables = await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    rows = [row for table in tables for row in await database.fetch(f"SELECT t::text FROM {table[0]} AS t")]
    return "\n".join(row[0] for row in rows)


async def test_no_line_row_or_answer_holds_a_secret(own_database: str, sandbox: Sandbox, tmp_path: Path) -> None:
    passwords = Passwords(threads=1)
    stored = await passwords.hash(SecretStr(PASSWORD))
    passwords.close()
    async with open_services(Settings(database_url=own_database)) as services:
        member = await make_member(services, password=stored)
    told, output = Told(), tmp_path / "output"
    environment = {"DATABASE_URL": own_database, "GATEWAY_PORT": str(sandbox.port)}
    database = await asyncpg.connect(own_database)
    async with serving(environment, output) as client:
        await sign_in(client, member.email, told)
        await vault(client, sandbox, told)
        await confuse(client, told)
        await break_down(client, sandbox, database, told)
    kept = await dump(database)
    await database.close()
    printed = output.read_text()
    for event in ("payment_method_not_recorded", "request_failed"):
        assert printed.count(event) == 1, "the test must see what is printed"
    assert printed.count("gateway_trouble") >= 4, "in every trouble"
    assert "Pat [card number]" in kept, "the test must see what is kept"
    assert [response.text for response in told.responses if told.found_in(response.text)] == []
    assert told.found_in(printed) == []
    assert told.found_in(kept) == []
    assert stored.hash in kept, "a password is kept as its hash alone"
