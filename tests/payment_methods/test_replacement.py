"""A new card replaces the old one in the same method, and no leftover stays at the gateway."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, expire_card, if_match, pay, store_bank_account, store_card
from tests.fixtures.holding import holding
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payment_methods.conftest import EventsOf, InGateway, MethodsOf, place_hold

METHODS = "/v1/payment-methods"
OLD, NEW = "4111111111111111", "5555555555554444"
EVERYTHING = 1_000


@pytest.fixture
async def card(portal: Portal, sandbox: Sandbox) -> Json:
    """The card that is to be replaced, the account's default."""
    return await store_card(portal, sandbox.card_nonce(OLD))


async def replace(portal: Portal, method: Json, nonce: str, **body: Any) -> httpx.Response:
    return await portal.post(
        f"{METHODS}/{method['id']}/replacement", json={"nonce": nonce, **body}, headers=if_match(method)
    )


class TestReplaced:
    async def test_the_method_has_the_new_card_and_all_else_that_it_had(
        self,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        methods_of: MethodsOf,
        in_gateway: InGateway,
        events_of: EventsOf,
    ) -> None:
        response = await replace(portal, card, sandbox.card_nonce(NEW, expiration_date="05/2035"))
        assert response.status_code == 200
        method = response.json()
        assert (method["id"], method["default"], method["last4"]) == (card["id"], True, "4444")
        assert (method["card"]["brand"], method["card"]["expiration_year"]) == ("MasterCard", 2035)
        assert response.headers["ETag"].startswith(f'"{card["version"] + 1}-')
        kept, gone = await methods_of(portal.account_id)
        assert (kept.status, gone.status) == ("active", "refused")
        assert await in_gateway(portal.account_id) == {kept.token}
        assert [one["id"] for one in (await portal.get(METHODS)).json()["data"]] == [card["id"]]
        assert (await events_of(kept.id))[1] == ("replaced", {"type": "card", "last4": "4444", "old_last4": "1111"})

    async def test_the_same_card_with_a_new_date_is_no_duplicate(
        self, portal: Portal, sandbox: Sandbox, card: Json
    ) -> None:
        response = await replace(portal, card, sandbox.card_nonce(OLD, expiration_date="05/2035"))
        assert (response.status_code, response.json()["card"]["expiration_year"]) == (200, 2035)

    async def test_payments_keep_the_last_four_of_the_card_that_paid(
        self, services: Services, portal: Portal, sandbox: Sandbox, card: Json
    ) -> None:
        first = await pay(portal, card, await post_invoice(services, portal.account_id))
        await replace(portal, card, sandbox.card_nonce(NEW))
        second = await pay(portal, card, await post_invoice(services, portal.account_id))
        assert (first.status_code, second.status_code) == (201, 201)
        payments = (await portal.get("/v1/payments")).json()["data"]
        assert [payment["last4"] for payment in payments] == ["4444", "1111"]

    async def test_a_card_in_use_stays_at_the_gateway_for_some_minutes(
        self,
        services: Services,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        methods_of: MethodsOf,
        in_gateway: InGateway,
        later: Later,
    ) -> None:
        """A charge with the old card may be on its way; a lasting hold does not keep the old card."""
        hold = (portal.account_id, UUID(card["id"]), uuid4())
        await place_hold(services, *hold)
        assert (await replace(portal, card, sandbox.card_nonce(NEW))).status_code == 200
        kept, old = await methods_of(portal.account_id)
        assert await in_gateway(portal.account_id) == {kept.token, old.token}
        await later.services.check_methods.check(portal.account_id, old.id)  # before its time: nothing
        assert await in_gateway(portal.account_id) == {kept.token, old.token}
        later.clock.forward(minutes=6)
        await later.services.check_methods.check_due(EVERYTHING)
        assert await in_gateway(portal.account_id) == {kept.token}
        removal = await portal.delete(f"{METHODS}/{card['id']}", headers={"If-Match": "*"})
        assert (removal.status_code, removal.json()["used_by"]) == (409, ["payment"])

    async def test_an_expired_card_can_be_replaced(
        self, portal: Portal, sandbox: Sandbox, card: Json, sql: Sql
    ) -> None:
        await expire_card(sql, card)
        response = await replace(portal, card, sandbox.card_nonce(OLD))
        assert response.json()["card"]["expired"] is False


