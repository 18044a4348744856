"""Nonces that are granted for vaulted methods, through the SDK."""

from typing import Any

import pytest
from braintree.exceptions.not_found_error import NotFoundError

from braintree_sandbox.testing import Gateway

from .errors import codes


def _sale(gateway: Gateway, nonce: str) -> Any:
    return gateway.transaction.sale({"amount": "1.00", "payment_method_nonce": nonce})


def _grant(gateway: Gateway, token: str, **options: bool) -> str:
    return str(gateway.payment_method.grant(token, options).payment_method_nonce.nonce)


class TestGrants:
    def test_pay_once(self, gateway: Gateway, card_token: str) -> None:
        nonce = _grant(gateway, card_token)
        first, second = _sale(gateway, nonce), _sale(gateway, nonce)
        assert (first.is_success, first.transaction.credit_card_details.token) == (True, None)
        assert codes(second, "transaction", "payment_method_nonce") == ["91564"]

    @pytest.mark.parametrize("allowed", [True, False])
    def test_are_vaulted_only_when_that_is_allowed(
        self, gateway: Gateway, customer_id: str, card_token: str, allowed: bool
    ) -> None:
        nonce = _grant(gateway, card_token, allow_vaulting=allowed)
        result = gateway.payment_method.create({"customer_id": customer_id, "payment_method_nonce": nonce})
        assert result.is_success is allowed

    def test_do_not_come_with_a_new_customer_unless_that_is_allowed(self, gateway: Gateway, card_token: str) -> None:
        made, refused = (
            gateway.customer.create({"payment_method_nonce": _grant(gateway, card_token, allow_vaulting=allowed)})
            for allowed in (True, False)
        )
        assert made.is_success
        assert codes(refused, "customer", "payment_method_nonce") == ["93102"]

    def test_tell_the_postal_code_when_asked(self, gateway: Gateway, customer_id: str) -> None:
        card = gateway.credit_card.create(
            {
                "customer_id": customer_id,
                "number": "4111111111111111",
                "expiration_date": "12/2040",
                "billing_address": {"postal_code": "20000"},
            }
        ).credit_card
        told, silent = (
            _sale(gateway, _grant(gateway, card.token, include_billing_postal_code=told)).transaction
            for told in (True, False)
        )
        assert (told.billing_details.postal_code, silent.billing_details.postal_code) == ("20000", None)

    def test_end_when_they_are_revoked(self, gateway: Gateway, card_token: str) -> None:
        nonce = _grant(gateway, card_token)
        assert gateway.payment_method.revoke(card_token).is_success
        assert codes(_sale(gateway, nonce), "transaction", "payment_method_nonce") == ["91565"]

    @pytest.mark.parametrize("revoke", [True, False])
    def test_outlive_the_method_unless_revoked_with_it(self, gateway: Gateway, card_token: str, revoke: bool) -> None:
        nonce = _grant(gateway, card_token)
        gateway.payment_method.delete(card_token, {"revoke_all_grants": revoke})
        assert _sale(gateway, nonce).is_success is not revoke

    def test_need_a_method(self, gateway: Gateway) -> None:
        for call in (gateway.payment_method.grant, gateway.payment_method.revoke):
            with pytest.raises(NotFoundError):
                call("not-a-token")
