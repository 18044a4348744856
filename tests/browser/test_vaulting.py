"""From a portal's page on one origin to our API on another, by way of Braintree's script."""

from typing import Any

from playwright.async_api import Page

from tests.browser.conftest import Api
from tests.browser.details import BANK_DETAILS, CARD, MANDATE

FromPage = dict[str, Any]


async def test_a_card_typed_in_a_browser_is_vaulted(page: Page, api: Api) -> None:
    """The number goes to the gateway, and only a nonce comes to us."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if api.url in request.url else None)
    argument = {"api": api.url, "accessToken": await api.access_token(), "creditCard": CARD}
    added: FromPage = await page.evaluate("addCard", argument)
    assert (added["status"], added["body"]["last4"], added["body"]["card"]["brand"]) == (201, "1111", "Visa")
    assert (len(sent), any(CARD["number"] in body for body in sent)) == (2, False)


async def test_a_bank_account_typed_in_a_browser_is_vaulted(page: Page, api: Api) -> None:
    """With the mandate that the page showed."""
    added: FromPage = await page.evaluate(
        "addBankAccount",
        {
            "api": api.url,
            "accessToken": await api.access_token(),
            "bankDetails": BANK_DETAILS,
            "mandateText": MANDATE,
        },
    )
    assert (added["status"], added["body"]["last4"]) == (201, "0000")
    assert added["body"]["us_bank_account"]["mandate_text"] == MANDATE
