"""The parts of payment methods that no response shows: intents, lost responses and holds."""

from uuid import UUID, uuid4

import pytest

from billing_api.config import Settings
from billing_api.gateway.methods import MethodKind
from billing_api.payment_methods.create_schemas import BankAccountCreate
from billing_api.payment_methods.errors import (
    MethodTypeNotAcceptedError,
    PaymentMethodInUseError,
    PaymentMethodNotFoundError,
    PaymentMethodRemovedError,
)
from billing_api.payment_methods.verification_errors import PaymentMethodNotVerifiedError
from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import MANDATE, Json, if_match, pay, store_bank_account, store_card
from tests.fixtures.later import Later
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal
from tests.payment_methods.conftest import (
    CustomerOf,
    EventsOf,
    InGateway,
    MethodsOf,
    chargeable,
    place_hold,
    release_hold,
)

METHODS = "/v1/payment-methods"
EVERYTHING = 1_000


class TestStoring:
    async def test_the_account_is_one_customer_at_the_gateway(
        self, portal: Portal, in_gateway: InGateway, customer_of: CustomerOf, methods_of: MethodsOf
    ) -> None:
        await store_card(portal)
        await store_bank_account(portal)
        customer = await customer_of(portal.account_id)
        assert customer.confirmed_at is not None
        tokens = {row.token for row in await methods_of(portal.account_id)}
        assert await in_gateway(portal.account_id) == tokens
        assert len(tokens) == 2

    async def test_a_lost_response_is_looked_up(self, portal: Portal, sandbox: Sandbox, methods_of: MethodsOf) -> None:
        nonce = sandbox.card_nonce()
        fault = sandbox.fault("drop", commit=True, match={"path": "^/payment_methods$", "body": nonce})
        assert (await store_card(portal, nonce))["status"] == "active"
        assert sandbox.hits(fault) == 1
        assert len(await methods_of(portal.account_id)) == 1

    async def test_a_lost_response_about_the_other_kind_is_refused(
        self, portal: Portal, sandbox: Sandbox, methods_of: MethodsOf, in_gateway: InGateway
    ) -> None:
        nonce = sandbox.bank_nonce()
        fault = sandbox.fault("drop", commit=True, match={"path": "^/payment_methods$", "body": nonce})
        response = await portal.post(METHODS, json={"type": "card", "nonce": nonce})
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/nonce")
        assert sandbox.hits(fault) == 1
        assert [row.status for row in await methods_of(portal.account_id)] == ["refused"]
        assert await in_gateway(portal.account_id) == set()
        assert (await portal.get(METHODS)).json()["data"] == []
        assert (await portal.get("/v1/overview")).status_code == 200

    @pytest.mark.parametrize("removable", [True, False])
    async def test_a_lost_response_about_an_account_unknown_to_its_bank_is_a_decline(
        self,
        portal: Portal,
        sandbox: Sandbox,
        methods_of: MethodsOf,
        in_gateway: InGateway,
        later: Later,
        removable: bool,
    ) -> None:
        nonce = sandbox.bank_nonce("1000000002")
        fault = sandbox.fault("drop", commit=True, match={"path": "^/payment_methods$", "body": nonce})
        if not removable:
            sandbox.fault("status", status=500, match={"method": "DELETE", "path": "^/payment_methods/any/"})
        response = await portal.post(METHODS, json={"type": "us_bank_account", "nonce": nonce, "mandate": MANDATE})
        assert (response.status_code, response.json()["code"]) == (402, "payment_method_declined")
        assert sandbox.hits(fault) == 1
        assert [row.status for row in await methods_of(portal.account_id)] == ["refused" if removable else "discarding"]
        assert len(await in_gateway(portal.account_id)) == (0 if removable else 1)
        later.clock.forward(minutes=6)
        await later.services.check_methods.check_due(EVERYTHING)
        assert [row.status for row in await methods_of(portal.account_id)] == ["refused"]
        assert await in_gateway(portal.account_id) == set()

    async def test_a_request_that_may_have_been_lost_is_a_503_and_leaves_its_intent(
        self, portal: Portal, sandbox: Sandbox, methods_of: MethodsOf
    ) -> None:
        nonce = sandbox.card_nonce()
        sandbox.fault("drop", match={"path": "^/payment_methods$", "body": nonce})
        response = await portal.post(METHODS, json={"type": "card", "nonce": nonce})
        assert (response.status_code, response.json()["code"]) == (503, "gateway_answer_lost")
        (intent,) = await methods_of(portal.account_id)
        assert intent.status == "vaulting"
        assert (await portal.get(METHODS)).json()["data"] == []
        assert (await portal.get(f"{METHODS}/{intent.id}")).status_code == 404

    async def test_a_gateway_that_does_not_listen_is_a_503(
        self, portal: Portal, sandbox: Sandbox, methods_of: MethodsOf
    ) -> None:
        nonce = sandbox.card_nonce()
        sandbox.fault("status", status=429, match={"body": nonce})
        response = await portal.post(METHODS, json={"type": "card", "nonce": nonce})
        assert (response.status_code, response.json()["code"]) == (503, "gateway_unavailable")
        assert response.headers["Retry-After"]
        assert [row.status for row in await methods_of(portal.account_id)] == ["refused"]
        assert (await store_card(portal, nonce))["default"] is True

    async def test_a_customer_whose_response_was_lost_is_made_again(
        self, portal: Portal, sandbox: Sandbox, customer_of: CustomerOf
    ) -> None:
        nonce = sandbox.card_nonce()
        sandbox.fault("status", status=429, match={"body": nonce})
        await portal.post(METHODS, json={"type": "card", "nonce": nonce})
        customer = await customer_of(portal.account_id)
        assert customer.confirmed_at is None
        sandbox.fault("drop", match={"path": "^/customers$", "body": customer.customer_id})
        response = await portal.post(METHODS, json={"type": "card", "nonce": nonce})
        assert (response.status_code, response.json()["code"]) == (503, "gateway_unavailable")
        await store_card(portal, nonce)
        assert (await customer_of(portal.account_id)).confirmed_at is not None

    async def test_a_customer_who_was_removed_at_the_gateway_is_made_again(
        self, portal: Portal, stranger: Portal, sandbox: Sandbox, customer_of: CustomerOf, in_gateway: InGateway
    ) -> None:
        """Another account's customer is found, so the gateway is a familiar one."""
        await store_card(portal)
        await store_card(stranger)
        customer = await customer_of(portal.account_id)
        sandbox.gateway().customer.delete(customer.customer_id)
        await store_card(portal)
        assert len(await in_gateway(portal.account_id)) == 1

    async def test_bank_accounts_need_a_merchant_account(
        self, settings: Settings, portal: Portal, methods_of: MethodsOf
    ) -> None:
        cards_only = settings.model_copy(update={"gateway_ach_merchant_account": ""})
        new = BankAccountCreate.model_validate({"type": "us_bank_account", "nonce": "a-nonce", "mandate": MANDATE})
        async with open_services(cards_only) as services:
            with pytest.raises(MethodTypeNotAcceptedError):
                await services.store_method.store(portal.account_id, new)
        assert await methods_of(portal.account_id) == []


