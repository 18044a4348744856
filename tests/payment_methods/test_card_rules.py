"""Storing cards for a vendor who wants device data and 3-D Secure."""

import json
from collections.abc import AsyncIterator
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from braintree.test.nonces import Nonces
from fastapi import FastAPI

from billing_api.config import Settings
from billing_api.errors import AppError, InvalidInputError
from billing_api.gateway.methods import ThreeDSecure
from billing_api.gateway.port import Gateway
from billing_api.gateway_settings import Demand
from billing_api.main import create_app
from billing_api.payment_methods.card_rules import CardRules, ThreeDSecureFailedError, ThreeDSecureRequiredError
from braintree_sandbox.testing import Sandbox
from tests.factories.payments import Json, if_match, new_key, store_bank_account
from tests.fixtures.later import Later
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payment_methods.conftest import MethodsOf

METHODS = "/v1/payment-methods"
AUTHENTICATED = Nonces.ThreeDSecureVisaFullAuthentication
FAILED = Nonces.ThreeDSecureVisaFailedAuthentication
NOT_ENROLLED = Nonces.ThreeDSecureVisaNoteEnrolled
DEVICE = json.dumps({"correlation_id": "5a1c3e9f0b7d"})


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """A vendor whose forms must send both."""
    return settings.model_copy(update={"device_data": Demand.REQUIRED, "three_d_secure": Demand.REQUIRED})


@pytest.fixture(scope="module")
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The application of that vendor."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture(scope="module")
def services(app: FastAPI) -> Services:
    """The parts of that application."""
    services: Services = Services(app.state.parts)
    return services


async def store(portal: Portal, nonce: str = AUTHENTICATED, **fields: Any) -> httpx.Response:
    body = {"type": "card", "nonce": nonce, "device_data": DEVICE, "on_duplicate": "store_again", **fields}
    return await portal.post(METHODS, json=body, headers=new_key())


class TestStoring:
    async def test_an_authenticated_card_is_stored_with_its_result(self, portal: Portal, later: Later) -> None:
        """The result is the gateway's, and a later look at the card finds the same."""
        card = (await store(portal)).json()
        assert card["card"]["three_d_secure"] == {"status": "authenticate_successful", "liability_shifted": True}
        later.clock.forward(days=2)
        await later.services.check_methods.check(portal.account_id, UUID(card["id"]))
        assert (await portal.get(f"{METHODS}/{card['id']}")).json()["card"] == card["card"]

    @pytest.mark.parametrize(
        ("nonce", "code", "status"),
        [
            ("fake-valid-visa-nonce", "three_d_secure_required", None),
            (FAILED, "three_d_secure_failed", "authenticate_failed"),
            (NOT_ENROLLED, "three_d_secure_failed", "lookup_not_enrolled"),
        ],
    )
    async def test_another_card_is_refused_and_nothing_is_stored(
        self, portal: Portal, methods_of: MethodsOf, nonce: str, code: str, status: str | None
    ) -> None:
        refused = await store(portal, nonce)
        problem = refused.json()
        assert (refused.status_code, problem["code"], problem.get("three_d_secure_status")) == (402, code, status)
        assert await methods_of(portal.account_id) == []

    async def test_a_nonce_that_nothing_is_known_of_is_the_gateways_to_refuse(self, portal: Portal) -> None:
        refused = await store(portal, "never-made-nonce")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/nonce")

    async def test_without_device_data_a_card_is_refused(self, portal: Portal) -> None:
        refused = await store(portal, device_data=None)
        [error] = refused.json()["errors"]
        assert (refused.status_code, error["pointer"], error["code"]) == (422, "/device_data", "required")

    async def test_too_much_device_data_is_refused(self, portal: Portal) -> None:
        assert (await store(portal, device_data="x" * 4001)).status_code == 422

    async def test_a_bank_account_needs_neither(self, portal: Portal) -> None:
        assert (await store_bank_account(portal))["status"] == "active"


