"""A duplicate card or bank account is refused, updated or stored again, as the request says."""

import asyncio

import pytest

from braintree_sandbox.testing import Sandbox
from tests.factories.payments import MANDATE, Json, expire_card, if_match, store_bank_account, store_card
from tests.fixtures.queries import Sql
from tests.fixtures.signed_in import Portal
from tests.payment_methods.conftest import EventsOf, InGateway, MethodsOf

METHODS = "/v1/payment-methods"
NUMBER = "4012000033330026"


@pytest.fixture
async def stored(portal: Portal, sandbox: Sandbox) -> Json:
    """A card of NUMBER, the account's default."""
    return await store_card(portal, sandbox.card_nonce(NUMBER, cardholder_name="Pat Example"))


class TestRejected:
    async def test_the_error_names_the_existing_method(
        self, portal: Portal, sandbox: Sandbox, stored: Json, in_gateway: InGateway, methods_of: MethodsOf
    ) -> None:
        response = await portal.post(METHODS, json={"type": "card", "nonce": sandbox.card_nonce(NUMBER)})
        assert (response.status_code, response.json()["code"]) == (409, "payment_method_exists")
        assert response.json()["payment_method_id"] == stored["id"]
        kept, refused = await methods_of(portal.account_id)
        assert (kept.status, refused.status) == ("active", "refused")
        assert await in_gateway(portal.account_id) == {kept.token}

    async def test_a_duplicate_bank_account_is_refused(
        self, portal: Portal, sandbox: Sandbox, in_gateway: InGateway, methods_of: MethodsOf
    ) -> None:
        account = await store_bank_account(portal, sandbox.bank_nonce())
        body = {"type": "us_bank_account", "nonce": sandbox.bank_nonce(), "mandate": MANDATE}
        response = await portal.post(METHODS, json=body)
        assert (response.status_code, response.json()["payment_method_id"]) == (409, account["id"])
        assert await in_gateway(portal.account_id) == {(await methods_of(portal.account_id))[0].token}

    async def test_two_nonces_of_one_card_at_once_store_one(
        self, portal: Portal, sandbox: Sandbox, in_gateway: InGateway, methods_of: MethodsOf
    ) -> None:
        bodies = [{"type": "card", "nonce": sandbox.card_nonce(NUMBER)} for _ in range(2)]
        responses = await asyncio.gather(*(portal.post(METHODS, json=body) for body in bodies))
        assert sorted(response.status_code for response in responses) == [201, 409]
        (active,) = [row for row in await methods_of(portal.account_id) if row.status == "active"]
        assert {response.json().get("id") or response.json()["payment_method_id"] for response in responses} == {
            str(active.id)
        }
        assert await in_gateway(portal.account_id) == {active.token}

    async def test_a_card_of_another_account_is_no_duplicate(
        self, stranger: Portal, sandbox: Sandbox, stored: Json
    ) -> None:
        response = await stranger.post(METHODS, json={"type": "card", "nonce": sandbox.card_nonce(NUMBER)})
        assert response.status_code == 201

    async def test_a_removed_card_is_no_duplicate(self, portal: Portal, sandbox: Sandbox, stored: Json) -> None:
        await portal.delete(f"{METHODS}/{stored['id']}", headers=if_match(stored))
        response = await portal.post(METHODS, json={"type": "card", "nonce": sandbox.card_nonce(NUMBER)})
        assert response.status_code == 201

    async def test_an_expired_card_is_no_duplicate(
        self, portal: Portal, sandbox: Sandbox, stored: Json, sql: Sql
    ) -> None:
        await expire_card(sql, stored)
        response = await portal.post(METHODS, json={"type": "card", "nonce": sandbox.card_nonce(NUMBER)})
        assert response.status_code == 201

    async def test_an_account_whose_verification_failed_is_no_duplicate(
        self, portal: Portal, sandbox: Sandbox, sql: Sql
    ) -> None:
        account = await store_bank_account(portal, sandbox.bank_nonce("1000000001"))
        await sql.execute(
            "UPDATE payment_methods SET status = 'verification_failed', is_default = false WHERE id = $1", account["id"]
        )
        body = {"type": "us_bank_account", "nonce": sandbox.bank_nonce("1000000001"), "mandate": MANDATE}
        assert (await portal.post(METHODS, json=body)).status_code == 201