class TestDefault:
    async def test_the_default_is_found_or_none(self, services: Services, portal: Portal, stranger: Portal) -> None:
        card = await store_card(portal)
        found = await services.payment_methods.default(portal.account_id)
        assert found is not None
        assert str(found.id) == card["id"]
        assert await services.payment_methods.default(stranger.account_id) is None


class TestClientToken:
    async def test_a_gateway_that_does_not_listen_is_a_503(self, portal: Portal, sandbox: Sandbox) -> None:
        sandbox.fault("status", status=503, match={"path": "^/client_token$"})
        response = await portal.post(f"{METHODS}/client-token")
        assert (response.status_code, response.json()["code"]) == (503, "gateway_unavailable")


class TestRemoving:
    async def test_a_gateway_that_does_not_listen_changes_nothing(
        self, portal: Portal, sandbox: Sandbox, methods_of: MethodsOf
    ) -> None:
        card = await store_card(portal)
        (row,) = await methods_of(portal.account_id)
        sandbox.fault("status", status=429, match={"path": row.token})
        path = f"{METHODS}/{card['id']}"
        response = await portal.delete(path, headers=if_match(card))
        assert (response.status_code, response.json()["code"]) == (503, "gateway_unavailable")
        shown = (await portal.get(path)).json()
        assert (shown["status"], shown["default"]) == ("active", True)

    @pytest.mark.parametrize("commit", [True, False])
    async def test_a_lost_removal_is_completed_by_the_next(
        self, portal: Portal, sandbox: Sandbox, methods_of: MethodsOf, in_gateway: InGateway, commit: bool
    ) -> None:
        card = await store_card(portal)
        (row,) = await methods_of(portal.account_id)
        sandbox.fault("drop", commit=commit, match={"path": row.token})
        path = f"{METHODS}/{card['id']}"
        response = await portal.delete(path, headers=if_match(card))
        assert (response.status_code, response.json()["code"]) == (503, "gateway_answer_lost")
        half_way = (await portal.get(path)).json()
        assert half_way["status"] == "removing"
        again = await portal.delete(path, headers=if_match(half_way))
        assert again.json()["was_default"] is True
        assert (await portal.get(path)).json()["status"] == "removed"
        assert await in_gateway(portal.account_id) == set()


