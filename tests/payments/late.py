"""Payments whose charge turns up after they have failed."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import httpx

from braintree_sandbox.testing import Sandbox
from tests.factories.payments import Json, lose_sale, pay
from tests.fixtures.holding import Held
from tests.fixtures.later import Later
from tests.fixtures.signed_in import Portal
from tests.payments.conftest import EVERYTHING

PAYMENTS = "/v1/payments"


async def charged_late(
    sandbox: Sandbox,
    payment_id: UUID,
    token: str,
    *,
    amount: str = "100.00",
    merchant: str = "sandbox_credit_card",
    settled: bool = False,
) -> str:
    """Make a sale under the payment's order id, as a paused request does; return the gateway's id of it."""
    params = {
        "amount": amount,
        "payment_method_token": token,
        "order_id": str(payment_id),
        "merchant_account_id": merchant,
        "options": {"submit_for_settlement": True},
    }
    result = await asyncio.to_thread(sandbox.gateway().transaction.sale, params)
    assert result.is_success
    if settled:
        sandbox.control("POST", f"/transactions/{result.transaction.id}/settle")
    return str(result.transaction.id)


async def fail_by_absence(later: Later, portal: Portal, payment_id: UUID) -> None:
    """Check the payment twice without finding a sale, so that it fails."""
    for minutes in (6, 60):
        later.clock.forward(minutes=minutes)
        await later.services.payment_checks.resolve_due(EVERYTHING)
    assert await state_of(portal, payment_id) == "failed"


async def state_of(portal: Portal, payment_id: UUID) -> str:
    return str((await portal.get(f"{PAYMENTS}/{payment_id}")).json()["status"])


@dataclass(frozen=True)
class Paused:
    """A payment whose request is held on its way to the gateway."""

    request: "asyncio.Task[httpx.Response]"
    payment_id: UUID
    held: Held

    async def go_on(self) -> httpx.Response:
        await self.held.release()
        return await self.request


async def pause(held: Held, portal: Portal, method: Json, invoice: UUID, key: dict[str, str]) -> Paused:
    request = asyncio.create_task(pay(portal, method, invoice, key=key))
    await held.by(request)
    (row,) = (await portal.get(f"{PAYMENTS}?status=submitting")).json()["data"]
    return Paused(request, UUID(row["id"]), held)


async def fail(portal: Portal, sandbox: Sandbox, later: Later, method: Json, token: str, invoice: UUID) -> UUID:
    """Return a payment that has failed since two checks found no sale for it."""
    lose_sale(sandbox, token, commit=False)
    response = await pay(portal, method, invoice)
    assert response.status_code == 202
    payment_id = UUID(response.json()["id"])
    await fail_by_absence(later, portal, payment_id)
    return payment_id
