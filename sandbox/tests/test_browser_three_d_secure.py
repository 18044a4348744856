"""3-D Secure in a browser: lookups, challenges, and what the nonces are worth afterwards."""

from collections.abc import Iterator
from typing import Any

import pytest

from braintree_sandbox.testing import Gateway, Sandbox

from .client import CARD, Browser, client_token

FRICTIONLESS, FAILED, CHALLENGED = "4000000000001000", "4000000000001018", "4000000000001091"
CHALLENGE_FAILS = "4000000000001109"
REQUIRED = {"three_d_secure": {"required": True}}


@pytest.fixture
def browser(sandbox: Sandbox, gateway: Gateway) -> Iterator[Browser]:
    """Return a browser without a customer."""
    with Browser(sandbox, client_token(gateway)["authorizationFingerprint"]) as browser:
        yield browser


def _look_up(browser: Browser, nonce: str) -> dict[str, Any]:
    response = browser.submit(f"payment_methods/{nonce}/three_d_secure/lookup", amount="10.00")
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


def _answer(browser: Browser, nonce: str, jwt: str) -> dict[str, Any]:
    response = browser.submit(f"payment_methods/{nonce}/three_d_secure/authenticate_from_jwt", jwt=jwt)
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


class TestLookup:
    @pytest.mark.parametrize(
        ("number", "status", "shifted"),
        [
            (CARD["number"], "authenticate_successful", True),
            (FRICTIONLESS, "authenticate_successful", True),
            (FAILED, "authenticate_frictionless_failed", False),
            ("4000000000001026", "authenticate_attempt_successful", True),
            ("4000000000001034", "authentication_unavailable", False),
            ("4000000000001042", "authenticate_rejected", False),
            ("4000000000001067", "lookup_error", False),
            ("4000000000001083", "lookup_bypassed", False),
        ],
    )
    def test_the_number_decides(
        self, browser: Browser, gateway: Gateway, number: str, status: str, shifted: bool
    ) -> None:
        found = _look_up(browser, browser.tokenize(number=number))
        info = found["paymentMethod"]["threeDSecureInfo"]
        sale = gateway.transaction.sale(
            {"amount": "10.00", "payment_method_nonce": found["paymentMethod"]["nonce"], "options": REQUIRED}
        )
        assert (info["status"], info["liabilityShifted"], found["lookup"]["acsUrl"]) == (status, shifted, None)
        assert sale.is_success is shifted

    def test_uses_the_nonce_up(self, browser: Browser) -> None:
        nonce = browser.tokenize()
        _look_up(browser, nonce)
        assert browser.submit(f"payment_methods/{nonce}/three_d_secure/lookup", amount="1.00").status_code == 404

    def test_takes_a_test_nonce(self, browser: Browser) -> None:
        assert _look_up(browser, "fake-valid-nonce")["threeDSecureInfo"]["liabilityShifted"] is True

    @pytest.mark.parametrize("nonce", ["nothing", "fake-us-bank-account-nonce"])
    def test_is_for_cards_alone(self, browser: Browser, nonce: str) -> None:
        assert browser.submit(f"payment_methods/{nonce}/three_d_secure/lookup", amount="1.00").status_code == 404


class TestChallenge:
    @pytest.mark.parametrize(
        ("number", "jwt", "status"),
        [
            (CHALLENGED, "yes", "authenticate_successful"),
            (CHALLENGED, "cancelled", "authenticate_failed"),
            (CHALLENGE_FAILS, "yes", "authenticate_failed"),
            ("4000000000001117", "yes", "authenticate_unable_to_authenticate"),
        ],
    )
    def test_the_owner_decides(self, browser: Browser, gateway: Gateway, number: str, jwt: str, status: str) -> None:
        asked = _look_up(browser, browser.tokenize(number=number))
        before = asked["paymentMethod"]
        assert (before["threeDSecureInfo"]["status"], asked["lookup"]["acsUrl"] is None) == (
            "challenge_required",
            False,
        )
        nonce = _answer(browser, before["nonce"], jwt)["paymentMethod"]["nonce"]
        info = gateway.payment_method_nonce.find(nonce).three_d_secure_info
        assert (info.status, info.three_d_secure_authentication_id) == (status, asked["lookup"]["transactionId"])

    def test_nothing_is_answered_that_was_not_asked(self, browser: Browser) -> None:
        nonce = _look_up(browser, browser.tokenize())["paymentMethod"]["nonce"]
        path = f"payment_methods/{nonce}/three_d_secure/authenticate_from_jwt"
        assert browser.submit(path, jwt="yes").status_code == 404


def test_a_vaulted_card_is_authenticated_by_a_nonce_of_it(browser: Browser, gateway: Gateway, customer_id: str) -> None:
    card = {"customer_id": customer_id, "number": FRICTIONLESS, "expiration_date": "05/2030"}
    token = gateway.credit_card.create(card).credit_card.token
    made = gateway.payment_method_nonce.create(token).payment_method_nonce.nonce
    nonce = _look_up(browser, made)["paymentMethod"]["nonce"]
    info = gateway.payment_method_nonce.find(nonce).three_d_secure_info
    by_id = {"payment_method_token": token, "three_d_secure_authentication_id": info.three_d_secure_authentication_id}
    for paid in (by_id, {"payment_method_nonce": nonce}):
        sale = gateway.transaction.sale({"amount": "10.00", "options": REQUIRED, **paid})
        assert (sale.is_success, sale.transaction.credit_card_details.token) == (True, token)
        assert sale.transaction.three_d_secure_info.liability_shifted is True


def test_the_scripts_that_a_page_loads_are_served(browser: Browser) -> None:
    config = browser.fetch("configuration").json()
    songbird = browser.get(config["threeDSecure"]["cardinalSongbirdUrl"])
    assert (config["threeDSecureEnabled"], songbird.status_code) == (True, 200)
    assert songbird.headers["Access-Control-Allow-Origin"] == "*"
    assert "window.Cardinal" in songbird.text
    assert browser.get("/da/r/fb.js").headers["Content-Type"].startswith("text/javascript")
