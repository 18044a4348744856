"""Charges of a nonce, and of cards that were authenticated, through the real SDK at the sandbox."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from braintree.test.nonces import Nonces
from pydantic import SecretStr

from billing_api.config import Settings
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.gateway.charges import ChargeOrder, ChargeStatus, NonceToCharge
from billing_api.gateway.failures import GatewayInvalidError, GatewayNonceUsedError, GatewayUnavailableError
from billing_api.gateway.methods import BillingAddress, MethodKind, VaultedCard
from billing_api.gateway.timing import time_to_send
from braintree_sandbox.testing import Sandbox
from tests.gateway.conftest import order

ADDRESS = BillingAddress(
    recipient="Sunny Side Bakery",
    line1="1600 Amphitheatre Parkway",
    line2=None,
    city="Mountain View",
    region="CA",
    postal_code="94043",
    country="US",
)


def by_nonce(nonce: str, *, kind: MethodKind = MethodKind.CARD, **fields: Any) -> ChargeOrder:
    """Return an order for this nonce; `fields` are those of the nonce and of the order."""
    of_nonce = {name: fields.pop(name) for name in ("customer_id", "billing_address", "mandate_text") if name in fields}
    return replace(order("", kind=kind), token=None, nonce=NonceToCharge(nonce=nonce, **of_nonce), **fields)


class TestCards:
    async def test_a_nonce_is_charged_and_nothing_is_stored(self, gateway: BraintreeAdapter, sandbox: Sandbox) -> None:
        wanted = by_nonce(sandbox.card_nonce(), billing_address=ADDRESS)
        charge = await gateway.charge(wanted)
        (sale,) = sandbox.transactions(order_id=wanted.order_id)
        found = sandbox.gateway().transaction.find(charge.transaction_id)
        assert (charge.status, charge.card, charge.differences) == (ChargeStatus.SUCCEEDED, None, ())
        assert (sale["payment_method_token"], found.billing_details.street_address) == (None, ADDRESS.line1)
        assert await gateway.find_charges(wanted) == (charge,)

    async def test_a_card_is_stored_under_our_token_when_it_pays(
        self, gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox
    ) -> None:
        nonce = sandbox.card_nonce(cardholder_name="Pat Example")
        token = str(uuid4())
        wanted = by_nonce(nonce, stored_as=token, customer_id=customer_id, billing_address=ADDRESS)
        charge = await gateway.charge(wanted)
        assert isinstance(charge.card, VaultedCard)
        assert (charge.card.last4, charge.card.billing_address) == ("1111", ADDRESS)
        assert await gateway.find_method(token, customer_id) == charge.card
        assert await gateway.find_charges(wanted) == (charge,)

    async def test_a_declined_card_is_not_stored(
        self, gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox
    ) -> None:
        token = str(uuid4())
        wanted = by_nonce(sandbox.card_nonce(), stored_as=token, customer_id=customer_id, amount=200_000)
        charge = await gateway.charge(wanted)
        assert (charge.status, charge.card) == (ChargeStatus.DECLINED, None)
        assert await gateway.find_method(token) is None

    async def test_a_used_nonce_may_have_been_used_by_the_same_order(self, sandbox: Sandbox) -> None:
        """Without request keys, a second sending of a request finds its own nonce used."""
        adapter = BraintreeAdapter(Settings(gateway_port=sandbox.port, gateway_request_keys=False))
        wanted = by_nonce(sandbox.card_nonce())
        charge = await adapter.charge(wanted)
        with pytest.raises(GatewayNonceUsedError):
            await adapter.charge(wanted)
        assert await adapter.find_charges(wanted) == (charge,)
        await adapter.close()

    async def test_an_unknown_nonce_is_refused(self, gateway: BraintreeAdapter) -> None:
        with pytest.raises(GatewayInvalidError) as refusal:
            await gateway.charge(by_nonce("never-made"))
        assert refusal.value.refusals[0].code == "91565"

    async def test_an_order_that_is_too_old_is_not_sent(self, gateway: BraintreeAdapter, sandbox: Sandbox) -> None:
        long_ago = datetime.now(UTC) - 2 * time_to_send(Settings().gateway_timeout_seconds)
        wanted = by_nonce(sandbox.card_nonce(), written_at=long_ago)
        with pytest.raises(GatewayUnavailableError):
            await gateway.charge(wanted)
        assert sandbox.transactions(order_id=wanted.order_id) == []


class TestThreeDSecure:
    async def test_the_charge_has_the_nonces_result(self, gateway: BraintreeAdapter) -> None:
        wanted = by_nonce(Nonces.ThreeDSecureVisaFullAuthentication, requires_liability_shift=True)
        charge = await gateway.charge(wanted)
        assert charge.three_d_secure is not None
        assert (charge.status, charge.three_d_secure.liability_shifted) == (ChargeStatus.SUCCEEDED, True)

    async def test_a_card_without_is_rejected_where_it_must_have_it(
        self, gateway: BraintreeAdapter, sandbox: Sandbox
    ) -> None:
        charge = await gateway.charge(by_nonce(sandbox.card_nonce(), requires_liability_shift=True))
        assert charge.decline is not None
        assert (charge.status, charge.decline.code) == (ChargeStatus.DECLINED, "three_d_secure")

    async def test_a_stored_card_is_charged_with_its_authentication(
        self, gateway: BraintreeAdapter, card: str, sandbox: Sandbox
    ) -> None:
        stored = sandbox.gateway().payment_method.find(card)
        typed = {
            "number": "4012888888881881",
            "expiration_month": stored.expiration_month,
            "expiration_year": stored.expiration_year,
        }
        authentication = sandbox.gateway().testing.create_3ds_verification("sandbox_credit_card", typed)
        wanted = replace(order(card), authentication_id=str(authentication), requires_liability_shift=True)
        charge = await gateway.charge(wanted)
        assert charge.three_d_secure is not None
        assert (charge.differences, charge.three_d_secure.authentication_id) == ((), authentication)

    async def test_the_authentication_of_another_card_is_refused(
        self, gateway: BraintreeAdapter, card: str, sandbox: Sandbox
    ) -> None:
        typed = {"number": "5555555555554444", "expiration_month": "12", "expiration_year": "2030"}
        authentication = sandbox.gateway().testing.create_3ds_verification("sandbox_credit_card", typed)
        with pytest.raises(GatewayInvalidError) as refusal:
            await gateway.charge(replace(order(card), authentication_id=str(authentication)))
        assert refusal.value.refusals[0].code == "915197"


class TestBankAccounts:
    async def test_an_exempt_merchant_charges_one_by_its_nonce(
        self, gateway: BraintreeAdapter, sandbox: Sandbox
    ) -> None:
        wanted = by_nonce(sandbox.bank_nonce(), kind=MethodKind.US_BANK_ACCOUNT, mandate_text="I authorize this debit.")
        charge = await gateway.charge(wanted)
        mandate = sandbox.gateway().transaction.find(charge.transaction_id).us_bank_account.ach_mandate
        assert (charge.status, mandate.text) == (ChargeStatus.PROCESSING, "I authorize this debit.")

    async def test_one_that_must_be_verified_first_is_refused(self, sandbox: Sandbox) -> None:
        """The second merchant of the sandbox is not exempt."""
        keys: dict[str, Any] = {f"gateway_{name}": f"integration2_{name}" for name in ("merchant_id", "public_key")} | {
            "gateway_private_key": SecretStr("integration2_private_key")
        }
        adapter = BraintreeAdapter(Settings(gateway_port=sandbox.port).model_copy(update=keys))
        nonce = sandbox.bank_nonce(merchant="integration2")
        with pytest.raises(GatewayInvalidError) as refusal:
            await adapter.charge(by_nonce(nonce, kind=MethodKind.US_BANK_ACCOUNT, mandate_text="I authorize this."))
        assert refusal.value.refusals[0].code == "915171"
        await adapter.close()
