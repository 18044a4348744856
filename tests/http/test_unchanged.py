"""A PATCH that changes nothing: no new version, no row in the audit log, no event; whatever the resource."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from braintree_sandbox.testing import Sandbox
from tests.architecture.operations import Operation
from tests.factories.addresses import ADDRESSES, CHICAGO, add_address
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, store_bank_account, store_card
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.http.drivers import GUARDED, maker_of, name_of, path_of
from tests.payments.schedules import schedule

METHODS = "/v1/payment-methods"
PATCHES = [one for one in GUARDED if one.method == "PATCH"]
Traces = Callable[[], Awaitable[int]]


@pytest.fixture
def traces(sql: Sql, portal: Portal) -> Traces:
    """Return a function that counts the audit entries and events of the account."""

    async def count() -> int:
        traces = await sql.fetchval(
            "SELECT (SELECT count(*) FROM audit_log WHERE account_id = $1)"
            " + (SELECT count(*) FROM outbox_events WHERE account_id = $1)",
            portal.account_id,
        )
        return int(traces)

    return count


async def nothing_changes(portal: Portal, traces: Traces, path: str, change: dict[str, Any]) -> None:
    """The same response as a read gives, and no trace; a stale version is refused all the same."""
    before, written = await portal.get(path), await traces()
    response = await portal.patch(path, json=change, headers={"If-Match": before.headers["etag"]})
    assert (response.status_code, response.json()) == (200, before.json())
    assert response.headers["etag"] == before.headers["etag"]
    assert (await portal.get(path)).json() == before.json()
    assert await traces() == written
    assert (await portal.patch(path, json=change, headers={"If-Match": '"99"'})).status_code == 412


@pytest.mark.parametrize("operation", PATCHES, ids=name_of)
async def test_an_empty_change(portal: Portal, services: Services, traces: Traces, operation: Operation) -> None:
    """Every PATCH, and so each new one."""
    row = await maker_of(operation)(portal, services) if "{" in operation.path else None
    await nothing_changes(portal, traces, path_of(operation, row), {})


@pytest.mark.parametrize(
    "change",
    [
        {"company_name": "Sunny Side Ltd"},
        {"contact_name": " Pat\u00a0", "phone": "+1 650-253-0000"},
        {"locale": "en-US"},
    ],
    ids=str,
)
async def test_profile(portal: Portal, traces: Traces, change: dict[str, Any]) -> None:
    """Also in another spelling of the same."""
    known = {"contact_name": "Pat", "phone": "+16502530000"}
    await portal.patch("/v1/profile", json=known, headers={"If-Match": "*"})
    await nothing_changes(portal, traces, "/v1/profile", change)


@pytest.mark.parametrize(
    "change",
    [
        {"default_billing": True},
        {"postal_code": "94043"},
        {"region": "California", "country": "US"},
        {"line2": None},
    ],
    ids=str,
)
async def test_address(portal: Portal, traces: Traces, change: dict[str, Any]) -> None:
    """The second address stays without the flags that the first one has."""
    first, second = await add_address(portal), await add_address(portal)
    await nothing_changes(portal, traces, f"{ADDRESSES}/{first['id']}", change)
    await nothing_changes(portal, traces, f"{ADDRESSES}/{second['id']}", {"default_shipping": False})
    assert (await portal.get(f"{ADDRESSES}/{second['id']}")).json() == second


class TestCard:
    """Its billing address is the gateway's."""

    @pytest.fixture
    async def card(self, portal: Portal, sandbox: Sandbox) -> Json:
        """One with an address."""
        body = {"type": "card", "nonce": sandbox.card_nonce(), "billing_address": CHICAGO}
        made: Json = (await portal.post(METHODS, json=body)).raise_for_status().json()
        return made

    @pytest.mark.parametrize(
        "change",
        [{"default": True}, {"billing_address": CHICAGO | {"region": "Illinois"}}],
        ids=str,
    )
    async def test_stays_as_it_is(self, portal: Portal, traces: Traces, card: Json, change: dict[str, Any]) -> None:
        """Also by an address that is another spelling of its own."""
        await nothing_changes(portal, traces, f"{METHODS}/{card['id']}", change)

    async def test_an_address_of_the_book_that_it_has(self, portal: Portal, traces: Traces, card: Json) -> None:
        """The copy is compared, not the id."""
        address = await add_address(portal, **CHICAGO)
        change = {"billing_address_id": address["id"]}
        await nothing_changes(portal, traces, f"{METHODS}/{card['id']}", change)


async def test_bank_account(portal: Portal, traces: Traces) -> None:
    """One that is no default."""
    account = await store_bank_account(portal)
    path = f"{METHODS}/{account['id']}"
    await nothing_changes(portal, traces, path, {"default": account["default"]})


async def test_scheduled_payment(portal: Portal, services: Services, traces: Traces) -> None:
    """Its own day, method and choice change nothing."""
    card, invoice = await store_card(portal), await post_invoice(services, portal.account_id)
    named = {"type": "named", "invoices": [{"invoice_id": str(invoice)}]}
    payment = (await schedule(portal, card, named)).json()
    path = f"/v1/payments/{payment['id']}"
    for change in (
        {"scheduled_on": payment["scheduled_on"]},
        {"payment_method_id": card["id"]},
        {"pay": named},
    ):
        await nothing_changes(portal, traces, path, change)
