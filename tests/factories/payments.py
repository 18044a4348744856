"""Stored methods and payments, made over HTTP as a portal makes them."""

from calendar import monthrange
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx

from billing_api.payments.offline_schemas import OfflinePaymentCreate
from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

MANDATE = {"text": "I authorize Example Vendor to debit this account.", "accepted_at": "2026-11-02T09:30:00Z"}
Json = dict[str, Any]


async def store_card(portal: Portal, nonce: str = "fake-valid-nonce", **fields: Any) -> Json:
    """A stored card, one more each time: the test nonces stand for the same numbers."""
    body = {"type": "card", "nonce": nonce, "on_duplicate": "store_again", **fields}
    response = await portal.post("/v1/payment-methods", json=body)
    assert response.status_code == 201, response.text
    method: Json = response.json()
    return method


async def store_bank_account(portal: Portal, nonce: str = "fake-us-bank-account-nonce", **fields: Any) -> Json:
    """A stored bank account, one more each time."""
    body = {"type": "us_bank_account", "nonce": nonce, "mandate": MANDATE, "on_duplicate": "store_again", **fields}
    response = await portal.post("/v1/payment-methods", json=body)
    assert response.status_code == 201, response.text
    method: Json = response.json()
    return method


async def expire_card(sql: Sql, card: Json) -> None:
    """Let a stored card be one that expired long ago."""
    aged = await sql.execute(
        "UPDATE payment_methods SET expiration_month = 1, expiration_year = 2020 WHERE id = $1", UUID(card["id"])
    )
    assert aged == "UPDATE 1"


async def expire_this_month(sql: Sql, card: Json) -> date:
    """Let a stored card be one that expires with the present month, and return its last day."""
    today = datetime.now(UTC).date()
    await sql.execute(
        "UPDATE payment_methods SET expiration_month = $1, expiration_year = $2 WHERE id = $3",
        today.month,
        today.year,
        UUID(card["id"]),
    )
    return today.replace(day=monthrange(today.year, today.month)[1])


def if_match(resource: Json) -> dict[str, str]:
    """The header that names the version that was read."""
    return {"If-Match": f'"{resource["version"]}"'}


def new_key() -> dict[str, str]:
    """The header of a request that nobody has made before."""
    return {"Idempotency-Key": str(uuid4())}


def of_invoices(*wanted: Json) -> Json:
    """The choice of these invoices."""
    return {"type": "named", "invoices": list(wanted)}


async def pay(
    portal: Portal, method: Json, *invoices: UUID | tuple[UUID, int], key: dict[str, str] | None = None, **fields: Any
) -> httpx.Response:
    """The response to a payment of whole invoices, or of amounts of them."""
    wanted = [
        {"invoice_id": str(item[0]), "amount": item[1]} if isinstance(item, tuple) else {"invoice_id": str(item)}
        for item in invoices
    ]
    body = {"currency": "USD", "pay": of_invoices(*wanted), "payment_method_id": method["id"], **fields}
    return await portal.post("/v1/payments", json=body, headers=key or new_key())


def lose_sale(sandbox: Sandbox, token: str, *, commit: bool) -> str:
    """Cut off the next sale with this token, once the gateway has made it (`commit`) or before; return the fault."""
    return sandbox.fault("drop", commit=commit, match={"path": "^/transactions$", "body": token})


async def pay_and_lose_response(services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str) -> UUID:
    """Return a payment of 100 dollars that the gateway has made, and whose response is lost."""
    invoice = await post_invoice(services, portal.account_id, 10_000)
    lose_sale(sandbox, token, commit=True)
    response = await pay(portal, card, invoice)
    assert response.status_code == 202
    return UUID(response.json()["id"])


async def record_offline(services: Services, account_id: UUID, amount: int, **fields: Any) -> UUID:
    """Record a payment that came outside the gateway, and return its id."""
    given = {"type": "check", "currency": "USD", "amount": amount, "received_on": "2026-03-09", "allocations": []}
    fields.setdefault("external_id", str(uuid4()))
    new = OfflinePaymentCreate.model_validate(given | fields)

    async def record() -> UUID:
        account = await services.accounts.lock(account_id)
        (received,) = await services.offline_payments.record_all(account, [new])
        return received.payment.id

    return await services.database.run(record)
