"""Customers and their methods, through the real SDK at the sandbox."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from billing_api.config import Settings
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.gateway.failures import (
    GatewayDeclinedError,
    GatewayInvalidError,
    GatewayOutcomeUnknownError,
    GatewayUnavailableError,
)
from billing_api.gateway.methods import BillingAddress, CardToVault, VaultedBankAccount, VaultedCard, VaultedOther
from billing_api.gateway.timing import time_to_send
from braintree_sandbox.testing import Sandbox
from tests.gateway.conftest import bank_account

ADDRESS = BillingAddress(
    recipient="Sunny Side Bakery",
    line1="1600 Amphitheatre Parkway",
    line2="Floor 2",
    city="Mountain View",
    region="CA",
    postal_code="94043",
    country="US",
)


def card(customer_id: str, nonce: str, address: BillingAddress | None = None) -> CardToVault:
    """A card to store."""
    return CardToVault(customer_id=customer_id, token=str(uuid4()), nonce=nonce, billing_address=address)


async def test_a_customer_is_made_once(gateway: BraintreeAdapter, sandbox: Sandbox) -> None:
    customer_id = str(uuid4())
    await gateway.ensure_customer(customer_id)
    await gateway.ensure_customer(customer_id)
    assert sandbox.gateway().customer.find(customer_id).id == customer_id


async def test_a_customer_id_that_breaks_the_rules_is_refused(gateway: BraintreeAdapter) -> None:
    with pytest.raises(GatewayInvalidError) as refusal:
        await gateway.ensure_customer("not / allowed")
    assert refusal.value.refusals[0].field == "id"


async def test_a_client_token_is_given(gateway: BraintreeAdapter) -> None:
    assert len(await gateway.client_token()) > 100


async def test_without_a_gateway_nothing_was_done(unreachable: BraintreeAdapter) -> None:
    for call in (
        unreachable.client_token(),
        unreachable.ensure_customer(str(uuid4())),
        unreachable.change_billing_address(str(uuid4()), ADDRESS, written_at=datetime.now(UTC)),
        unreachable.confirm_amounts("a-verification", (17, 29)),
        unreachable.delete_method(str(uuid4())),
    ):
        with pytest.raises(GatewayUnavailableError):
            await call


class TestCards:
    async def test_a_card_is_stored_under_our_token(
        self, gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox
    ) -> None:
        nonce = sandbox.card_nonce("4111111111111111", cardholder_name="Pat Example")
        wanted = card(customer_id, nonce)
        stored = await gateway.vault_card(wanted)
        assert isinstance(stored, VaultedCard)
        assert stored == VaultedCard(
            brand="Visa",
            last4="1111",
            expiration_month=12,
            expiration_year=2030,
            cardholder_name="Pat Example",
            billing_address=None,
            fingerprint=stored.fingerprint,
        )
        assert await gateway.find_method(wanted.token) == stored

    async def test_equal_numbers_have_equal_fingerprints_that_do_not_reveal_them(
        self, gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox
    ) -> None:
        numbers = ("4111111111111111", "4111111111111111", "4005519200000004")
        stored = [await gateway.vault_card(card(customer_id, sandbox.card_nonce(number))) for number in numbers]
        first, again, other = (one.fingerprint for one in stored if isinstance(one, VaultedCard))
        assert first
        assert first == again != other
        assert "1111" not in first

    async def test_a_card_that_the_bank_declines_is_not_stored(
        self, gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox
    ) -> None:
        wanted = card(customer_id, sandbox.card_nonce("4000111111111115", cvv="200"))
        with pytest.raises(GatewayDeclinedError) as refusal:
            await gateway.vault_card(wanted)
        assert (refusal.value.decline.code, refusal.value.decline.soft) == ("2000", True)
        assert refusal.value.checks is not None
        assert refusal.value.checks.cvv == "N"
        assert await gateway.find_method(wanted.token) is None

    async def test_the_address_is_checked_with_the_bank(
        self, gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox
    ) -> None:
        elsewhere = replace(ADDRESS, line1="200 Nowhere Lane", postal_code="20000")
        with pytest.raises(GatewayDeclinedError) as refusal:
            await gateway.vault_card(card(customer_id, sandbox.card_nonce("4000111111111115"), elsewhere))
        assert refusal.value.checks is not None
        assert (refusal.value.checks.avs_street, refusal.value.checks.avs_postal_code) == ("N", "N")

    @pytest.mark.parametrize(
        ("nonce", "code"), [("no-such-nonce", "93108"), ("fake-consumed-nonce", "93107")], ids=["unknown", "consumed"]
    )
    async def test_an_invalid_nonce_is_refused(
        self, gateway: BraintreeAdapter, customer_id: str, nonce: str, code: str
    ) -> None:
        with pytest.raises(GatewayInvalidError) as refusal:
            await gateway.vault_card(card(customer_id, nonce))
        assert [(one.field, one.code) for one in refusal.value.refusals] == [("payment_method_nonce", code)]

    async def test_a_method_of_another_kind_is_stored_and_returned(
        self, gateway: BraintreeAdapter, customer_id: str
    ) -> None:
        """The caller decides whether to keep the bank account or the wallet."""
        for nonce, kind in (
            ("fake-us-bank-account-nonce", VaultedBankAccount),
            ("fake-paypal-billing-agreement-nonce", VaultedOther),
        ):
            wanted = card(customer_id, nonce)
            stored = await gateway.vault_card(wanted)
            assert isinstance(stored, kind)
            assert await gateway.find_method(wanted.token) == stored

    async def test_a_wallet_in_place_of_a_bank_account_is_stored_and_returned(
        self, gateway: BraintreeAdapter, customer_id: str
    ) -> None:
        wanted = bank_account(customer_id, "fake-paypal-billing-agreement-nonce")
        assert await gateway.vault_bank_account(wanted) == VaultedOther()
        assert await gateway.find_method(wanted.token) == VaultedOther()

    async def test_a_card_in_place_of_a_bank_account_is_refused(
        self, gateway: BraintreeAdapter, customer_id: str
    ) -> None:
        """It can't be verified by the merchant account that debits bank accounts."""
        wanted = bank_account(customer_id, "fake-valid-nonce")
        with pytest.raises(GatewayInvalidError):
            await gateway.vault_bank_account(wanted)
        assert await gateway.find_method(wanted.token) is None

    @pytest.mark.parametrize("commit", [True, False], ids=["after it was done", "before it was done"])
    async def test_a_lost_response_is_an_unknown_outcome_until_a_look_up(
        self, gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox, commit: bool
    ) -> None:
        wanted = card(customer_id, sandbox.card_nonce())
        sandbox.fault("drop", commit=commit, match={"path": "^/payment_methods$", "body": wanted.nonce})
        with pytest.raises(GatewayOutcomeUnknownError):
            await gateway.vault_card(wanted)
        assert (await gateway.find_method(wanted.token) is not None) is commit