@pytest.fixture
async def held(services: Services, portal: Portal) -> Json:
    """A card, the account's default, that a payment under way needs."""
    card = await store_card(portal)
    hold = (portal.account_id, UUID(card["id"]), uuid4())
    await place_hold(services, *hold)
    return card


class TestHolds:
    async def test_a_method_that_is_held_stays(self, services: Services, portal: Portal) -> None:
        card = await store_card(portal)
        method_id, holder_id = UUID(card["id"]), uuid4()
        await place_hold(services, portal.account_id, method_id, holder_id)
        response = await portal.delete(f"{METHODS}/{card['id']}", headers=if_match(card))
        assert (response.status_code, response.json()["code"]) == (409, PaymentMethodInUseError.code)
        assert response.json()["used_by"] == ["payment"]
        await release_hold(services, portal.account_id, method_id, holder_id)
        assert (await portal.delete(f"{METHODS}/{card['id']}", headers=if_match(card))).status_code == 200

    async def test_a_bank_account_with_a_payment_under_way_stays(self, services: Services, portal: Portal) -> None:
        account = await store_bank_account(portal)
        response = await pay(portal, account, await post_invoice(services, portal.account_id))
        assert response.json()["status"] == "processing"
        response = await portal.delete(f"{METHODS}/{account['id']}", headers=if_match(account))
        assert (response.status_code, response.json()["used_by"]) == (409, ["payment"])

    async def test_a_detached_method_is_removed_with_its_events(
        self, portal: Portal, held: Json, events_of: EventsOf
    ) -> None:
        response = await portal.delete(f"{METHODS}/{held['id']}?detach=true", headers=if_match(held))
        assert (response.status_code, response.json()["was_default"]) == (200, True)
        events = dict(await events_of(UUID(held["id"])))
        assert events["detached"] == {"type": "card", "used_by": ["payment"]}
        assert events["removed"]["by"] == "customer"

    async def test_a_method_is_detached_only_when_it_is_removed(
        self, portal: Portal, sandbox: Sandbox, held: Json, methods_of: MethodsOf, events_of: EventsOf
    ) -> None:
        (row,) = await methods_of(portal.account_id)
        path = f"{METHODS}/{held['id']}"
        sandbox.fault("status", status=429, match={"path": row.token})
        assert (await portal.delete(f"{path}?detach=true", headers=if_match(held))).status_code == 503
        assert [kind for kind, _ in await events_of(row.id)] == ["stored"]
        assert (await portal.delete(path, headers={"If-Match": "*"})).status_code == 409


class TestChargeable:
    async def test_a_card_may_pay(self, services: Services, portal: Portal, methods_of: MethodsOf) -> None:
        card = await store_card(portal)
        (row,) = await methods_of(portal.account_id)
        method = await chargeable(services, portal.account_id, UUID(card["id"]))
        assert (method.kind, method.token, method.brand, method.last4) == (MethodKind.CARD, row.token, "Visa", "1881")

    async def test_a_method_that_can_not_pay_has_its_reason(
        self, services: Services, portal: Portal, stranger: Portal, sandbox: Sandbox
    ) -> None:
        pending = await store_bank_account(portal, sandbox.bank_nonce("1000000001"))
        removed = await store_card(portal)
        await portal.delete(f"{METHODS}/{removed['id']}", headers=if_match(removed))
        theirs = await store_card(stranger)
        for method, error in (
            (pending, PaymentMethodNotVerifiedError),
            (removed, PaymentMethodRemovedError),
            (theirs, PaymentMethodNotFoundError),
        ):
            with pytest.raises(error):
                await chargeable(services, portal.account_id, UUID(method["id"]))
