"""Canaries: secrets on their way to the vault, and numbers in the wrong places, are printed, answered and kept nowhere.

tests/sessions/test_secrets.py does the same for sign-ins.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from billing_api.auth.passwords import Passwords
from billing_api.config import Settings
from braintree_sandbox.testing import Sandbox
from tests.factories.addresses import ADDRESSES, new_address
from tests.factories.invoices import post_invoice
from tests.factories.payments import MANDATE, new_key, of_invoices
from tests.factories.users import make_member
from tests.fixtures.process import serving
from tests.fixtures.services import open_services

pytestmark = pytest.mark.slow

METHODS = "/v1/payment-methods"
JSON = {"Content-Type": "application/json"}

PASSWORD = "canary of the right password"
CARD = "4012888888881881"
DECLINED_CARD = "4000111111111115"
PAID_CARD = "5555555555554444"
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
class Canaries:
    """The secrets of the requests, and every response."""

    secrets: set[str] = field(
        default_factory=lambda: {PASSWORD, CARD, DECLINED_CARD, PAID_CARD, CVV, ACCOUNT_NUMBER, ROUTING_NUMBER}
    )
    responses: list[httpx.Response] = field(default_factory=list)

    def secret(self, value: str) -> str:
        """Note a secret to look for; return it."""
        self.secrets.add(value)
        return value

    def statuses(self, *responses: httpx.Response) -> list[int]:
        """Keep responses to look through; return their statuses."""
        self.responses += responses
        return [response.status_code for response in responses]

    def found_in(self, text: str) -> list[str]:
        """Return the secrets that a text contains."""
        return sorted(secret for secret in self.secrets if secret in text)


async def sign_in(client: httpx.AsyncClient, email: str, canaries: Canaries) -> None:
    """Sign in with the right password; the client sends the access token from then on."""
    body = {"email": email, "password": PASSWORD, "refresh_token_in": "body"}
    tokens = (await client.post("/v1/sessions", json=body, headers={"User-Agent": f"browser of {CARD}"})).json()
    canaries.secret(tokens["refresh_token"])
    client.headers["Authorization"] = f"Bearer {canaries.secret(tokens['access_token'])}"
    client_token = (await client.post(f"{METHODS}/client-token")).json()["client_token"]
    canaries.secret(client_token)


async def vault(client: httpx.AsyncClient, sandbox: Sandbox, canaries: Canaries) -> None:
    """Store a card and a bank account, have a card declined, and let the gateway fail in every way."""

    def card(number: str = CARD, **fields: str) -> dict[str, Any]:
        return {
            "type": "card",
            "nonce": canaries.secret(sandbox.card_nonce(number, **fields)),
            "on_duplicate": "store_again",
        }

    async def store(body: dict[str, Any]) -> httpx.Response:
        return await client.post(METHODS, json=body, headers=new_key())

    bank_account = {
        "type": "us_bank_account",
        "nonce": canaries.secret(sandbox.bank_nonce(ACCOUNT_NUMBER)),
        "mandate": MANDATE,
    }
    named = await store(card(cardholder_name=f"Pat {CARD}"))
    assert canaries.statuses(named, await store(bank_account), await store(card(DECLINED_CARD))) == [201, 201, 402]
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
        [status] = canaries.statuses(await store(body))
        assert status in {201, 503}, (kind, settings)  # what was stored for all that is found by its token
    spent = await store(bank_account | {"mandate": MANDATE})
    assert canaries.statuses(spent) != [500]


async def pay(client: httpx.AsyncClient, sandbox: Sandbox, invoices: list[UUID], canaries: Canaries) -> None:
    """Pay by nonces, with the gateway failing when one is looked up, and when one is charged."""
    for invoice, (kind, place) in zip(
        invoices, [(None, ""), ("drop", "path"), ("status", "path"), ("drop", "body"), ("garbage", "body")], strict=True
    ):
        nonce = canaries.secret(sandbox.card_nonce(PAID_CARD))
        if kind is not None:
            sandbox.fault(kind, match={place: nonce}, commit=place == "body")
        body = {
            "currency": "USD",
            "pay": of_invoices({"invoice_id": str(invoice)}),
            "payment_method": {"type": "card", "nonce": nonce, "store": True},
            "device_data": canaries.secret(f"canary-of-a-device-{nonce}"),
        }
        [status] = canaries.statuses(await client.post("/v1/payments", json=body, headers=new_key()))
        assert status == {"": 201, "path": 503, "body": 202}[place], (kind, place)


async def confuse(client: httpx.AsyncClient, canaries: Canaries) -> None:
    """Send numbers and nonces in wrong places of bodies, queries, paths and headers."""
    for body in NUMBERS:
        assert canaries.statuses(await client.post(METHODS, json=body)) == [422], body
    nonce = canaries.secret("canary-of-a-nonce-that-is-none")
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
    assert canaries.statuses(*responses) == [400, 400, 422, 422, 422, 400, 400, 201, 422]


async def break_down(
    client: httpx.AsyncClient, sandbox: Sandbox, database: asyncpg.Connection, canaries: Canaries
) -> None:
    """Fail in an unexpected way, in which programs tend to print their variables."""
    await database.execute("ALTER TABLE payment_methods ADD CONSTRAINT unforeseen CHECK (last4 IS NULL) NOT VALID")
    await database.execute("ALTER TABLE addresses RENAME COLUMN label TO name")
    nonce = canaries.secret(sandbox.card_nonce(CARD))
    store = await client.post(METHODS, json={"type": "card", "nonce": nonce, "on_duplicate": "store_again"})
    address = await client.post(ADDRESSES, json=new_address(), headers={"User-Agent": CARD})
    assert canaries.statuses(store, address) == [503, 500]  # the card is at the gateway, and a check will record it


async def dump(database: asyncpg.Connection) -> str:
    """Return every row of every table as text."""
    tables = await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    rows = [row for table in tables for row in await database.fetch(f"SELECT t::text FROM {table[0]} AS t")]
    return "\n".join(row[0] for row in rows)


async def test_no_line_row_or_response_holds_a_secret(own_database: str, sandbox: Sandbox, tmp_path: Path) -> None:
    passwords = Passwords(threads=1)
    stored = await passwords.hash(SecretStr(PASSWORD))
    passwords.close()
    async with open_services(Settings(database_url=own_database)) as services:
        member = await make_member(services, password=stored)
        invoices = [await post_invoice(services, member.account_id, 1_000 + number) for number in range(5)]
    canaries, output = Canaries(), tmp_path / "output"
    wanted = {"THREE_D_SECURE": "optional", "DEVICE_DATA": "optional"}
    environment = {"DATABASE_URL": own_database, "GATEWAY_PORT": str(sandbox.port), **wanted}
    database = await asyncpg.connect(own_database)
    async with serving(environment, output) as client:
        await sign_in(client, member.email, canaries)
        await vault(client, sandbox, canaries)
        await pay(client, sandbox, invoices, canaries)
        await confuse(client, canaries)
        await break_down(client, sandbox, database, canaries)
    kept = await dump(database)
    await database.close()
    printed = output.read_text()
    for event in ("payment_method_not_recorded", "request_failed"):
        assert printed.count(event) == 1, "the test must see what is printed"
    assert printed.count("gateway_trouble") >= 4, "in every trouble"
    assert "Pat [card number]" in kept, "the test must see what is kept"
    assert [response.text for response in canaries.responses if canaries.found_in(response.text)] == []
    assert canaries.found_in(printed) == []
    assert canaries.found_in(kept) == []
    assert stored.hash in kept, "a password is kept as its hash alone"
