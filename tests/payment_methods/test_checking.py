"""Checks bring the rows and the gateway's vault together again, whatever happened to either."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, if_match, pay, store_bank_account, store_card
from tests.fixtures.holding import holding
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payment_methods.conftest import EventsOf, InGateway, MethodsOf, place_hold

METHODS = "/v1/payment-methods"
EVERYTHING = 1_000


@pytest.fixture
async def card(portal: Portal, sandbox: Sandbox) -> Json:
    """A card of `portal`, and its default."""
    return await store_card(portal, sandbox.card_nonce())


@pytest.fixture
async def token(card: Json, portal: Portal, methods_of: MethodsOf) -> str:
    """The gateway's token of `card`."""
    (row,) = await methods_of(portal.account_id)
    return row.token


async def a_day_later(later: Later) -> None:
    """Move the clock by a day and check every stored method."""
    later.clock.forward(hours=25)
    await later.services.check_methods.check_due(EVERYTHING)


class TestGoneAtTheGateway:
    @pytest.mark.parametrize("who", ["operator", "nobody knows"])
    async def test_it_is_shown_as_removed_and_no_longer_listed(
        self, portal: Portal, sandbox: Sandbox, card: Json, token: str, later: Later, events_of: EventsOf, who: str
    ) -> None:
        if who == "operator":
            sandbox.gateway().payment_method.delete(token)
        else:
            sandbox.control("DELETE", f"/payment-methods/{token}")
        await a_day_later(later)
        shown = (await portal.get(f"{METHODS}/{card['id']}")).json()
        assert (shown["status"], shown["default"], shown["last4"]) == ("removed", False, "1111")
        assert shown["removed_at"] is not None
        assert (await portal.get(METHODS)).json()["data"] == []
        assert (await portal.get("/v1/overview")).json()["default_payment_method"] is None
        unused = {"cancelled_payments": [], "autopay_switched_off": False}
        event = {"type": "card", "by": "gateway", "was_default": True, "last4": "1111", **unused}
        assert (await events_of(UUID(card["id"])))[1:] == [("removed", event)]

    async def test_payments_keep_its_last_four(
        self, services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str, later: Later
    ) -> None:
        await pay(portal, card, await post_invoice(services, portal.account_id))
        sandbox.gateway().payment_method.delete(token)
        await a_day_later(later)
        (payment,) = (await portal.get("/v1/payments")).json()["data"]
        assert (payment["payment_method_id"], payment["last4"]) == (card["id"], "1111")

    async def test_its_holds_are_released(
        self, services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str, later: Later, sql: Sql
    ) -> None:
        hold = (portal.account_id, UUID(card["id"]), uuid4())
        await place_hold(services, *hold)
        sandbox.gateway().payment_method.delete(token)
        await a_day_later(later)
        assert await sql.fetchval("SELECT count(*) FROM payment_method_holds WHERE account_id = $1", hold[0]) == 0

    async def test_a_refused_charge_makes_its_check_due_at_once(
        self, services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str, later: Later
    ) -> None:
        sandbox.gateway().payment_method.delete(token)
        response = await pay(portal, card, await post_invoice(services, portal.account_id))
        assert (response.status_code, response.json()["decline_code"]) == (402, "91518")
        later.clock.forward(minutes=1)  # its clock stood still while the payment was refused
        await later.services.check_methods.check_due(EVERYTHING)
        assert (await portal.get(f"{METHODS}/{card['id']}")).json()["status"] == "removed"

    async def test_a_declined_charge_makes_no_check_due(
        self, services: Services, portal: Portal, card: Json, token: str, methods_of: MethodsOf
    ) -> None:
        (before,) = await methods_of(portal.account_id)
        response = await pay(portal, card, await post_invoice(services, portal.account_id, 200_000))
        assert response.status_code == 402
        (after,) = await methods_of(portal.account_id)
        assert after.next_check_at == before.next_check_at


