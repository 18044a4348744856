"""Cards and bank accounts over HTTP."""

import asyncio
from typing import Any

import httpx
import pytest

from braintree_sandbox.testing import Sandbox
from tests.factories.payments import MANDATE, if_match, store_bank_account, store_card
from tests.fixtures.signed_in import Portal
from tests.http.problem import without_ids
from tests.payment_methods.conftest import InGateway, MethodsOf

METHODS = "/v1/payment-methods"
NOWHERE = f"{METHODS}/01a203df-4cdb-7211-83aa-039c753394aa"
CARD = {"type": "card", "nonce": "fake-valid-nonce"}
BANK_ACCOUNT = {"type": "us_bank_account", "nonce": "fake-us-bank-account-nonce", "mandate": MANDATE}


async def defaults(portal: Portal) -> list[str]:
    return [method["id"] for method in (await portal.get(METHODS)).json()["data"] if method["default"]]


class TestClientToken:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.post(f"{METHODS}/client-token")).status_code == 401

    async def test_a_viewer_may_not(self, viewer: Portal) -> None:
        assert (await viewer.post(f"{METHODS}/client-token")).status_code == 403

    async def test_a_client_token_is_not_to_be_cached(self, payer: Portal) -> None:
        response = await payer.post(f"{METHODS}/client-token")
        assert response.status_code == 201
        assert response.headers["Cache-Control"] == "no-store"
        assert len(response.json()["client_token"]) > 100


