"""The overview over HTTP."""

import asyncio
from typing import Any

import httpx

from tests.factories.addresses import new_address
from tests.factories.invoices import post_invoice
from tests.factories.payments import store_card
from tests.fixtures.queries import Queries
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

HOME = new_address()


async def overview_of(portal: Portal) -> dict[str, Any]:
    response = await portal.get("/v1/overview")
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def due_in(overview: dict[str, Any]) -> int:
    """Return the amount due in the account's own currency, in which these tests post invoices."""
    balance = overview["balance"]
    due: int = next(one["due"] for one in balance["balances"] if one["currency"] == balance["currency"])
    return due


async def test_anonymous_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/overview")).status_code == 401


async def test_another_accounts_books_are_not_in_it(portal: Portal, stranger: Portal, services: Services) -> None:
    await post_invoice(services, stranger.account_id, 7_700)
    overview = await overview_of(portal)
    assert overview["newest_invoices"] == []
    assert overview["balance"]["balances"][0]["balance"] == 0
    assert overview["profile"]["account_id"] == str(portal.account_id)


async def test_each_part_equals_its_own_resource(portal: Portal, services: Services) -> None:
    for total in (1_000, 2_000, 3_000, 4_000, 5_000, 6_000):
        await post_invoice(services, portal.account_id, total)
    await portal.post("/v1/addresses", json=HOME)
    card = await store_card(portal, default=True)
    overview = await overview_of(portal)
    assert overview["balance"] == (await portal.get("/v1/balance")).json()
    assert due_in(overview) == 21_000
    assert overview["newest_invoices"] == (await portal.get("/v1/invoices?limit=5")).json()["data"]
    assert overview["profile"] == (await portal.get("/v1/profile")).json()
    assert overview["default_shipping_address"] == (await portal.get("/v1/addresses")).json()["data"][0]
    assert overview["default_payment_method"]["id"] == card["id"]


async def test_missing_parts_are_null(portal: Portal) -> None:
    overview = await overview_of(portal)
    assert overview["default_shipping_address"] is None
    assert overview["default_payment_method"] is None


async def test_five_reads_in_one_snapshot(portal: Portal, queries: Queries) -> None:
    """Balance, invoices, profile with its account, address, method; BEGIN and COMMIT around them."""
    queries.clear()
    await overview_of(portal)
    assert len(queries) == 7, queries


async def test_its_figures_agree_while_invoices_are_posted(portal: Portal, services: Services) -> None:
    """The amount due is the sum of the invoices in the same response, from the first look to the one after the last."""

    async def post() -> None:
        for _ in range(5):
            await post_invoice(services, portal.account_id, 1_000)

    posting = asyncio.create_task(post())
    due, is_last = 0, False
    while not is_last:
        is_last = posting.done()
        overview = await overview_of(portal)
        due = due_in(overview)
        assert due == sum(invoice["amount_due"] for invoice in overview["newest_invoices"])
    await posting
    assert due == 5_000