class TestChangedAtTheGateway:
    async def test_a_change_is_shown_and_recorded_once(
        self, portal: Portal, sandbox: Sandbox, card: Json, token: str, later: Later, events_of: EventsOf
    ) -> None:
        sandbox.gateway().payment_method.update(token, {"expiration_date": "07/2033", "cardholder_name": "P. Example"})
        await a_day_later(later)
        shown = (await portal.get(f"{METHODS}/{card['id']}")).json()
        assert (shown["card"]["expiration_month"], shown["card"]["expiration_year"]) == (7, 2033)
        assert shown["card"]["cardholder_name"] == "P. Example"
        assert (shown["version"], shown["default"]) == (card["version"] + 1, True)
        await a_day_later(later)
        assert [kind for kind, _ in await events_of(UUID(card["id"]))] == ["stored", "updated"]

    async def test_a_first_fingerprint_is_no_change(
        self, portal: Portal, card: Json, later: Later, sql: Sql, events_of: EventsOf
    ) -> None:
        await sql.execute("UPDATE payment_methods SET fingerprint = NULL WHERE id = $1", UUID(card["id"]))
        await a_day_later(later)
        assert await sql.fetchval("SELECT fingerprint IS NOT NULL FROM payment_methods WHERE id = $1", card["id"])
        assert [kind for kind, _ in await events_of(UUID(card["id"]))] == ["stored"]

    async def test_a_response_that_is_older_than_the_row_is_requested_again(
        self, portal: Portal, sandbox: Sandbox, card: Json, token: str, later: Later, methods_of: MethodsOf
    ) -> None:
        """The gateway's response is on its way while the customer changes the row."""
        later.clock.forward(hours=25)
        (row,) = await methods_of(portal.account_id)
        async with holding(sandbox, commit=True, method="GET", path=token) as held:
            checking = asyncio.create_task(later.services.check_methods.check(portal.account_id, row.id))
            await held.by(checking)
            changed = await portal.patch(f"{METHODS}/{card['id']}", json={"default": False}, headers=if_match(card))
            assert changed.status_code == 200
        await checking
        (row,) = await methods_of(portal.account_id)
        assert row.next_check_at == later.clock.now()


