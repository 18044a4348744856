"""Payments to refund, requests for that, and a look at the gateway's refunds."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from braintree_sandbox.testing import Sandbox
from tests.factories.payments import Json, new_key, store_card
from tests.fixtures.partners import Partner
from tests.fixtures.queries import Sql
from tests.fixtures.signed_in import Portal

EVERYTHING = 1000  # as many checks as may be due in one batch
WHOLE: Json = {"type": "whole"}


@pytest.fixture
async def nothing_else_due(sql: Sql) -> None:
    """Put off the checks that earlier tests have left, by a year."""
    for table in ("payments", "payment_methods", "refunds"):
        await sql.execute(
            f"UPDATE {table} SET next_check_at = now() + interval '1 year' WHERE next_check_at IS NOT NULL"
        )


@pytest.fixture
async def card(portal: Portal) -> Json:
    """A stored card of `portal`."""
    return await store_card(portal)


async def refund(
    partner: Partner, portal: Portal, payment: Json, choice: Json, key: dict[str, str] | None = None, **fields: Any
) -> httpx.Response:
    """The response to a refund of a payment of the portal's account."""
    return await partner.post(address_of(portal, payment), json={"refund": choice, **fields}, headers=key or new_key())


def address_of(portal: Portal, payment: Json) -> str:
    """The address of a payment's refunds, for the back office."""
    return f"/v1/accounts/{portal.account_id}/payments/{payment['id']}/refunds"


async def charge_of(sql: Sql, payment: Json) -> str:
    """The gateway's id of a payment's charge."""
    return str(await sql.fetchval("SELECT gateway_transaction_id FROM payments WHERE id = $1", UUID(payment["id"])))


async def settle(sandbox: Sandbox, sql: Sql, payment: Json) -> str:
    """Settle the charge of a payment, and return its id."""
    charge_id = await charge_of(sql, payment)
    sandbox.control("POST", f"/transactions/{charge_id}/settle")
    return charge_id


def refunds_at(sandbox: Sandbox, charge_id: str) -> list[str]:
    """The amounts of a charge's refunds at the gateway that hold money."""
    return [
        str(one["amount"])
        for one in sandbox.transactions(type="credit")
        if one["refunded_transaction_id"] == charge_id and "declined" not in str(one["status"])
    ]


async def payment_of(portal: Portal, payment: Json) -> Json:
    """A payment as it is now."""
    found: Json = (await portal.get(f"/v1/payments/{payment['id']}")).json()
    return found


async def invoice_of(portal: Portal, invoice_id: UUID) -> Json:
    """An invoice as it is now."""
    found: Json = (await portal.get(f"/v1/invoices/{invoice_id}")).json()
    return found
