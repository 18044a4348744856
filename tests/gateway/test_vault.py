"""Customers and their methods, through the real SDK at the sandbox."""

from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.gateway.port import (
    CardToVault,
    GatewayDeclinedError,
    GatewayInvalidError,
    GatewayOutcomeUnknownError,
    GatewayUnavailableError,
    MethodKind,
    VaultedCard,
)
from tests.fixtures.sandbox import Sandbox
from tests.gateway.conftest import bank_account


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


async def test_a_card_is_stored_under_our_token(gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox) -> None:
    token = str(uuid4())
    nonce = sandbox.card_nonce("4111111111111111", cardholder_name="Pat Example")
    stored = await gateway.vault_card(CardToVault(customer_id=customer_id, token=token, nonce=nonce))
    assert stored == VaultedCard(
        brand="Visa", last4="1111", expiration_month=12, expiration_year=2030, cardholder_name="Pat Example"
    )
    assert await gateway.find_method(token, MethodKind.CARD) == stored


async def test_a_card_that_the_bank_declines_is_not_stored(
    gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox
) -> None:
    card = CardToVault(
        customer_id=customer_id, token=str(uuid4()), nonce=sandbox.card_nonce("4000111111111115", cvv="200")
    )
    with pytest.raises(GatewayDeclinedError) as refusal:
        await gateway.vault_card(card)
    assert (refusal.value.decline.code, refusal.value.decline.soft) == ("2000", True)
    assert refusal.value.checks is not None
    assert refusal.value.checks.cvv == "N"
    assert await gateway.find_method(card.token, MethodKind.CARD) is None


@pytest.mark.parametrize(
    ("nonce", "code"), [("no-such-nonce", "93108"), ("fake-consumed-nonce", "93107")], ids=["unknown", "consumed"]
)
async def test_a_nonce_of_no_use_is_refused(gateway: BraintreeAdapter, customer_id: str, nonce: str, code: str) -> None:
    with pytest.raises(GatewayInvalidError) as refusal:
        await gateway.vault_card(CardToVault(customer_id=customer_id, token=str(uuid4()), nonce=nonce))
    assert [(one.field, one.code) for one in refusal.value.refusals] == [("payment_method_nonce", code)]


async def test_a_nonce_of_the_other_kind_leaves_nothing_behind(gateway: BraintreeAdapter, customer_id: str) -> None:
    card = CardToVault(customer_id=customer_id, token=str(uuid4()), nonce="fake-us-bank-account-nonce")
    account = bank_account(customer_id, "fake-valid-nonce")
    with pytest.raises(GatewayInvalidError):
        await gateway.vault_card(card)
    with pytest.raises(GatewayInvalidError):
        await gateway.vault_bank_account(account)
    assert [await gateway.find_method(token, MethodKind.CARD) for token in (card.token, account.token)] == [None, None]


async def test_a_bank_account_is_stored_with_its_mandate(
    gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox
) -> None:
    account = bank_account(customer_id)
    stored = await gateway.vault_bank_account(account)
    assert (stored.last4, stored.account_type, stored.verified) == ("0000", "checking", True)
    assert await gateway.find_method(account.token, MethodKind.US_BANK_ACCOUNT) == stored
    kept = sandbox.gateway().us_bank_account.find(account.token)
    assert kept is not None
    mandate = kept.ach_mandate
    assert mandate is not None
    assert mandate.text == account.mandate_text
    assert mandate.accepted_at.replace(tzinfo=account.mandate_accepted_at.tzinfo) == account.mandate_accepted_at


async def test_a_bank_account_may_wait_for_its_bank(
    gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox
) -> None:
    account = bank_account(customer_id, sandbox.bank_nonce("1000000001"))
    assert (await gateway.vault_bank_account(account)).verified is False


async def test_a_bank_account_that_its_bank_does_not_know_is_not_kept(
    gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox
) -> None:
    account = bank_account(customer_id, sandbox.bank_nonce("1000000004"))
    with pytest.raises(GatewayDeclinedError) as refusal:
        await gateway.vault_bank_account(account)
    assert refusal.value.decline.code == "2046"
    assert await gateway.find_method(account.token, MethodKind.US_BANK_ACCOUNT) is None


async def test_removing_twice_is_no_error(gateway: BraintreeAdapter, card: str) -> None:
    await gateway.delete_method(card)
    await gateway.delete_method(card)
    assert await gateway.find_method(card, MethodKind.CARD) is None


async def test_a_stored_method_is_not_found_as_one_of_the_other_kind(
    gateway: BraintreeAdapter, customer_id: str, card: str
) -> None:
    account = bank_account(customer_id)
    await gateway.vault_bank_account(account)
    for token, kind in ((account.token, MethodKind.CARD), (card, MethodKind.US_BANK_ACCOUNT)):
        with pytest.raises(GatewayInvalidError):
            await gateway.find_method(token, kind)


async def test_a_stored_bank_account_that_failed_its_verification_is_found_so(
    gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox
) -> None:
    account = bank_account(customer_id, sandbox.bank_nonce("1000000002"))
    sandbox.fault("drop", commit=True, match={"path": "^/payment_methods$", "body": account.nonce})
    with pytest.raises(GatewayOutcomeUnknownError):
        await gateway.vault_bank_account(account)
    with pytest.raises(GatewayDeclinedError):
        await gateway.find_method(account.token, MethodKind.US_BANK_ACCOUNT)


async def test_a_clean_up_that_fails_does_not_hide_the_decline(
    gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox
) -> None:
    account = bank_account(customer_id, sandbox.bank_nonce("1000000004"))
    fault = sandbox.fault("status", status=500, match={"method": "DELETE", "path": account.token})
    with capture_logs() as logs, pytest.raises(GatewayDeclinedError) as refusal:
        await gateway.vault_bank_account(account)
    assert refusal.value.decline.code == "2046"
    assert sandbox.hits(fault) == 1
    assert [log["event"] for log in logs] == ["gateway_method_left_behind"]
    assert account.token not in str(logs)


async def test_with_nobody_there_nothing_was_done(nobody: BraintreeAdapter) -> None:
    for call in (nobody.client_token(), nobody.ensure_customer(str(uuid4())), nobody.delete_method(str(uuid4()))):
        with pytest.raises(GatewayUnavailableError):
            await call
