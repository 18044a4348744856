"""Of two requests for one method at once one fails: the other's change stands, and both responses are true."""

import asyncio
from uuid import UUID

import pytest

from billing_api.config import Settings
from billing_api.gateway.errors import GatewayResponseLostError, GatewayUnreachableError
from billing_api.gateway.failures import GatewayError
from billing_api.kit.version import ANY_VERSION
from billing_api.payment_methods.create_schemas import PaymentMethodUpdate
from braintree_sandbox.testing import Sandbox
from tests.factories.addresses import CHICAGO
from tests.factories.payments import if_match, store_card
from tests.fixtures.holding import holding
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal
from tests.payment_methods.conftest import EventsOf, InGateway, MethodsOf

METHODS = "/v1/payment-methods"


async def test_a_removal_that_is_refused_does_not_undo_another(
    portal: Portal, sandbox: Sandbox, settings: Settings, methods_of: MethodsOf, events_of: EventsOf
) -> None:
    """The refused removal begins first, and ends while the response to the other is on its way."""
    card = await store_card(portal)
    (row,) = await methods_of(portal.account_id)
    async with (
        open_services(settings.model_copy(update={"gateway_public_key": "unknown"})) as locked_out,
        holding(sandbox, method="DELETE", path=row.token) as refused,
    ):
        first = asyncio.create_task(
            locked_out.remove_method.remove(portal.account_id, row.id, ANY_VERSION, detach=False)
        )
        await refused.by(first)
        async with holding(sandbox, commit=True, method="DELETE", path=row.token) as carried_out:
            removing = asyncio.create_task(portal.delete(f"{METHODS}/{card['id']}", headers={"If-Match": "*"}))
            await carried_out.by(removing)
            await refused.release()
            with pytest.raises(GatewayUnreachableError):
                await first
    second = await removing
    assert (second.status_code, second.json()["was_default"]) == (200, True)
    assert (await portal.get(f"{METHODS}/{card['id']}")).json()["status"] == "removed"
    assert (await events_of(row.id))[-1][1]["by"] == "customer"


async def test_two_addresses_for_one_version_leave_one_of_them(
    portal: Portal, sandbox: Sandbox, methods_of: MethodsOf
) -> None:
    card = await store_card(portal)
    (row,) = await methods_of(portal.account_id)
    path = f"{METHODS}/{card['id']}"
    async with holding(sandbox, method="PUT", path=row.token) as held:
        changing = asyncio.create_task(portal.patch(path, json={"billing_address": CHICAGO}, headers=if_match(card)))
        await held.by(changing)
        other = {"billing_address": CHICAGO | {"line1": "2 Oak St"}}
        assert (await portal.patch(path, json=other, headers=if_match(card))).status_code == 412
    response = await changing
    assert (response.status_code, response.json()["card"]["billing_address"]["line1"]) == (200, "1 E Main St")
    assert sandbox.gateway().payment_method.find(row.token).billing_address.street_address == "1 E Main St"


async def test_a_webhook_decides_nothing_for_a_request_under_way(
    portal: Portal, services: Services, sandbox: Sandbox, methods_of: MethodsOf, in_gateway: InGateway
) -> None:
    """The webhook names a card that has just been stored, and that is then found to be a duplicate."""
    card = await store_card(portal, sandbox.card_nonce())
    nonce = sandbox.card_nonce()
    async with holding(sandbox, commit=True, path="^/payment_methods$", body=nonce) as held:
        storing = asyncio.create_task(portal.post(METHODS, json={"type": "card", "nonce": nonce}))
        await held.by(storing)
        (token,) = [row.token for row in await methods_of(portal.account_id) if row.status == "vaulting"]
        await services.check_methods.check_token(token)
    response = await storing
    assert (response.status_code, response.json()["payment_method_id"]) == (409, card["id"])
    assert len(await in_gateway(portal.account_id)) == 1


async def test_a_leftover_that_can_not_be_removed_counts_as_not_checked(
    portal: Portal, sandbox: Sandbox, later: Later, sql: Sql, in_gateway: InGateway
) -> None:
    """Otherwise a batch would wait once for each leftover while the gateway is unreachable."""
    await store_card(portal, sandbox.card_nonce())
    sandbox.fault("status", match={"method": "DELETE", "path": "^/payment_methods/any/"})
    again = await portal.post(METHODS, json={"type": "card", "nonce": sandbox.card_nonce()})
    assert again.status_code == 409
    left = await sql.fetch(
        "SELECT id, token FROM payment_methods WHERE account_id = $1 AND status = 'discarding'", portal.account_id
    )
    ((left_id, token),) = left
    later.clock.forward(minutes=6)
    sandbox.fault("status", match={"method": "DELETE", "path": token})
    with pytest.raises(GatewayError):
        await later.services.check_methods.check(portal.account_id, UUID(str(left_id)))
    assert token in await in_gateway(portal.account_id)
    await later.services.check_methods.check(portal.account_id, UUID(str(left_id)))
    assert token not in await in_gateway(portal.account_id)