class TestReplacing:
    async def test_the_new_card_must_be_authenticated_too(self, portal: Portal) -> None:
        card = (await store(portal)).json()
        path = f"{METHODS}/{card['id']}/replacement"
        body = {"nonce": "fake-valid-mastercard-nonce", "device_data": DEVICE}
        refused = await portal.post(path, json=body, headers=if_match(card))
        assert (refused.status_code, refused.json()["code"]) == (402, "three_d_secure_required")
        replaced = await portal.post(path, json=body | {"nonce": AUTHENTICATED}, headers=if_match(card))
        assert (replaced.status_code, replaced.json()["id"]) == (200, card["id"])


class TestNonces:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.post(f"{METHODS}/01a203df-4cdb-7211-83aa-039c753394aa/nonces")).status_code == 401

    async def test_a_card_of_another_account_is_not_found(self, portal: Portal, stranger: Portal) -> None:
        card = (await store(portal)).json()
        assert (await stranger.post(f"{METHODS}/{card['id']}/nonces")).status_code == 404

    async def test_a_stored_card_has_a_nonce_for_its_authentication(
        self, portal: Portal, sandbox: Sandbox, methods_of: MethodsOf
    ) -> None:
        card = (await store(portal)).json()
        made = await portal.post(f"{METHODS}/{card['id']}/nonces")
        (row,) = await methods_of(portal.account_id)
        sale = sandbox.gateway().transaction.sale({"amount": "10.00", "payment_method_nonce": made.json()["nonce"]})
        assert (made.status_code, sale.transaction.credit_card_details.token) == (201, row.token)
        assert made.headers["Cache-Control"] == "no-store"

    async def test_a_bank_account_has_none(self, portal: Portal) -> None:
        account = await store_bank_account(portal)
        refused = await portal.post(f"{METHODS}/{account['id']}/nonces")
        assert (refused.status_code, refused.json()["code"]) == (409, "payment_method_not_a_card")

    async def test_a_removed_card_has_none(self, portal: Portal) -> None:
        card: Json = (await store(portal)).json()
        assert (await portal.delete(f"{METHODS}/{card['id']}", headers=if_match(card))).status_code == 200
        assert (await portal.post(f"{METHODS}/{card['id']}/nonces")).status_code == 409


async def test_the_portals_configuration_says_what_is_wanted(client: httpx.AsyncClient) -> None:
    config = (await client.get("/v1/portal-config")).json()
    assert (config["device_data"], config["three_d_secure"]) == ("required", "required")


def rules(demand: Demand) -> CardRules:
    return CardRules(cast("Gateway", None), device_data=demand, three_d_secure=demand)


def result(status: str, *, shifted: bool) -> ThreeDSecure:
    return ThreeDSecure(status=status, liability_shifted=shifted)


@pytest.mark.parametrize(
    ("demand", "found", "refusal"),
    [
        (Demand.OFF, None, None),
        (Demand.OFF, result("authenticate_failed", shifted=False), None),
        (Demand.OPTIONAL, None, None),
        (Demand.OPTIONAL, result("authenticate_successful", shifted=True), None),
        (Demand.OPTIONAL, result("lookup_not_enrolled", shifted=False), None),
        (Demand.OPTIONAL, result("authenticate_failed", shifted=False), ThreeDSecureFailedError),
        (Demand.OPTIONAL, result("authenticate_rejected", shifted=False), ThreeDSecureFailedError),
        (Demand.REQUIRED, None, ThreeDSecureRequiredError),
        (Demand.REQUIRED, result("authenticate_attempt_successful", shifted=True), None),
        (Demand.REQUIRED, result("lookup_not_enrolled", shifted=False), ThreeDSecureFailedError),
    ],
)
def test_the_setting_decides_on_each_result(
    demand: Demand, found: ThreeDSecure | None, refusal: type[AppError] | None
) -> None:
    if refusal is None:
        rules(demand).require_three_d_secure(found)
        return
    with pytest.raises(refusal):
        rules(demand).require_three_d_secure(found)


def test_device_data_are_passed_on_only_when_they_are_wanted() -> None:
    assert [rules(demand).require_device_data(DEVICE) for demand in Demand] == [None, DEVICE, DEVICE]
    assert [rules(demand).require_device_data(None) for demand in (Demand.OFF, Demand.OPTIONAL)] == [None, None]
    with pytest.raises(InvalidInputError):
        rules(Demand.REQUIRED).require_device_data(None)
