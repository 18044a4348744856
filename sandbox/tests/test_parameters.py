"""The parameters of requests: every one that the SDK sends, and no unknown one."""

from collections.abc import Iterator
from typing import Any

import braintree
import pytest
from braintree.credit_card_verification import CreditCardVerification
from braintree.exceptions.authorization_error import AuthorizationError

from braintree_sandbox.resources import addresses, card_verification_requests, credit_cards, customers
from braintree_sandbox.testing import Gateway
from braintree_sandbox.validation.params import ANYTHING, Takes, takes
from braintree_sandbox.wire.refusals import AuthorisationRefusedError

ANY_NAME = "__any_key__"


def allowed_by_the_sdk(signature: list[Any], prefix: str = "") -> Iterator[str]:
    for entry in signature:
        if isinstance(entry, dict):
            for name, inner in entry.items():
                yield from allowed_by_the_sdk(inner, f"{prefix}{name}.")
        elif entry != ANY_NAME:
            yield prefix + entry


def accepted(declaration: Takes, prefix: str = "") -> Iterator[str]:
    yield from (prefix + name for name in declaration.names)
    for name, inner in declaration.objects.items():
        yield from accepted(inner, f"{prefix}{name}.")


@pytest.mark.parametrize(
    ("signature", "declaration"),
    [
        (braintree.Customer.create_signature(), customers.ACCEPTED),
        (braintree.Customer.update_signature(), customers.ACCEPTED),
        (braintree.CreditCard.create_signature(), credit_cards.ACCEPTED),
        (braintree.CreditCard.update_signature(), credit_cards.ACCEPTED),
        (braintree.Address.create_signature(), addresses.ACCEPTED),
        (CreditCardVerification.create_signature(), card_verification_requests.ACCEPTED),
    ],
    ids=["customer", "customer update", "card", "card update", "address", "verification"],
)
def test_everything_that_the_sdk_lets_through_is_accepted(signature: list[Any], declaration: Takes) -> None:
    assert set(allowed_by_the_sdk(signature)) <= set(accepted(declaration))


class TestTakes:
    thing = takes("name", parts=takes("size"), notes=ANYTHING)

    @pytest.mark.parametrize(
        "params",
        [
            {},
            {"name": "x", "parts": {"size": "1"}},
            {"parts": [{"size": "1"}, {"size": "2"}]},
            {"notes": {"whatever": {"deep": "x"}}},
            {"parts": None},
        ],
    )
    def test_lets_known_names_pass(self, params: Any) -> None:
        self.thing.check(params)

    @pytest.mark.parametrize(
        ("params", "named"),
        [
            ({"nam": "x"}, "nam"),
            ({"parts": {"colour": "red"}}, "parts.colour"),
            ({"parts": [{"size": "1"}, {"colour": "red"}]}, "parts.colour"),
        ],
    )
    def test_names_what_is_unknown(self, params: Any, named: str) -> None:
        with pytest.raises(AuthorisationRefusedError, match=named):
            self.thing.check(params)

    def test_can_take_more_or_less(self) -> None:
        self.thing.plus("colour").check({"name": "x", "colour": "red"})
        with pytest.raises(AuthorisationRefusedError):
            self.thing.without("parts").check({"parts": {"size": "1"}})


class TestUnknownParameters:
    def test_are_forbidden_where_the_sdk_does_not_look(self, gateway: Gateway) -> None:
        card = {"number": "4111111111111111", "expiration_date": "05/2030"}
        with pytest.raises(AuthorizationError):
            gateway.verification.create({"credit_card": card, "colour": "red"})

    @pytest.mark.parametrize("path", ["/customers", "/payment_methods"])
    def test_are_forbidden_for_other_clients(self, gateway: Gateway, path: str) -> None:
        root = {"/customers": "customer", "/payment_methods": "credit_card"}[path]
        with pytest.raises(AuthorizationError):
            gateway.config.http().post(gateway.config.base_merchant_path() + path, {root: {"colour": "red"}})