class TestBillingAddresses:
    async def test_an_address_is_returned_as_it_was_sent(self, gateway: BraintreeAdapter, customer_id: str) -> None:
        wanted = card(customer_id, "fake-valid-nonce", ADDRESS)
        stored = await gateway.vault_card(wanted)
        assert isinstance(stored, VaultedCard)
        assert stored.billing_address == ADDRESS
        assert await gateway.find_method(wanted.token) == stored

    async def test_a_change_replaces_it_and_empties_what_is_left_out(
        self, gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox
    ) -> None:
        wanted = card(customer_id, "fake-valid-nonce", ADDRESS)
        stored = await gateway.vault_card(wanted)
        elsewhere = replace(ADDRESS, line2=None, city="Berlin", region=None, postal_code="10115", country="DE")
        await gateway.change_billing_address(wanted.token, elsewhere, written_at=datetime.now(UTC))
        assert isinstance(stored, VaultedCard)
        assert await gateway.find_method(wanted.token) == replace(stored, billing_address=elsewhere)
        assert len(sandbox.gateway().customer.find(customer_id).addresses) == 1

    async def test_a_card_without_an_address_can_get_one(self, gateway: BraintreeAdapter, customer_id: str) -> None:
        wanted = card(customer_id, "fake-valid-nonce")
        await gateway.vault_card(wanted)
        await gateway.change_billing_address(wanted.token, ADDRESS, written_at=datetime.now(UTC))
        found = await gateway.find_method(wanted.token)
        assert isinstance(found, VaultedCard)
        assert found.billing_address == ADDRESS

    async def test_a_refused_field_has_our_name(self, gateway: BraintreeAdapter, customer_id: str) -> None:
        wanted = card(customer_id, "fake-valid-nonce", replace(ADDRESS, postal_code="1" * 30))
        with pytest.raises(GatewayInvalidError) as refusal:
            await gateway.vault_card(wanted)
        assert [one.field for one in refusal.value.refusals] == ["postal_code"]

    async def test_an_intent_that_is_too_old_is_not_sent(self, gateway: BraintreeAdapter, customer_id: str) -> None:
        wanted = card(customer_id, "fake-valid-nonce")
        stored = await gateway.vault_card(wanted)
        with pytest.raises(GatewayUnavailableError):
            await gateway.change_billing_address(
                wanted.token,
                ADDRESS,
                written_at=datetime.now(UTC) - time_to_send(Settings().gateway_timeout_seconds) - timedelta(seconds=30),
            )
        assert await gateway.find_method(wanted.token) == stored

    async def test_the_card_must_be_there(self, gateway: BraintreeAdapter) -> None:
        with pytest.raises(GatewayInvalidError):
            await gateway.change_billing_address(str(uuid4()), ADDRESS, written_at=datetime.now(UTC))


class TestRemoving:
    async def test_a_second_removal_is_no_error(self, gateway: BraintreeAdapter, customer_id: str) -> None:
        wanted = card(customer_id, "fake-valid-nonce")
        await gateway.vault_card(wanted)
        await gateway.delete_method(wanted.token)
        await gateway.delete_method(wanted.token)
        assert await gateway.find_method(wanted.token) is None
