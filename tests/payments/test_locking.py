"""A payment waits for the account's lock, and then decides by the state that the transaction before has left."""

import asyncio
from uuid import UUID

from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, pay
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.fixtures.waiting import looks
from tests.payments.conftest import SalesOf

_WAITING_FOR_US = "SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


async def test_a_payment_sees_a_removal_that_is_not_yet_committed(
    services: Services, portal: Portal, card: Json, sql: Sql, sales_of: SalesOf
) -> None:
    """The holder of the account's lock comes first, even before its commit."""
    invoice = await post_invoice(services, portal.account_id)
    async with sql.transaction():
        await sql.execute("SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE", portal.account_id)
        await sql.execute("UPDATE payment_methods SET status = 'removing' WHERE id = $1", UUID(card["id"]))
        paying = asyncio.create_task(pay(portal, card, invoice))
        for _ in looks("the payment waits for the account's lock, or has ended"):
            if paying.done() or await sql.fetch(_WAITING_FOR_US):
                break
    response = await paying
    assert (response.status_code, response.json()["code"]) == (409, "payment_method_removed")
    assert await sales_of(portal.account_id) == []
