"""Paying cards for a vendor who wants device data and 3-D Secure of their owners."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from braintree.test.nonces import Nonces
from fastapi import FastAPI

from billing_api.config import Settings
from billing_api.gateway_settings import Demand
from billing_api.main import create_app
from braintree_sandbox.testing import Sandbox
from tests.factories.payments import Json, new_key, of_invoices, store_bank_account, store_card
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.conftest import SalesOf

AUTHENTICATED, FAILED = Nonces.ThreeDSecureVisaFullAuthentication, Nonces.ThreeDSecureVisaFailedAuthentication
DEVICE = '{"correlation_id": "5a1c3e9f0b7d"}'


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


@pytest.fixture
async def card(portal: Portal) -> Json:
    """A stored card; its authentication was for being stored."""
    return await store_card(portal, AUTHENTICATED, device_data=DEVICE)


async def pay(portal: Portal, invoice: UUID, key: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
    """The response to a payment of one invoice."""
    body = {"currency": "USD", "pay": of_invoices({"invoice_id": str(invoice)}), "device_data": DEVICE, **fields}
    return await portal.post("/v1/payments", json=body, headers=key or new_key())


def by_nonce(nonce: str) -> Json:
    return {"payment_method": {"type": "card", "nonce": nonce}}


def verified(sandbox: Sandbox, card: Json, number: str = "4012888888881881") -> str:
    """Return the nonce that `verifyCard` returns for a stored card: of the same card, with its authentication."""
    config = sandbox.gateway().config
    typed = {
        "number": number,
        "expiration_month": f"{card['card']['expiration_month']:02}",
        "expiration_year": str(card["card"]["expiration_year"]),
    }
    url = f"{config.base_merchant_path()}/three_d_secure/create_nonce/sandbox_credit_card"
    return str(config.http().post(url, {"credit_card": typed})["payment_method_nonce"]["nonce"])


class TestByNonce:
    async def test_an_authenticated_card_pays(self, portal: Portal, invoice: UUID, sales_of: SalesOf) -> None:
        paid = await pay(portal, invoice, **by_nonce(AUTHENTICATED))
        assert paid.json()["three_d_secure"] == {"status": "authenticate_successful", "liability_shifted": True}
        assert len(await sales_of(portal.account_id)) == 1

    @pytest.mark.parametrize(
        ("nonce", "code"), [("fake-valid-nonce", "three_d_secure_required"), (FAILED, "three_d_secure_failed")]
    )
    async def test_another_card_is_refused_and_nothing_is_written(
        self, portal: Portal, invoice: UUID, sql: Sql, nonce: str, code: str
    ) -> None:
        key = new_key()
        refused = await pay(portal, invoice, key, **by_nonce(nonce))
        assert (refused.status_code, refused.json()["code"]) == (402, code)
        assert await sql.fetchval("SELECT count(*) FROM payments WHERE account_id = $1", portal.account_id) == 0
        assert (await pay(portal, invoice, key, **by_nonce(AUTHENTICATED))).status_code == 201

    async def test_without_device_data_it_is_refused(self, portal: Portal, invoice: UUID) -> None:
        refused = await pay(portal, invoice, device_data=None, **by_nonce(AUTHENTICATED))
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/device_data")


class TestStoredCards:
    async def test_one_pays_with_its_own_authentication(
        self, portal: Portal, invoice: UUID, card: Json, sandbox: Sandbox, sales_of: SalesOf
    ) -> None:
        paid = await pay(portal, invoice, payment_method_id=card["id"], three_d_secure_nonce=verified(sandbox, card))
        assert (paid.status_code, paid.json()["payment_method_id"]) == (201, card["id"])
        assert paid.json()["three_d_secure"]["liability_shifted"] is True
        (sale,) = await sales_of(portal.account_id)
        info = sandbox.gateway().transaction.find(sale["id"]).three_d_secure_info
        assert info.three_d_secure_authentication_id is not None

    async def test_one_is_refused_without_it(self, portal: Portal, invoice: UUID, card: Json, sql: Sql) -> None:
        refused = await pay(portal, invoice, payment_method_id=card["id"])
        assert (refused.status_code, refused.json()["code"]) == (402, "three_d_secure_required")
        assert await sql.fetchval("SELECT count(*) FROM payments WHERE account_id = $1", portal.account_id) == 0

    async def test_the_authentication_of_another_card_does_not_count(
        self, portal: Portal, invoice: UUID, card: Json, sandbox: Sandbox, sales_of: SalesOf
    ) -> None:
        """The gateway compares the cards, and charges nothing."""
        nonce = verified(sandbox, card, "5555555555554444")
        refused = await pay(portal, invoice, payment_method_id=card["id"], three_d_secure_nonce=nonce)
        assert (refused.status_code, refused.json()["decline_code"]) == (402, "915197")
        assert await sales_of(portal.account_id) == []

    async def test_an_unknown_nonce_is_an_invalid_field(self, portal: Portal, invoice: UUID, card: Json) -> None:
        refused = await pay(portal, invoice, payment_method_id=card["id"], three_d_secure_nonce="never-made")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/three_d_secure_nonce")


async def test_a_bank_account_needs_neither(portal: Portal, invoice: UUID) -> None:
    account = await store_bank_account(portal)
    paid = await pay(portal, invoice, payment_method_id=account["id"], device_data=None)
    assert (paid.status_code, paid.json()["three_d_secure"]) == (201, None)
