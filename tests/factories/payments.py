"""Stored methods and payments, made over HTTP as a portal makes them."""

from typing import Any
from uuid import uuid4

from tests.fixtures.signed_in import Portal

MANDATE = {"text": "I authorize Example Vendor to debit this account.", "accepted_at": "2026-11-02T09:30:00Z"}
Json = dict[str, Any]


async def store_card(portal: Portal, nonce: str = "fake-valid-nonce", **fields: Any) -> Json:
    """A stored card."""
    answer = await portal.post("/v1/payment-methods", json={"type": "card", "nonce": nonce, **fields})
    assert answer.status_code == 201, answer.text
    method: Json = answer.json()
    return method


async def store_bank_account(portal: Portal, nonce: str = "fake-us-bank-account-nonce", **fields: Any) -> Json:
    """A stored bank account."""
    body = {"type": "us_bank_account", "nonce": nonce, "mandate": MANDATE, **fields}
    answer = await portal.post("/v1/payment-methods", json=body)
    assert answer.status_code == 201, answer.text
    method: Json = answer.json()
    return method


def if_match(resource: Json) -> dict[str, str]:
    """The header that names the version that was read."""
    return {"If-Match": f'"{resource["version"]}"'}


def new_key() -> dict[str, str]:
    """The header of a request that nobody has made before."""
    return {"Idempotency-Key": str(uuid4())}
