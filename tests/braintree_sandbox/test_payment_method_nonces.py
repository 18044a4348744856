"""Payment method nonces through the SDK."""

import pytest
from braintree.error_codes import ErrorCodes
from braintree.exceptions.not_found_error import NotFoundError
from braintree.test.nonces import Nonces

from tests.braintree_sandbox.errors import codes
from tests.fixtures.sandbox import Gateway, Sandbox


class TestNonces:
    def test_of_a_vaulted_card_pays_once(self, gateway: Gateway, customer_id: str, card_token: str) -> None:
        nonce = gateway.payment_method_nonce.create(card_token).payment_method_nonce
        assert (nonce.type, nonce.details["last_two"]) == ("CreditCard", "81")

        first, second = (
            gateway.transaction.sale({"amount": "5.00", "payment_method_nonce": nonce.nonce}) for _ in range(2)
        )

        assert (first.transaction.customer_details.id, first.transaction.credit_card_details.token) == (
            customer_id, card_token,
        )  # fmt: skip
        assert codes(second, "transaction", "payment_method_nonce") == [
            ErrorCodes.Transaction.PaymentMethodNonceConsumed
        ]

    def test_show_what_they_stand_for(self, gateway: Gateway, sandbox: Sandbox) -> None:
        found = gateway.payment_method_nonce.find(sandbox.card_nonce("4111111111111210"))
        assert (found.details["bin"], found.details["last_4"]) == ("411111", "1210")
        assert found.bin_data.prepaid == "Yes"
        assert not found.consumed

    def test_of_three_d_secure_show_the_outcome(self, gateway: Gateway) -> None:
        info = gateway.payment_method_nonce.find(Nonces.ThreeDSecureVisaFullAuthentication).three_d_secure_info
        assert (info.status, info.enrolled, info.liability_shifted) == ("authenticate_successful", "Y", True)

    def test_unknown_ones_are_not_found(self, gateway: Gateway) -> None:
        with pytest.raises(NotFoundError):
            gateway.payment_method_nonce.find("not-a-nonce")
        with pytest.raises(NotFoundError):
            gateway.payment_method_nonce.create("not-a-token")

    def test_expire(self, clockwork: Sandbox) -> None:
        gateway = clockwork.gateway()
        nonce = clockwork.card_nonce()
        clockwork.advance(hours=25)
        result = gateway.transaction.sale({"amount": "5.00", "payment_method_nonce": nonce})
        assert codes(result, "transaction", "payment_method_nonce") == [
            ErrorCodes.Transaction.PaymentMethodNonceUnknown
        ]