class TestCreate:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.post(METHODS, json=CARD)).status_code == 401

    async def test_a_viewer_may_not(self, viewer: Portal) -> None:
        assert (await viewer.post(METHODS, json=CARD)).status_code == 403

    async def test_a_card(self, payer: Portal, sandbox: Sandbox) -> None:
        nonce = sandbox.card_nonce("4111111111111111", cardholder_name="Pat Example")
        response = await payer.post(METHODS, json={"type": "card", "nonce": nonce})
        assert response.status_code == 201
        method = response.json()
        assert (method["type"], method["status"], method["last4"]) == ("card", "active", "1111")
        assert method["card"] == {
            "brand": "Visa",
            "cardholder_name": "Pat Example",
            "expiration_month": 12,
            "expiration_year": 2030,
            "expired": False,
            "expires_soon": False,
            "billing_address": None,
            "three_d_secure": None,
        }
        assert method["us_bank_account"] is None
        found = await payer.get(response.headers["Location"])
        assert (found.json(), found.headers["ETag"]) == (method, response.headers["ETag"])

    async def test_a_bank_account_keeps_its_mandate(self, portal: Portal) -> None:
        method = await store_bank_account(portal)
        assert (method["type"], method["status"], method["last4"]) == ("us_bank_account", "active", "0000")
        assert method["us_bank_account"]["mandate_text"] == MANDATE["text"]
        assert method["us_bank_account"]["mandate_accepted_at"] == MANDATE["accepted_at"]
        assert method["card"] is None

    async def test_a_bank_account_that_its_bank_has_yet_to_confirm_is_pending(
        self, portal: Portal, sandbox: Sandbox
    ) -> None:
        assert (await store_bank_account(portal, sandbox.bank_nonce("1000000001")))["status"] == "pending"

    async def test_the_first_becomes_the_default_unless_it_declines(self, portal: Portal, stranger: Portal) -> None:
        first, second = await store_card(portal), await store_card(portal)
        assert (first["default"], second["default"]) == (True, False)
        assert (await store_card(stranger, default=False))["default"] is False

    async def test_a_new_default_takes_the_flag(self, portal: Portal) -> None:
        first = await store_card(portal)
        second = await store_bank_account(portal, default=True)
        assert await defaults(portal) == [second["id"]]
        assert (await portal.get(f"{METHODS}/{first['id']}")).json()["version"] == first["version"] + 1

    async def test_a_declined_verification_is_a_402_and_nothing_is_stored(
        self, portal: Portal, sandbox: Sandbox
    ) -> None:
        nonce = sandbox.card_nonce("4000111111111115", cvv="200")
        response = await portal.post(METHODS, json={"type": "card", "nonce": nonce})
        assert response.status_code == 402
        problem = response.json()
        assert problem["code"] == "payment_method_declined"
        assert (problem["decline_code"], problem["retry_may_help"], problem["cvv_result"]) == ("2000", True, "N")
        assert (await portal.get(METHODS)).json()["data"] == []

    async def test_a_bank_account_that_its_bank_refuses_is_a_402(self, portal: Portal, sandbox: Sandbox) -> None:
        response = await portal.post(METHODS, json=BANK_ACCOUNT | {"nonce": sandbox.bank_nonce("1000000004")})
        assert (response.status_code, response.json()["decline_code"]) == (402, "2046")

    @pytest.mark.parametrize("nonce", ["fake-consumed-nonce", "no-such-nonce", "fake-us-bank-account-nonce"])
    async def test_an_invalid_nonce_is_a_wrong_field(self, portal: Portal, nonce: str) -> None:
        response = await portal.post(METHODS, json={"type": "card", "nonce": nonce})
        assert response.status_code == 422
        assert [error["pointer"] for error in response.json()["errors"]] == ["/nonce"]

    async def test_a_cards_nonce_is_invalid_for_a_bank_account(self, portal: Portal, in_gateway: InGateway) -> None:
        response = await portal.post(METHODS, json=BANK_ACCOUNT | {"nonce": "fake-valid-nonce"})
        assert await in_gateway(portal.account_id) == set()
        assert response.status_code == 422
        assert [error["pointer"] for error in response.json()["errors"]] == ["/nonce"]

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"type": "card", "nonce": "4111111111111111"}, "/nonce"),
            ({"type": "card", "nonce": "4111 1111 1111 1111"}, "/nonce"),
            (CARD | {"number": "4111111111111111"}, "/number"),
            (CARD | {"cvv": "123"}, "/cvv"),
            (CARD | {"mandate": MANDATE}, "/mandate"),
            (BANK_ACCOUNT | {"account_number": "1000000000"}, "/account_number"),
            ({"type": "us_bank_account", "nonce": "a-nonce"}, "/mandate"),
            ({"type": "paypal", "nonce": "a-nonce"}, ""),
            (CARD | {"default": "yes"}, "/default"),
        ],
    )
    async def test_numbers_and_other_wrong_fields_are_refused_and_not_repeated(
        self, portal: Portal, body: dict[str, Any], pointer: str
    ) -> None:
        response = await portal.post(METHODS, json=body)
        assert response.status_code == 422
        assert pointer in [error["pointer"] for error in response.json()["errors"]]
        assert "4111" not in without_ids(response.text)

    @pytest.mark.parametrize("nonce", ["4111111111111111", "4111 1111 1111 1111", "nonce-4111-1111-1111-1111"])
    async def test_a_card_number_in_place_of_a_nonce_has_its_own_error(self, portal: Portal, nonce: str) -> None:
        response = await portal.post(METHODS, json={"type": "card", "nonce": nonce})
        assert [error["code"] for error in response.json()["errors"]] == ["card_number"]

    @pytest.mark.parametrize("when", ["2999-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "1999-12-31T23:59:59Z"])
    async def test_a_mandate_is_accepted_in_the_past(self, portal: Portal, when: str) -> None:
        response = await portal.post(METHODS, json=BANK_ACCOUNT | {"mandate": MANDATE | {"accepted_at": when}})
        assert response.status_code == 422
        assert response.json()["errors"][0]["pointer"] == "/mandate/accepted_at"

    async def test_twenty_new_defaults_at_once_leave_one(self, portal: Portal, methods_of: MethodsOf) -> None:
        await asyncio.gather(*(store_card(portal, default=True) for _ in range(20)))
        rows = await methods_of(portal.account_id)
        assert (len(rows), sum(row.is_default for row in rows)) == (20, 1)


class TestList:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(METHODS)).status_code == 401

    async def test_another_accounts_methods_are_not_listed(self, viewer: Portal, stranger: Portal) -> None:
        await store_card(stranger)
        assert (await viewer.get(METHODS)).json()["data"] == []

    async def test_types_are_filtered(self, portal: Portal) -> None:
        card, account = await store_card(portal), await store_bank_account(portal)

        async def listed(query: str) -> list[str]:
            return [method["id"] for method in (await portal.get(f"{METHODS}{query}")).json()["data"]]

        assert await listed("?type=card") == [card["id"]]
        assert await listed("?type=us_bank_account") == [account["id"]]
        assert await listed("?type=card,us_bank_account") == [card["id"], account["id"]]
        assert await listed("?status=active,pending&type=card,card") == [card["id"]]
        assert await listed("?status=verification_failed") == []
        for wrong in ("type=paypal", "type=card,", "status=vaulting"):
            assert (await portal.get(f"{METHODS}?{wrong}")).status_code == 422

    async def test_pages_follow_each_other(self, portal: Portal) -> None:
        stored = [(await store_card(portal))["id"] for _ in range(3)]
        first = (await portal.get(f"{METHODS}?limit=2")).json()
        second = (await portal.get(f"{METHODS}?limit=2&cursor={first['next_cursor']}")).json()
        assert [method["id"] for page in (first, second) for method in page["data"]] == stored
        assert second["has_more"] is False


class TestGet:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(NOWHERE)).status_code == 401

    async def test_another_accounts_method_is_not_found(self, portal: Portal, stranger: Portal) -> None:
        theirs = await store_card(stranger)
        assert (await portal.get(f"{METHODS}/{theirs['id']}")).status_code == 404

    async def test_an_unchanged_method_is_a_304(self, viewer: Portal, portal: Portal) -> None:
        card = await store_card(portal)
        first = await portal.get(f"{METHODS}/{card['id']}")
        response = await viewer.get(f"{METHODS}/{card['id']}", headers={"If-None-Match": first.headers["ETag"]})
        assert response.status_code == 304


