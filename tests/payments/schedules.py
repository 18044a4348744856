"""Scheduled payments, made over HTTP as a portal makes them."""

from typing import Any

import httpx

from braintree_sandbox.testing import Sandbox
from tests.factories.payments import Json, if_match
from tests.fixtures.clocked import in_days
from tests.fixtures.signed_in import Portal
from tests.payments.buying import buy


async def schedule(portal: Portal, method: Json | None, pay: Json, days: int = 7, **fields: Any) -> httpx.Response:
    """The response to a payment that is scheduled so many days ahead."""
    return await buy(portal, method, pay, scheduled_on=in_days(days).isoformat(), **fields)


async def begin_removal(portal: Portal, sandbox: Sandbox, card: Json, token: str) -> None:
    """Have a card's removal begin; its response is lost, so it is neither removed nor detached yet."""
    sandbox.fault("drop", commit=False, match={"path": token})
    path = f"/v1/payment-methods/{card['id']}?detach=true"
    lost = await portal.delete(path, headers=if_match(card))
    assert (lost.status_code, lost.json()["code"]) == (503, "gateway_answer_lost")


async def read(portal: Portal, payment: Json) -> Json:
    """A payment as it stands."""
    response = await portal.get(f"/v1/payments/{payment['id']}")
    assert response.status_code == 200, response.text
    found: Json = response.json()
    return found
