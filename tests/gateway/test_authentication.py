"""Nonces before they are used, 3-D Secure and device data, through the real SDK at the sandbox."""

from dataclasses import replace
from uuid import uuid4

import pytest
from braintree.test.nonces import Nonces
from pydantic import SecretStr

from billing_api.config import Settings
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.gateway.failures import GatewayInvalidError
from billing_api.gateway.methods import CardToVault, MethodKind, NonceDetails, ThreeDSecure, VaultedCard
from braintree_sandbox.testing import Sandbox

SUCCESSFUL = ThreeDSecure(status="authenticate_successful", liability_shifted=True)


class TestNonces:
    @pytest.mark.parametrize(
        ("nonce", "details"),
        [
            (
                "fake-valid-visa-nonce",
                NonceDetails(kind=MethodKind.CARD, brand="Visa", last4="1881", three_d_secure=None),
            ),
            (
                "fake-us-bank-account-nonce",
                NonceDetails(kind=MethodKind.US_BANK_ACCOUNT, brand=None, last4="0000", three_d_secure=None),
            ),
            (
                "fake-paypal-future-nonce",
                NonceDetails(kind=None, brand=None, last4=None, three_d_secure=None),
            ),
        ],
    )
    async def test_a_nonce_says_what_it_stands_for(
        self, gateway: BraintreeAdapter, nonce: str, details: NonceDetails
    ) -> None:
        assert await gateway.find_nonce(nonce) == details

    async def test_an_authenticated_cards_nonce_says_so(self, gateway: BraintreeAdapter) -> None:
        found = await gateway.find_nonce(Nonces.ThreeDSecureVisaFullAuthentication)
        assert found is not None
        assert found.three_d_secure is not None
        assert found.three_d_secure.authentication_id is not None
        assert replace(found.three_d_secure, authentication_id=None) == SUCCESSFUL

    async def test_an_unknown_or_used_nonce_is_not_found(
        self, gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox
    ) -> None:
        nonce = sandbox.card_nonce()
        assert await gateway.find_nonce(nonce) is not None
        await gateway.vault_card(CardToVault(customer_id=customer_id, token=str(uuid4()), nonce=nonce))
        assert await gateway.find_nonce(nonce) is None
        assert await gateway.find_nonce("never-made") is None

    async def test_a_stored_card_has_a_nonce_of_its_own(self, gateway: BraintreeAdapter, card: str) -> None:
        found = await gateway.find_nonce(await gateway.make_nonce(card))
        assert found is not None
        assert found.kind is MethodKind.CARD

    async def test_an_unknown_card_has_none(self, gateway: BraintreeAdapter) -> None:
        with pytest.raises(GatewayInvalidError):
            await gateway.make_nonce(str(uuid4()))


async def test_a_stored_card_keeps_the_result_of_its_authentication(
    gateway: BraintreeAdapter, customer_id: str
) -> None:
    token = str(uuid4())
    nonce = Nonces.ThreeDSecureVisaFullAuthentication
    stored = await gateway.vault_card(CardToVault(customer_id=customer_id, token=token, nonce=nonce))
    assert isinstance(stored, VaultedCard)
    assert stored.three_d_secure == SUCCESSFUL
    assert await gateway.find_method(token) == stored


@pytest.mark.parametrize("device_data", ['{"correlation_id": "5a1c3e"}', None])
async def test_device_data_reach_the_fraud_tools(sandbox: Sandbox, device_data: str | None) -> None:
    merchant = "advanced_fraud_integration"
    adapter = BraintreeAdapter(
        Settings(
            gateway_port=sandbox.port,
            gateway_merchant_id=f"{merchant}_merchant_id",
            gateway_public_key=f"{merchant}_public_key",
        ).model_copy(update={"gateway_private_key": SecretStr(f"{merchant}_private_key")})
    )
    customer_id, token = str(uuid4()), str(uuid4())
    await adapter.ensure_customer(customer_id)
    await adapter.vault_card(
        CardToVault(customer_id=customer_id, token=token, nonce="fake-valid-nonce", device_data=device_data)
    )
    verification = sandbox.gateway(merchant).payment_method.find(token).verification
    assert verification.risk_data.device_data_captured is (device_data is not None)
    await adapter.close()


def test_nonces_and_device_data_are_in_no_log() -> None:
    """A value that is logged shows its fields, apart from these."""
    shown = repr(CardToVault(customer_id="c", token="t", nonce="a-nonce", device_data="of-a-device"))
    assert "a-nonce" not in shown
    assert "of-a-device" not in shown
