"""Scheduled payments, made over HTTP as a portal makes them."""

from typing import Any

import httpx

from tests.factories.payments import Json
from tests.fixtures.clocked import in_days
from tests.fixtures.signed_in import Portal
from tests.payments.buying import buy


async def schedule(portal: Portal, method: Json | None, pay: Json, days: int = 7, **fields: Any) -> httpx.Response:
    """The response to a payment that is scheduled so many days ahead."""
    return await buy(portal, method, pay, scheduled_on=in_days(days).isoformat(), **fields)


async def read(portal: Portal, payment: Json) -> Json:
    """A payment as it stands."""
    response = await portal.get(f"/v1/payments/{payment['id']}")
    assert response.status_code == 200, response.text
    found: Json = response.json()
    return found
