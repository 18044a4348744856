"""The client API: calls of Braintree's script in a browser, or of an app, with a client token."""

from collections.abc import Iterator

import pytest

from braintree_sandbox.testing import Gateway, Sandbox

from .client import CARD, Browser, client_token
from .errors import codes

KEY = "sandbox_anything_integration_merchant_id"


@pytest.fixture
def browser(sandbox: Sandbox, gateway: Gateway) -> Iterator[Browser]:
    """Return a browser without a customer."""
    with Browser(sandbox, client_token(gateway)["authorizationFingerprint"]) as browser:
        yield browser


def _customers(sandbox: Sandbox, gateway: Gateway, customer_id: str, **options: bool) -> Browser:
    token = client_token(gateway, customer_id=customer_id, options=options)
    return Browser(sandbox, token["authorizationFingerprint"])


class TestAuthorization:
    @pytest.mark.parametrize("authorization", ["", "sandbox_anything_nobody", "production_key_integration_merchant_id"])
    def test_that_proves_nothing_is_refused(self, sandbox: Sandbox, authorization: str) -> None:
        with Browser(sandbox, authorization) as browser:
            assert browser.fetch("configuration").status_code == 401

    def test_that_was_forged_is_refused(self, sandbox: Sandbox, gateway: Gateway, customer_id: str) -> None:
        forged = client_token(gateway)["authorizationFingerprint"] + f"&customer_id={customer_id}"
        with Browser(sandbox, forged) as browser:
            assert browser.fetch("payment_methods").status_code == 401

    def test_of_another_merchant_is_insufficient(self, sandbox: Sandbox, compliant: Gateway) -> None:
        with Browser(sandbox, client_token(compliant)["authorizationFingerprint"]) as browser:
            assert browser.fetch("configuration").status_code == 403

    def test_lasts_a_day(self, clockwork: Sandbox) -> None:
        with Browser(clockwork, client_token(clockwork.gateway())["authorizationFingerprint"]) as browser:
            clockwork.advance(hours=23)
            before = browser.fetch("configuration").status_code
            clockwork.advance(hours=2)
            assert (before, browser.fetch("configuration").status_code) == (200, 401)

    def test_of_a_customer_who_is_gone_is_insufficient(
        self, sandbox: Sandbox, gateway: Gateway, customer_id: str
    ) -> None:
        with _customers(sandbox, gateway, customer_id) as browser:
            gateway.customer.delete(customer_id)
            assert browser.fetch("payment_methods").status_code == 403


class TestConfiguration:
    def test_says_where_to_send_what_and_what_is_accepted(self, browser: Browser, sandbox: Sandbox) -> None:
        found = browser.fetch("configuration", configVersion="3", **{"_meta[source]": "client"}).json()
        assert found["clientApiUrl"] == f"{sandbox.url}/merchants/integration_merchant_id/client_api"
        assert found["graphQL"] == {"url": f"{sandbox.url}/graphql", "features": ["tokenize_credit_cards"]}
        assert (found["environment"], found["merchantId"]) == ("sandbox", "integration_merchant_id")
        assert "Visa" in found["creditCards"]["supportedCardTypes"]
        assert found["usBankAccount"]["routeId"]

    def test_asks_for_what_the_merchants_rules_compare(self, sandbox: Sandbox) -> None:
        token = client_token(sandbox.gateway("processing_rules"))
        with Browser(sandbox, token["authorizationFingerprint"], merchant="processing_rules") as browser:
            assert browser.fetch("configuration").json()["challenges"] == ["cvv", "postal_code"]


