"""The gateway: the local Braintree sandbox, customers' cards in it, and the CPU time that its SDK takes by itself."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

from benchmarks.load import Target, ask, connected
from benchmarks.scenarios import Customer
from benchmarks.servers import on_cores

_CHARGE_SECONDS = 0.3
_CARD = {"type": "card", "nonce": "fake-valid-nonce", "on_duplicate": "store_again"}


async def store_cards(target: Target, customers: Sequence[Customer]) -> dict[UUID, UUID]:
    """Store a card for each customer, as a portal does, and return the cards' ids by account. Raise LoadError."""
    content = json.dumps(_CARD).encode()
    cards = {}
    async with connected(target) as connection:
        for customer in customers:
            request = _request("POST", "/v1/payment-methods", content, f"Authorization: {customer.header}")
            body = await connection.exchange(request)
            cards[customer.account_id] = UUID(json.loads(body)["id"])
    return cards


@asynccontextmanager
async def taking_time(gateway: Target) -> AsyncIterator[None]:
    """Let the gateway take the time of a real one for a charge, so that payers do not merely use up the processor."""
    delay = {"kind": "delay", "commit": True, "seconds": _CHARGE_SECONDS, "times": 1_000_000}
    match = {"match": {"method": "POST", "path": "/transactions$"}}
    await ask(gateway, _request("POST", "/sandbox/faults", json.dumps(delay | match).encode()))
    try:
        yield
    finally:
        await ask(gateway, _request("DELETE", "/sandbox/faults", b""))


def with_cards(customers: Sequence[Customer], cards: Mapping[UUID, UUID]) -> list[Customer]:
    """Return the customers who have a card, with it."""
    return [
        replace(customer, method_id=cards[customer.account_id])
        for customer in customers
        if customer.account_id in cards
    ]


def _request(method: str, path: str, content: bytes, *headers: str) -> bytes:
    head = [
        f"{method} {path} HTTP/1.1",
        "Host: localhost",
        *headers,
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + content


def sdk_seconds(gateway: Target, count: int, cores: set[int]) -> float:
    """Return the CPU time in seconds of one charge by the SDK alone, in a program of its own."""
    with on_cores(cores):
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "benchmarks.charging", gateway.host, str(gateway.port), str(count)],
            check=True,
            capture_output=True,
            text=True,
        )
    return float(done.stdout)