class TestRefused:
    async def test_a_card_that_has_expired_changes_nothing(
        self, portal: Portal, sandbox: Sandbox, card: Json, in_gateway: InGateway, methods_of: MethodsOf
    ) -> None:
        (row,) = await methods_of(portal.account_id)
        response = await replace(portal, card, sandbox.card_nonce(NEW, expiration_date="01/2020"))
        assert [error["code"] for error in response.json()["errors"]] == ["card_expired"]
        assert await self.unchanged(portal, card, {row.token}, in_gateway)

    async def unchanged(self, portal: Portal, card: Json, tokens: set[str], in_gateway: InGateway) -> bool:
        """Return a function that says whether the card is unchanged and alone at the gateway."""
        shown = (await portal.get(f"{METHODS}/{card['id']}")).json()
        return bool(shown == card) and await in_gateway(portal.account_id) == tokens

    async def test_a_declined_card_changes_nothing(
        self, portal: Portal, sandbox: Sandbox, card: Json, in_gateway: InGateway
    ) -> None:
        tokens = await in_gateway(portal.account_id)
        response = await replace(portal, card, sandbox.card_nonce("4000111111111115"))
        assert (response.status_code, response.json()["code"]) == (402, "payment_method_declined")
        assert await self.unchanged(portal, card, tokens, in_gateway)

    async def test_a_bank_accounts_nonce_changes_nothing(
        self, portal: Portal, sandbox: Sandbox, card: Json, in_gateway: InGateway
    ) -> None:
        tokens = await in_gateway(portal.account_id)
        response = await replace(portal, card, sandbox.bank_nonce())
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/nonce")
        assert await self.unchanged(portal, card, tokens, in_gateway)

    async def test_a_card_that_another_method_has_changes_nothing(
        self, portal: Portal, sandbox: Sandbox, card: Json, in_gateway: InGateway
    ) -> None:
        other = await store_card(portal, sandbox.card_nonce(NEW))
        tokens = await in_gateway(portal.account_id)
        response = await replace(portal, card, sandbox.card_nonce(NEW))
        assert (response.status_code, response.json()["payment_method_id"]) == (409, other["id"])
        assert await self.unchanged(portal, card, tokens, in_gateway)

    async def test_a_bank_account_is_not_replaced(self, portal: Portal, sandbox: Sandbox) -> None:
        account = await store_bank_account(portal)
        response = await replace(portal, account, sandbox.card_nonce(NEW))
        assert (response.status_code, response.json()["code"]) == (409, "payment_method_not_a_card")

    async def test_a_removed_card_is_not_replaced(self, portal: Portal, sandbox: Sandbox, card: Json) -> None:
        await portal.delete(f"{METHODS}/{card['id']}", headers=if_match(card))
        removed = (await portal.get(f"{METHODS}/{card['id']}")).json()
        response = await replace(portal, removed, sandbox.card_nonce(NEW))
        assert (response.status_code, response.json()["code"]) == (409, "payment_method_removed")

    async def test_a_replacement_needs_the_current_version(self, portal: Portal, sandbox: Sandbox, card: Json) -> None:
        path, body = f"{METHODS}/{card['id']}/replacement", {"nonce": sandbox.card_nonce(NEW)}
        assert (await portal.post(path, json=body)).status_code == 428
        assert (await portal.post(path, json=body, headers={"If-Match": '"99"'})).status_code == 412

    async def test_two_replacements_of_one_version_leave_one_stale(
        self, portal: Portal, sandbox: Sandbox, card: Json, methods_of: MethodsOf, in_gateway: InGateway
    ) -> None:
        nonces = [sandbox.card_nonce(NEW), sandbox.card_nonce("378282246310005")]
        responses = await asyncio.gather(*(replace(portal, card, nonce) for nonce in nonces))
        assert sorted(response.status_code for response in responses) == [200, 412]
        (active,) = [row for row in await methods_of(portal.account_id) if row.status == "active"]
        assert await in_gateway(portal.account_id) == {active.token}

    async def test_a_card_that_is_removed_while_the_new_one_is_on_its_way_stays_removed(
        self, portal: Portal, sandbox: Sandbox, card: Json, in_gateway: InGateway
    ) -> None:
        nonce = sandbox.card_nonce(NEW)
        async with holding(sandbox, commit=True, path="^/payment_methods$", body=nonce) as held:
            replacing = asyncio.create_task(replace(portal, card, nonce))
            await held.by(replacing)
            assert (await portal.delete(f"{METHODS}/{card['id']}", headers=if_match(card))).status_code == 200
        response = await replacing
        assert (response.status_code, response.json()["code"]) == (409, "payment_method_removed")
        assert await in_gateway(portal.account_id) == set()
        assert (await portal.get(METHODS)).json()["data"] == []