class TestExistingOneUsed:
    async def test_the_existing_card_gets_the_new_details(
        self, portal: Portal, sandbox: Sandbox, stored: Json, in_gateway: InGateway, methods_of: MethodsOf
    ) -> None:
        nonce = sandbox.card_nonce(NUMBER, expiration_date="03/2034", cardholder_name="Pat E. Example")
        address = {"recipient": "Pat", "line1": "1 Main St", "city": "Chicago", "region": "IL", "country": "US"}
        body = {
            "type": "card",
            "nonce": nonce,
            "on_duplicate": "use_existing",
            "billing_address": address | {"postal_code": "60622"},
        }
        response = await portal.post(METHODS, json=body)
        assert response.status_code == 200
        method = response.json()
        assert (method["id"], method["default"]) == (stored["id"], True)
        assert response.headers["Location"] == f"http://billing.test{METHODS}/{stored['id']}"
        card = method["card"]
        assert (card["expiration_month"], card["expiration_year"]) == (3, 2034)
        assert (card["cardholder_name"], card["billing_address"]["line1"]) == ("Pat E. Example", "1 Main St")
        kept, _ = await methods_of(portal.account_id)
        assert await in_gateway(portal.account_id) == {kept.token}
        assert sandbox.gateway().payment_method.find(kept.token).expiration_date == "03/2034"

    async def test_a_card_without_a_duplicate_is_stored(self, portal: Portal, sandbox: Sandbox) -> None:
        body = {"type": "card", "nonce": sandbox.card_nonce(NUMBER), "on_duplicate": "use_existing"}
        assert (await portal.post(METHODS, json=body)).status_code == 201

    async def test_a_renewed_card_takes_the_place_of_the_default_that_has_expired(
        self, portal: Portal, sandbox: Sandbox, stored: Json, sql: Sql
    ) -> None:
        """It does so beside a duplicate that can still pay."""
        copy = await store_card(portal, sandbox.card_nonce(NUMBER))
        await expire_card(sql, stored)
        body = {"type": "card", "nonce": sandbox.card_nonce(NUMBER), "on_duplicate": "use_existing"}
        response = await portal.post(METHODS, json=body)
        assert (response.status_code, response.json()["id"]) == (200, stored["id"])
        assert (response.json()["default"], response.json()["card"]["expired"]) == (True, False)
        assert (await portal.get(f"{METHODS}/{copy['id']}")).json() == copy

    async def test_a_duplicate_that_can_pay_goes_before_an_expired_one(
        self, portal: Portal, sandbox: Sandbox, stored: Json, sql: Sql
    ) -> None:
        await store_card(portal, default=True)
        can_pay = await store_card(portal, sandbox.card_nonce(NUMBER))
        await expire_card(sql, stored)
        body = {"type": "card", "nonce": sandbox.card_nonce(NUMBER), "on_duplicate": "use_existing"}
        assert (await portal.post(METHODS, json=body)).json()["id"] == can_pay["id"]

    @pytest.mark.parametrize("wish", [True, False, None])
    async def test_the_existing_card_becomes_the_default_on_request(
        self, portal: Portal, sandbox: Sandbox, stored: Json, methods_of: MethodsOf, wish: bool | None
    ) -> None:
        other = await store_card(portal, default=True)
        body = {
            "type": "card",
            "nonce": sandbox.card_nonce(NUMBER),
            "on_duplicate": "use_existing",
            "default": wish,
        }
        response = await portal.post(METHODS, json=body)
        assert response.json()["default"] is (wish is True)
        (default,) = [row for row in await methods_of(portal.account_id) if row.is_default]
        assert str(default.id) == (stored["id"] if wish else other["id"])

    async def test_a_bank_account_keeps_the_token_whose_verification_began(
        self, portal: Portal, sandbox: Sandbox, in_gateway: InGateway, methods_of: MethodsOf, events_of: EventsOf
    ) -> None:
        account = await store_bank_account(portal, sandbox.bank_nonce("1000000001"))
        (before,) = await methods_of(portal.account_id)
        body = {
            "type": "us_bank_account",
            "nonce": sandbox.bank_nonce("1000000001"),
            "mandate": MANDATE,
            "on_duplicate": "use_existing",
        }
        response = await portal.post(METHODS, json=body)
        assert (response.status_code, response.json()["id"], response.json()["status"]) == (
            200,
            account["id"],
            "pending",
        )
        kept, _ = await methods_of(portal.account_id)
        assert (kept.token, kept.verification_id) == (before.token, before.verification_id)
        assert await in_gateway(portal.account_id) == {before.token}
        assert [kind for kind, _ in await events_of(kept.id)] == ["stored"]


class TestStoredAgain:
    async def test_a_duplicate_can_be_stored_as_a_second_card(
        self, portal: Portal, sandbox: Sandbox, stored: Json, in_gateway: InGateway
    ) -> None:
        body = {"type": "card", "nonce": sandbox.card_nonce(NUMBER), "on_duplicate": "store_again"}
        response = await portal.post(METHODS, json=body)
        assert (response.status_code, response.json()["default"]) == (201, False)
        assert response.json()["id"] != stored["id"]
        assert len(await in_gateway(portal.account_id)) == 2