class TestLeftOpen:
    async def test_a_stored_method_whose_response_was_lost_is_kept_as_requested(
        self, portal: Portal, sandbox: Sandbox, card: Json, later: Later, in_gateway: InGateway
    ) -> None:
        """Both the response and that of the look-up after it are lost."""
        nonce = sandbox.card_nonce("5555555555554444")
        sandbox.fault("drop", commit=True, match={"path": "^/payment_methods$", "body": nonce})
        sandbox.fault("status", status=500, match={"method": "GET", "path": "^/payment_methods/any/"})
        response = await portal.post(METHODS, json={"type": "card", "nonce": nonce, "default": True})
        assert (response.status_code, response.json()["code"]) == (503, "gateway_answer_lost")
        later.clock.forward(minutes=6)
        await later.services.check_methods.check_due(EVERYTHING)
        first, second = (await portal.get(METHODS)).json()["data"]
        assert (first["default"], second["default"], second["last4"]) == (False, True, "4444")
        assert len(await in_gateway(portal.account_id)) == 2

    async def test_a_lost_duplicate_is_removed_again(
        self, portal: Portal, sandbox: Sandbox, card: Json, token: str, later: Later, in_gateway: InGateway
    ) -> None:
        nonce = sandbox.card_nonce()
        sandbox.fault("drop", commit=True, match={"path": "^/payment_methods$", "body": nonce})
        sandbox.fault("status", status=500, match={"method": "GET", "path": "^/payment_methods/any/"})
        assert (await portal.post(METHODS, json={"type": "card", "nonce": nonce})).status_code == 503
        later.clock.forward(minutes=6)
        await later.services.check_methods.check_due(EVERYTHING)
        assert [one["id"] for one in (await portal.get(METHODS)).json()["data"]] == [card["id"]]
        assert await in_gateway(portal.account_id) == {token}

    async def test_an_intent_that_never_arrived_is_given_up(
        self, portal: Portal, sandbox: Sandbox, later: Later, methods_of: MethodsOf
    ) -> None:
        nonce = sandbox.card_nonce()
        sandbox.fault("drop", match={"path": "^/payment_methods$", "body": nonce})
        assert (await portal.post(METHODS, json={"type": "card", "nonce": nonce})).status_code == 503
        await later.services.check_methods.check_due(EVERYTHING)  # too early: it may be on its way
        assert [row.status for row in await methods_of(portal.account_id)] == ["vaulting"]
        later.clock.forward(minutes=6)
        await later.services.check_methods.check_due(EVERYTHING)
        assert [row.status for row in await methods_of(portal.account_id)] == ["refused"]

    async def test_a_method_that_arrives_after_its_intent_was_given_up_is_removed(
        self, portal: Portal, sandbox: Sandbox, later: Later, methods_of: MethodsOf, in_gateway: InGateway
    ) -> None:
        """Its process was paused before the request was sent."""
        nonce = sandbox.card_nonce()
        async with holding(sandbox, path="^/payment_methods$", body=nonce) as held:
            request = asyncio.create_task(portal.post(METHODS, json={"type": "card", "nonce": nonce}))
            await held.by(request)
            later.clock.forward(minutes=6)
            await later.services.check_methods.check_due(EVERYTHING)
            assert [row.status for row in await methods_of(portal.account_id)] == ["refused"]
        response = await request
        assert (response.status_code, response.json()["code"]) == (503, "gateway_unavailable")
        assert await in_gateway(portal.account_id) == set()
        assert [row.status for row in await methods_of(portal.account_id)] == ["refused"]

    async def test_a_failed_check_is_due_again_in_some_minutes(
        self, portal: Portal, sandbox: Sandbox, card: Json, token: str, later: Later, methods_of: MethodsOf
    ) -> None:
        fault = sandbox.fault("status", status=500, match={"method": "GET", "path": token})
        await a_day_later(later)
        assert sandbox.hits(fault) == 1
        (row,) = await methods_of(portal.account_id)
        assert row.next_check_at == later.clock.now() + timedelta(minutes=5)
        assert (row.status, row.version) == ("active", card["version"])

    async def test_two_batches_at_once_leave_the_same_state(
        self,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        later: Later,
        methods_of: MethodsOf,
        in_gateway: InGateway,
        events_of: EventsOf,
    ) -> None:
        """They check cards to keep, to give up, to remove and already gone, and an account that is verified."""
        lost, never = sandbox.card_nonce("5555555555554444"), sandbox.card_nonce("378282246310005")
        account = await store_bank_account(portal, sandbox.bank_nonce())
        gone, removing = await store_card(portal), await store_card(portal)
        for nonce, commit in ((lost, True), (never, False)):
            sandbox.fault("drop", commit=commit, match={"path": "^/payment_methods$", "body": nonce})
            sandbox.fault("status", status=500, match={"method": "GET", "path": "^/payment_methods/any/"})
            assert (await portal.post(METHODS, json={"type": "card", "nonce": nonce})).status_code == 503
        rows = {str(row.id): row for row in await methods_of(portal.account_id)}
        sandbox.gateway().payment_method.delete(rows[gone["id"]].token)
        sandbox.fault("drop", match={"method": "DELETE", "path": rows[removing["id"]].token})
        assert (await portal.delete(f"{METHODS}/{removing['id']}", headers=if_match(removing))).status_code == 503
        later.clock.forward(hours=25)
        await asyncio.gather(*(later.services.check_methods.check_due(EVERYTHING) for _ in range(2)))
        shown = {one["id"]: one["last4"] for one in (await portal.get(METHODS)).json()["data"]}
        assert set(shown) > {card["id"], account["id"]}
        assert sorted(shown.values()) == ["0000", "1111", "4444"]
        rows = {str(row.id): row for row in await methods_of(portal.account_id)}
        assert await in_gateway(portal.account_id) == {rows[method_id].token for method_id in shown}
        for method in (gone, removing):
            assert [kind for kind, _ in await events_of(UUID(method["id"]))] == ["stored", "removed"]
        assert sum(row.is_default for row in rows.values()) == 1