class TestUpdate:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.patch(NOWHERE, json={"default": True})).status_code == 401

    async def test_another_accounts_method_is_not_found(self, portal: Portal, stranger: Portal) -> None:
        theirs = await store_card(stranger)
        response = await portal.patch(f"{METHODS}/{theirs['id']}", json={"default": True}, headers=if_match(theirs))
        assert response.status_code == 404

    async def test_the_flag_moves_over_both_kinds(self, portal: Portal) -> None:
        card, account = await store_card(portal), await store_bank_account(portal)
        response = await portal.patch(f"{METHODS}/{account['id']}", json={"default": True}, headers=if_match(account))
        assert response.json()["default"] is True
        assert response.headers["ETag"].startswith(f'"{account["version"] + 1}-')
        assert await defaults(portal) == [account["id"]]
        assert card["id"] not in await defaults(portal)

    async def test_the_flag_can_be_taken_from_all(self, portal: Portal) -> None:
        card = await store_card(portal)
        response = await portal.patch(f"{METHODS}/{card['id']}", json={"default": False}, headers=if_match(card))
        assert response.status_code == 200
        assert await defaults(portal) == []

    async def test_a_change_names_the_version_it_means(self, portal: Portal) -> None:
        card = await store_card(portal)
        path = f"{METHODS}/{card['id']}"
        assert (await portal.patch(path, json={"default": True})).status_code == 428
        assert (await portal.patch(path, json={"default": True}, headers={"If-Match": '"99"'})).status_code == 412

    async def test_a_removed_method_can_not_be_changed(self, portal: Portal) -> None:
        card = await store_card(portal)
        path = f"{METHODS}/{card['id']}"
        await portal.delete(path, headers=if_match(card))
        response = await portal.patch(path, json={"default": True}, headers={"If-Match": "*"})
        assert (response.status_code, response.json()["code"]) == (409, "payment_method_removed")


class TestRemove:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.delete(NOWHERE)).status_code == 401

    async def test_another_accounts_method_is_not_found(self, portal: Portal, stranger: Portal) -> None:
        theirs = await store_card(stranger)
        response = await portal.delete(f"{METHODS}/{theirs['id']}", headers=if_match(theirs))
        assert response.status_code == 404

    async def test_a_removal_removes_the_method_here_and_at_the_gateway(
        self, portal: Portal, in_gateway: InGateway, methods_of: MethodsOf
    ) -> None:
        await store_bank_account(portal)
        card = await store_card(portal)
        response = await portal.delete(f"{METHODS}/{card['id']}", headers=if_match(card))
        unused = {"cancelled_payments": [], "autopay_switched_off": False}
        assert response.json() == {"id": card["id"], "was_default": False, "notice": None, **unused}
        assert card["id"] not in [method["id"] for method in (await portal.get(METHODS)).json()["data"]]
        kept = (await portal.get(f"{METHODS}/{card['id']}")).json()
        assert (kept["status"], kept["last4"]) == ("removed", "1881")
        assert [method["id"] for method in (await portal.get(f"{METHODS}?status=removed")).json()["data"]] == [
            kept["id"]
        ]
        assert kept["id"] not in (await portal.get(METHODS)).text
        kept_row, row = await methods_of(portal.account_id)
        assert await in_gateway(portal.account_id) == {kept_row.token} != {row.token}

    async def test_removing_the_default_picks_no_other_and_says_so(self, portal: Portal) -> None:
        card, _ = await store_card(portal), await store_card(portal)
        response = await portal.delete(f"{METHODS}/{card['id']}", headers=if_match(card))
        assert response.json()["was_default"] is True
        assert "choose another" in response.json()["notice"]
        assert await defaults(portal) == []

    async def test_a_removal_can_be_repeated(self, portal: Portal) -> None:
        card = await store_card(portal)
        path = f"{METHODS}/{card['id']}"
        first = await portal.delete(path, headers=if_match(card))
        again = await portal.delete(path, headers={"If-Match": "*"})
        assert (first.status_code, again.status_code) == (200, 200)

    async def test_a_change_names_the_version_it_means(self, portal: Portal) -> None:
        card = await store_card(portal)
        path = f"{METHODS}/{card['id']}"
        assert (await portal.delete(path)).status_code == 428
        assert (await portal.delete(path, headers={"If-Match": '"99"'})).status_code == 412