class TestAnAddressThatArrivesAfterANewerOne:
    """The newer address was confirmed with 200, so it must stand here and at the gateway."""

    async def test_its_request_sends_the_newer_one_again_and_is_refused(
        self, portal: Portal, sandbox: Sandbox, methods_of: MethodsOf, later: Later
    ) -> None:
        card = await store_card(portal)
        url = f"{METHODS}/{card['id']}"
        (row,) = await methods_of(portal.account_id)
        old, new = CHICAGO | {"line1": "1 Old St"}, CHICAGO | {"line1": "2 New St"}
        async with holding(sandbox, method="PUT", path=row.token) as held:
            first = asyncio.create_task(portal.patch(url, json={"billing_address": old}, headers=if_match(card)))
            await held.by(first)
            now = (await portal.get(url)).json()
            second = await portal.patch(url, json={"billing_address": new}, headers=if_match(now))
            assert second.status_code == 200
            await held.release()
            refused = await first
        assert (refused.status_code, refused.json()["code"]) == (412, "stale_version")
        await _stands(portal, sandbox, url, row.token, "2 New St")
        later.clock.forward(minutes=6)
        await later.services.check_methods.check(portal.account_id, row.id)
        await _stands(portal, sandbox, url, row.token, "2 New St")
        assert [one.open_request for one in await methods_of(portal.account_id)] == [None]

    async def test_the_check_sends_the_newer_one_again_when_its_request_has_given_up(
        self, settings: Settings, portal: Portal, sandbox: Sandbox, methods_of: MethodsOf, later: Later
    ) -> None:
        card = await store_card(portal)
        url = f"{METHODS}/{card['id']}"
        (row,) = await methods_of(portal.account_id)
        old = PaymentMethodUpdate.model_validate({"billing_address": CHICAGO | {"line1": "1 Old St"}})
        impatient = settings.model_copy(update={"gateway_timeout_seconds": 1})
        async with holding(sandbox, method="PUT", path=row.token) as held:
            async with open_services(impatient) as hasty:
                with pytest.raises(GatewayResponseLostError):
                    await hasty.update_method.update(portal.account_id, row.id, old, ANY_VERSION)
            new = {"billing_address": CHICAGO | {"line1": "2 New St"}}
            assert (await portal.patch(url, json=new, headers={"If-Match": "*"})).status_code == 200
            await held.release()
        assert await asyncio.to_thread(_street_at_gateway, sandbox, row.token) == "1 Old St"
        later.clock.forward(minutes=6)
        await later.services.check_methods.check(portal.account_id, row.id)
        await _stands(portal, sandbox, url, row.token, "2 New St")
        assert [one.open_request for one in await methods_of(portal.account_id)] == [None]

    async def test_a_newer_one_that_is_not_taken_is_not_sent_again(
        self, portal: Portal, sandbox: Sandbox, methods_of: MethodsOf, later: Later
    ) -> None:
        card = await store_card(portal)
        url = f"{METHODS}/{card['id']}"
        (row,) = await methods_of(portal.account_id)
        async with holding(sandbox, method="PUT", path=row.token) as held:
            old = {"billing_address": CHICAGO | {"line1": "1 Old St"}}
            first = asyncio.create_task(portal.patch(url, json=old, headers=if_match(card)))
            await held.by(first)
            sandbox.fault("status", status=429, match={"method": "PUT", "path": row.token, "body": "2 New St"})
            new = {"billing_address": CHICAGO | {"line1": "2 New St"}}
            assert (await portal.patch(url, json=new, headers={"If-Match": "*"})).status_code == 503
            await held.release()
            assert (await first).status_code == 412
        later.clock.forward(minutes=6)
        await later.services.check_methods.check(portal.account_id, row.id)
        await _stands(portal, sandbox, url, row.token, "1 Old St")


def _street_at_gateway(sandbox: Sandbox, token: str) -> str:
    return str(sandbox.gateway().payment_method.find(token).billing_address.street_address)


async def _stands(portal: Portal, sandbox: Sandbox, url: str, token: str, street: str) -> None:
    assert (await portal.get(url)).json()["card"]["billing_address"]["line1"] == street
    assert await asyncio.to_thread(_street_at_gateway, sandbox, token) == street
