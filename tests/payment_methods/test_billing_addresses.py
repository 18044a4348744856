"""A card's billing address: from the address book or of its own, and as the bank's checks and the gateway see it."""

from typing import Any

import httpx
import pytest

from braintree_sandbox.testing import Sandbox
from tests.factories.addresses import ADDRESSES, add_address
from tests.factories.payments import Json, if_match, store_bank_account, store_card
from tests.fixtures.later import Later
from tests.fixtures.signed_in import Portal
from tests.payment_methods.conftest import InGateway, MethodsOf

METHODS = "/v1/payment-methods"
UNKNOWN = "01a203df-4cdb-7211-83aa-039c753394aa"
CHICAGO = {
    "recipient": "Pat Example",
    "line1": "1 E Main St",
    "line2": "Suite 403",
    "city": "Chicago",
    "region": "Illinois",
    "postal_code": "60622",
    "country": "US",
}
EVERYTHING = 1_000


async def store(portal: Portal, sandbox: Sandbox, **body: Any) -> httpx.Response:
    return await portal.post(METHODS, json={"type": "card", "nonce": sandbox.card_nonce(), **body})


async def change(portal: Portal, card: Json, **body: Any) -> httpx.Response:
    return await portal.patch(f"{METHODS}/{card['id']}", json=body, headers=if_match(card))


class TestStoring:
    async def test_an_address_is_stored_in_its_countrys_form(
        self, portal: Portal, sandbox: Sandbox, methods_of: MethodsOf
    ) -> None:
        response = await store(portal, sandbox, billing_address=CHICAGO)
        assert response.json()["card"]["billing_address"] == CHICAGO | {"region": "IL"}
        (row,) = await methods_of(portal.account_id)
        kept = sandbox.gateway().payment_method.find(row.token).billing_address
        assert (kept.company, kept.street_address, kept.extended_address) == ("Pat Example", "1 E Main St", "Suite 403")
        assert (kept.region, kept.postal_code, kept.country_code_alpha2) == ("IL", "60622", "US")

    async def test_an_address_in_another_script_is_returned_unchanged(self, portal: Portal, sandbox: Sandbox) -> None:
        osaka = {
            "recipient": "松本",
            "line1": "大阪城1-1",
            "line2": None,
            "city": "大阪市",
        }
        address = osaka | {"region": "大阪府", "postal_code": "540-0002", "country": "JP"}
        response = await store(portal, sandbox, billing_address=address | {"postal_code": "5400002"})
        assert response.json()["card"]["billing_address"] == address

    async def test_an_unknown_region_is_an_error_with_the_choices(self, portal: Portal, sandbox: Sandbox) -> None:
        response = await store(portal, sandbox, billing_address=CHICAGO | {"region": "Atlantis"})
        [error] = response.json()["errors"]
        assert error["pointer"] == "/billing_address/region"
        assert "Illinois" in error["choices"]

    async def test_an_address_of_the_address_book_is_copied(self, portal: Portal, sandbox: Sandbox) -> None:
        address = await add_address(portal, line1="5 Old Street")
        card = (await store(portal, sandbox, billing_address_id=address["id"])).json()
        assert card["card"]["billing_address"]["line1"] == "5 Old Street"
        path = f"{ADDRESSES}/{address['id']}"
        assert (await portal.patch(path, json={"line1": "6 New Street"}, headers=if_match(address))).status_code == 200
        assert (await portal.get(f"{METHODS}/{card['id']}")).json() == card

    @pytest.mark.parametrize(
        ("wrong", "pointer"),
        [
            ({"postal_code": "ABC"}, "/billing_address/postal_code"),
            ({"region": "Atlantis"}, "/billing_address/region"),
            ({"country": "XX"}, "/billing_address/country"),
            ({"line1": "4111 1111 1111 1111"}, "/billing_address/line1"),
            ({"planet": "Mars"}, "/billing_address/planet"),
        ],
    )
    async def test_a_wrong_field_of_an_address_has_its_pointer(
        self, portal: Portal, sandbox: Sandbox, wrong: dict[str, str], pointer: str
    ) -> None:
        response = await store(portal, sandbox, billing_address=CHICAGO | wrong)
        assert response.status_code == 422
        assert pointer in [error["pointer"] for error in response.json()["errors"]]

    async def test_an_address_and_an_address_id_are_refused_together(self, portal: Portal, sandbox: Sandbox) -> None:
        address = await add_address(portal)
        response = await store(portal, sandbox, billing_address=CHICAGO, billing_address_id=address["id"])
        assert response.status_code == 422

    async def test_an_address_that_is_not_in_the_book_is_not_found(
        self, portal: Portal, stranger: Portal, sandbox: Sandbox, methods_of: MethodsOf
    ) -> None:
        theirs = await add_address(stranger)
        for address_id in (UNKNOWN, theirs["id"]):
            response = await store(portal, sandbox, billing_address_id=address_id)
            assert (response.status_code, response.json()["code"]) == (404, "address_not_found")
        assert await methods_of(portal.account_id) == []

    async def test_a_decline_has_the_banks_findings(
        self, portal: Portal, sandbox: Sandbox, methods_of: MethodsOf, in_gateway: InGateway
    ) -> None:
        """Source: Braintree's test values: postal code 20000 and street number 200 don't match."""
        body = {
            "type": "card",
            "nonce": sandbox.card_nonce("4000111111111115", cvv="201"),
            "billing_address": CHICAGO | {"line1": "200 E Main St", "region": "AL", "postal_code": "35004"},
        }
        response = await portal.post(METHODS, json=body)
        problem = response.json()
        assert (response.status_code, problem["code"], problem["decline_code"]) == (
            402,
            "payment_method_declined",
            "2000",
        )
        found = [problem[name] for name in ("cvv_result", "avs_street_result", "avs_postal_code_result")]
        assert found == ["U", "N", "M"]
        assert [row.status for row in await methods_of(portal.account_id)] == ["refused"]
        assert await in_gateway(portal.account_id) == set()

    async def test_a_decline_names_the_postal_code(self, portal: Portal, sandbox: Sandbox) -> None:
        """In a country whose postal codes may be 20000, such as France."""
        ajaccio = {"recipient": "P", "line1": "1 rue Fesch", "city": "Ajaccio", "postal_code": "20000", "country": "FR"}
        body = {"type": "card", "nonce": sandbox.card_nonce("4000111111111115"), "billing_address": ajaccio}
        problem = (await portal.post(METHODS, json=body)).json()
        assert (problem["avs_street_result"], problem["avs_postal_code_result"]) == ("M", "N")