class TestCards:
    def test_become_a_nonce_that_stands_for_all_that_was_typed(self, browser: Browser, gateway: Gateway) -> None:
        nonce = browser.tokenize(cardholderName="Pat", billingAddress={"postalCode": "94112"})
        sale = gateway.transaction.sale({"amount": "10.00", "payment_method_nonce": nonce}).transaction
        assert (sale.credit_card_details.cardholder_name, sale.credit_card_details.last_4) == ("Pat", "1111")
        assert sale.billing_details.postal_code == "94112"

    def test_are_shown_by_all_but_their_number(self, browser: Browser) -> None:
        response = browser.submit(
            "payment_methods/credit_cards.json", credit_card={**CARD, "number": "4117101010101010"}
        )
        (card,) = response.json()["creditCards"]
        assert (response.status_code, card["type"], card["description"]) == (201, "CreditCard", "ending in 10")
        assert card["details"] | {"cardType": "Visa", "lastTwo": "10", "bin": "411710"} == card["details"]
        assert card["binData"]["debit"] == "Yes"
        assert "4117101010101010" not in response.text

    def test_wrong_cards_are_refused_by_field(self, browser: Browser) -> None:
        card = {**CARD, "number": "4111111111111112", "billingAddress": {"postalCode": "1" * 20}}
        response = browser.submit("payment_methods/credit_cards", creditCard=card)
        (wrong,) = response.json()["fieldErrors"]
        number, address = wrong["fieldErrors"]
        assert (response.status_code, response.json()["error"]["message"]) == (422, "Credit card is invalid")
        assert (number["field"], number["code"]) == ("number", "81715")
        assert (address["field"], address["fieldErrors"][0]["code"]) == ("billingAddress", "81809")

    def test_that_are_not_validated_are_looked_at_when_used(self, browser: Browser, gateway: Gateway) -> None:
        card = {**CARD, "number": "4111111111111112", "options": {"validate": False}}
        response = browser.submit("payment_methods/credit_cards", creditCard=card)
        nonce = response.json()["creditCards"][0]["nonce"]
        refused = gateway.transaction.sale({"amount": "10.00", "payment_method_nonce": nonce})
        assert response.status_code == 202
        assert codes(refused, "transaction.credit_card", "number") == ["81715"]

    def test_of_a_tokenization_key_are_not_validated_unless_asked(self, sandbox: Sandbox) -> None:
        with Browser(sandbox, KEY) as browser:
            good = browser.submit("payment_methods/credit_cards", creditCard=CARD)
            wrong = {**CARD, "number": "12", "options": {"validate": True}}
            bad = browser.submit("payment_methods/credit_cards", creditCard=wrong)
        assert (good.status_code, bad.status_code) == (202, 422)

    @pytest.mark.parametrize(
        ("account", "environment"),
        [("european_three_d_secure_merchant_account", "unregulated"), ("sandbox_credit_card", "unavailable")],
    )
    def test_tell_which_rules_they_fall_under(self, browser: Browser, account: str, environment: str) -> None:
        response = browser.submit(
            "payment_methods/credit_cards", creditCard=CARD, authenticationInsight=True, merchantAccountId=account
        )
        (card,) = response.json()["creditCards"]
        assert card["authenticationInsight"] == {"regulationEnvironment": environment}

    @pytest.mark.parametrize("body", ["[]", "{", '{"creditCard": "4111"}', '{"a":' * 40 + "1" + "}" * 40])
    def test_that_cannot_be_read_are_refused(self, browser: Browser, body: str) -> None:
        path = "/merchants/integration_merchant_id/client_api/v1/payment_methods/credit_cards"
        assert browser.post(path, content=body, params=browser.proof).status_code == 400

    def test_may_come_as_a_form(self, browser: Browser) -> None:
        form = {f"credit_card[{name}]": value for name, value in CARD.items()} | browser.proof
        path = "/merchants/integration_merchant_id/client_api/v1/payment_methods/credit_cards"
        assert browser.post(path, data=form).status_code == 201


class TestCardsOfACustomer:
    def test_are_vaulted_at_once_under_the_tokens_rules(
        self, sandbox: Sandbox, gateway: Gateway, customer_id: str
    ) -> None:
        with _customers(sandbox, gateway, customer_id, make_default=True) as browser:
            browser.tokenize(billingAddress={"postalCode": "94112"})
            browser.tokenize(number="4005519200000004")
        first, second = sorted(gateway.customer.find(customer_id).credit_cards, key=lambda card: str(card.bin))
        assert [(first.bin, first.default), (second.bin, second.default)] == [("400551", True), ("411111", False)]
        assert second.billing_address.postal_code == "94112"

    def test_that_fail_verification_are_not_vaulted(self, sandbox: Sandbox, gateway: Gateway, customer_id: str) -> None:
        with _customers(sandbox, gateway, customer_id, verify_card=True) as browser:
            declined = {**CARD, "number": "4000111111111115"}
            response = browser.submit("payment_methods/credit_cards", creditCard=declined)
        assert (response.status_code, response.json()["error"]["message"]) == (422, "Do Not Honor")
        assert gateway.customer.find(customer_id).credit_cards == []

    def test_that_are_there_already_are_refused_if_the_token_says_so(
        self, sandbox: Sandbox, gateway: Gateway, customer_id: str
    ) -> None:
        with _customers(sandbox, gateway, customer_id) as browser:
            browser.tokenize()
        with _customers(sandbox, gateway, customer_id, fail_on_duplicate_payment_method_for_customer=True) as browser:
            response = browser.submit("payment_methods/credit_cards", creditCard=CARD)
        (card,) = response.json()["fieldErrors"]
        assert (response.status_code, card["fieldErrors"][0]["code"]) == (422, "81763")
        assert len(gateway.customer.find(customer_id).credit_cards) == 1

    def test_are_listed_with_a_fresh_nonce_each(self, sandbox: Sandbox, gateway: Gateway, customer_id: str) -> None:
        with _customers(sandbox, gateway, customer_id, make_default=True) as browser:
            browser.tokenize()
            browser.tokenize(number="5555555555554444")
            listed = browser.fetch("payment_methods.json", defaultFirst="1").json()["paymentMethods"]
        result = gateway.transaction.sale({"amount": "10.00", "payment_method_nonce": listed[0]["nonce"]})
        assert [(one["details"]["cardType"], one["default"]) for one in listed] == [
            ("MasterCard", True),
            ("Visa", False),
        ]
        assert result.transaction.customer_details.id == customer_id

    def test_of_an_unknown_customer_are_an_empty_list(self, browser: Browser) -> None:
        found = browser.fetch("payment_methods", sharedCustomerIdentifier="x", sharedCustomerIdentifierType="testing")
        assert (found.status_code, found.json()) == (200, {"paymentMethods": []})


def test_an_unknown_path_is_not_found(browser: Browser) -> None:
    assert browser.fetch("payment_methods/shells").status_code == 404
