"""3-D Secure and device data in a real Chromium, by the unmodified braintree-web: from a form to a payment."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Page

from billing_api.config import Settings
from billing_api.gateway_settings import Demand
from braintree_sandbox.testing import Sandbox
from tests.browser.conftest import Api, serving
from tests.browser.details import CARD
from tests.factories.invoices import post_invoice
from tests.factories.payments import of_invoices
from tests.factories.users import make_account, make_member, open_session

FromPage = dict[str, Any]
# Test numbers of 3-D Secure: the bank confirms the card's owner without a question, or asks.
CONFIRMED, ASKED = "4000000000001000", "4000000000001091"
SUCCEEDED = {"status": "authenticate_successful", "liability_shifted": True}
CHALLENGE = "#three-d-secure-challenge"


@pytest.fixture(scope="module")
async def api(settings: Settings, tls_sandbox: Sandbox, portal_origin: str) -> AsyncIterator[Api]:
    """The API of a vendor who requires both."""
    update = {"gateway_port": tls_sandbox.port, "cors_origins": [portal_origin]}
    both = {"device_data": Demand.REQUIRED, "three_d_secure": Demand.REQUIRED}
    async with serving(settings.model_copy(update=update | both)) as running:
        yield running


@dataclass(frozen=True)
class Payer:
    """A user with an open invoice, on the portal's page."""

    page: Page
    api: Api
    given: FromPage

    async def pay(self, function: str, **fields: Any) -> FromPage:
        """Return the response to a payment that a function of the page makes."""
        response: FromPage = await self.page.evaluate(function, {**self.given, **fields})
        return response


@pytest.fixture
async def payer(page: Page, api: Api) -> Payer:
    """A user with an invoice of 100 dollars."""
    account_id = await make_account(api.services)
    grant = await open_session(api.services, await make_member(api.services, account_id))
    invoice = await post_invoice(api.services, account_id, 10_000)
    body = {"currency": "USD", "pay": of_invoices({"invoice_id": str(invoice), "amount": 4_000})}
    return Payer(page, api, {"api": api.url, "accessToken": grant.access_token, "amount": "40.00", "body": body})


def card(number: str) -> FromPage:
    return {**CARD, "number": number}


async def test_a_card_that_its_bank_confirms_pays_and_is_stored(payer: Payer) -> None:
    """And pays once more, by its id, with an authentication of its own."""
    paid = await payer.pay("payByCard", creditCard=card(CONFIRMED), store=True)
    assert (paid["status"], paid["body"]["three_d_secure"]) == (201, SUCCEEDED)
    assert "correlation_id" in json.loads(paid["device_data"])
    again = await payer.pay("payByStoredCard", id=paid["body"]["payment_method_id"], bin=CONFIRMED[:6])
    assert (again["status"], again["body"]["three_d_secure"]) == (201, SUCCEEDED)
    assert again["body"]["payment_method_id"] == paid["body"]["payment_method_id"]


@pytest.mark.parametrize(("answer", "status", "code"), [("Yes", 201, None), ("Cancel", 402, "three_d_secure_failed")])
async def test_a_bank_that_asks_gets_its_answer(payer: Payer, answer: str, status: int, code: str | None) -> None:
    asked = asyncio.ensure_future(payer.pay("payByCard", creditCard=card(ASKED), store=False))
    await payer.page.click(f"{CHALLENGE} button:has-text('{answer}')")
    response = await asked
    assert (response["status"], response["body"].get("code")) == (status, code)