class TestReplacing:
    async def test_a_replacement_brings_its_own_address(self, portal: Portal, sandbox: Sandbox) -> None:
        card = (await store(portal, sandbox, billing_address=CHICAGO)).json()
        path, nonce = f"{METHODS}/{card['id']}/replacement", sandbox.card_nonce()
        body = {"nonce": nonce, "billing_address": CHICAGO | {"line1": "2 Oak St"}}
        response = await portal.post(path, json=body, headers=if_match(card))
        assert response.json()["card"]["billing_address"]["line1"] == "2 Oak St"


class TestChanging:
    async def test_an_address_changes_here_and_at_the_gateway(
        self, portal: Portal, sandbox: Sandbox, methods_of: MethodsOf
    ) -> None:
        card = (await store(portal, sandbox, billing_address=CHICAGO)).json()
        new = {key: value for key, value in CHICAGO.items() if key != "line2"} | {"line1": "2 Oak St", "region": "IL"}
        response = await change(portal, card, billing_address=new)
        assert response.status_code == 200
        assert response.json()["card"]["billing_address"] == new | {"line2": None}
        assert response.json()["version"] > card["version"]
        (row,) = await methods_of(portal.account_id)
        kept = sandbox.gateway().payment_method.find(row.token).billing_address
        assert (kept.street_address, kept.extended_address) == ("2 Oak St", None)

    async def test_a_card_without_an_address_gets_one(self, portal: Portal, sandbox: Sandbox) -> None:
        card, address = (await store(portal, sandbox)).json(), await add_address(portal)
        response = await change(portal, card, billing_address_id=address["id"])
        assert response.json()["card"]["billing_address"]["postal_code"] == "94043"

    @pytest.mark.parametrize("field", ["billing_address", "billing_address_id", "default"])
    async def test_null_is_refused_since_an_address_can_not_be_removed(
        self, portal: Portal, sandbox: Sandbox, field: str
    ) -> None:
        card = (await store(portal, sandbox, billing_address=CHICAGO)).json()
        response = await change(portal, card, **{field: None})
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, f"/{field}")

    async def test_a_bank_account_has_no_address(self, portal: Portal) -> None:
        response = await change(portal, await store_bank_account(portal), billing_address=CHICAGO)
        assert (response.status_code, response.json()["code"]) == (409, "payment_method_not_a_card")

    async def test_an_address_that_is_not_in_the_book_is_not_found(
        self, portal: Portal, stranger: Portal, sandbox: Sandbox
    ) -> None:
        card, theirs = (await store(portal, sandbox)).json(), await add_address(stranger)
        assert (await change(portal, card, billing_address_id=theirs["id"])).status_code == 404

    async def test_a_gateway_that_does_not_listen_changes_nothing_not_even_the_default(
        self, portal: Portal, sandbox: Sandbox, methods_of: MethodsOf
    ) -> None:
        await store_card(portal)
        card = (await store(portal, sandbox)).json()
        _, row = await methods_of(portal.account_id)
        sandbox.fault("status", status=429, match={"method": "PUT", "path": row.token})
        response = await change(portal, card, billing_address=CHICAGO, default=True)
        assert (response.status_code, response.json()["code"]) == (503, "gateway_unavailable")
        shown = (await portal.get(f"{METHODS}/{card['id']}")).json()
        assert shown | {"version": card["version"]} == card  # that a change was begun counts

    async def test_a_failed_look_up_after_the_change_does_not_claim_that_nothing_changed(
        self, portal: Portal, sandbox: Sandbox, methods_of: MethodsOf, later: Later
    ) -> None:
        card = (await store(portal, sandbox)).json()
        (row,) = await methods_of(portal.account_id)
        sandbox.fault("status", status=429, match={"method": "GET", "path": row.token})
        response = await change(portal, card, billing_address=CHICAGO)
        assert (response.status_code, response.json()["code"]) == (503, "gateway_answer_lost")
        later.clock.forward(minutes=6)
        await later.services.check_methods.check_due(EVERYTHING)
        shown = (await portal.get(f"{METHODS}/{card['id']}")).json()
        assert shown["card"]["billing_address"]["city"] == "Chicago"

    async def test_a_card_that_the_gateway_has_no_more_is_removed(
        self, portal: Portal, sandbox: Sandbox, methods_of: MethodsOf
    ) -> None:
        card = (await store(portal, sandbox)).json()
        (row,) = await methods_of(portal.account_id)
        sandbox.gateway().payment_method.delete(row.token)
        response = await change(portal, card, billing_address=CHICAGO)
        assert (response.status_code, response.json()["code"]) == (409, "payment_method_removed")
        assert (await portal.get(f"{METHODS}/{card['id']}")).json()["status"] == "removed"

    async def test_address_and_default_change_together(self, portal: Portal, sandbox: Sandbox) -> None:
        await store_card(portal)
        card = (await store(portal, sandbox)).json()
        changed = (await change(portal, card, billing_address=CHICAGO, default=True)).json()
        assert (changed["default"], changed["card"]["billing_address"]["city"]) == (True, "Chicago")

    @pytest.mark.parametrize("commit", [True, False])
    async def test_a_check_after_a_lost_response_shows_the_gateways_address(
        self, portal: Portal, sandbox: Sandbox, methods_of: MethodsOf, later: Later, commit: bool
    ) -> None:
        card = (await store(portal, sandbox, billing_address=CHICAGO)).json()
        (row,) = await methods_of(portal.account_id)
        sandbox.fault("drop", commit=commit, match={"method": "PUT", "path": row.token})
        response = await change(portal, card, billing_address=CHICAGO | {"line1": "2 Oak St"})
        assert (response.status_code, response.json()["code"]) == (503, "gateway_answer_lost")
        later.clock.forward(minutes=6)
        await later.services.check_methods.check_due(EVERYTHING)
        shown = (await portal.get(f"{METHODS}/{card['id']}")).json()
        assert shown["card"]["billing_address"]["line1"] == ("2 Oak St" if commit else "1 E Main St")
