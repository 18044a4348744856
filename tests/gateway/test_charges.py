"""Charges, voids and refunds, through the real SDK at the sandbox."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from billing_api.config import Settings
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.gateway.braintree.sales import sale_params
from billing_api.gateway.charges import Charge, ChargeStatus, RefundOrder
from billing_api.gateway.failures import (
    GatewayInvalidError,
    GatewayMismatchError,
    GatewayOutcomeUnknownError,
    GatewayTooEarlyError,
    GatewayUnavailableError,
)
from billing_api.gateway.methods import CardToVault, MethodKind
from braintree_sandbox.testing import Sandbox, run_sandbox
from tests.fixtures.holding import holding
from tests.gateway.conftest import bank_account, order


def refund_of(charge: Charge, amount: int) -> RefundOrder:
    return RefundOrder(
        transaction_id=charge.transaction_id,
        order_id=str(uuid4()),
        request_key=str(uuid4()),
        amount=amount,
        currency="USD",
    )


async def test_a_charge_is_submitted_for_settlement(gateway: BraintreeAdapter, card: str, sandbox: Sandbox) -> None:
    wanted = order(card, 12345)
    charge = await gateway.charge(wanted)
    assert (charge.status, charge.decline) == (ChargeStatus.SUCCEEDED, None)
    (sale,) = sandbox.transactions(order_id=wanted.order_id)
    assert (sale["id"], sale["amount"], sale["status"]) == (charge.transaction_id, "123.45", "submitted_for_settlement")
    assert sale["merchant_account_id"] == "sandbox_credit_card"
    assert await gateway.find_charges(wanted) == (charge,)


@pytest.mark.parametrize(
    ("kind", "is_merchant_initiated", "source"),
    [
        (MethodKind.CARD, True, "unscheduled"),
        (MethodKind.CARD, False, None),
        (MethodKind.US_BANK_ACCOUNT, True, None),
    ],
)
def test_a_cards_bank_is_told_that_its_owner_is_not_there(
    kind: MethodKind, is_merchant_initiated: bool, source: str | None
) -> None:
    wanted = replace(order("a-token", kind=kind), is_merchant_initiated=is_merchant_initiated)
    assert sale_params(wanted).get("transaction_source") == source


async def test_the_gateway_takes_the_source_of_a_merchants_charge(gateway: BraintreeAdapter, card: str) -> None:
    """It refuses a source that it does not know, with a validation error."""
    charge = await gateway.charge(replace(order(card), is_merchant_initiated=True))
    assert charge.status is ChargeStatus.SUCCEEDED


async def test_a_bank_account_pays_in_days(gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox) -> None:
    account = bank_account(customer_id)
    await gateway.vault_bank_account(account)
    wanted = order(account.token, kind=MethodKind.US_BANK_ACCOUNT)
    assert (await gateway.charge(wanted)).status is ChargeStatus.PROCESSING
    (sale,) = sandbox.transactions(order_id=wanted.order_id)
    assert sale["merchant_account_id"] == "us_bank_merchant_account"


@pytest.mark.parametrize(
    ("amount", "code", "soft"),
    [
        (200000, "2000", True),
        (200400, "2004", False),
        (300000, "3000", True),
        (500100, "gateway_rejected", False),
    ],
)
async def test_a_declined_charge_is_an_outcome(
    gateway: BraintreeAdapter, card: str, amount: int, code: str, soft: bool
) -> None:
    charge = await gateway.charge(order(card, amount))
    assert charge.status is ChargeStatus.DECLINED
    assert charge.decline is not None
    assert (charge.decline.code, charge.decline.soft) == (code, soft)


async def test_a_charge_whose_settlement_is_refused_is_returned(
    gateway: BraintreeAdapter, card: str, sandbox: Sandbox
) -> None:
    wanted = order(card, 400100)
    charge = await gateway.charge(wanted)
    sandbox.control("POST", f"/transactions/{charge.transaction_id}/settle")
    (settled,) = await gateway.find_charges(wanted)
    assert settled.status is ChargeStatus.RETURNED
    assert settled.decline is not None


async def test_an_unknown_method_is_refused(gateway: BraintreeAdapter) -> None:
    with pytest.raises(GatewayInvalidError) as refusal:
        await gateway.charge(order(str(uuid4())))
    assert refusal.value.refusals[0].code == "91518"


async def test_the_same_request_key_charges_once(gateway: BraintreeAdapter, card: str, sandbox: Sandbox) -> None:
    wanted = order(card)
    assert await gateway.charge(wanted) == await gateway.charge(wanted)
    assert len(sandbox.transactions(order_id=wanted.order_id)) == 1


async def test_without_request_keys_a_repeat_is_found_by_its_order() -> None:
    """A merchant who may not send request keys: the duplicate check refuses, and the order id tells what happened."""
    with run_sandbox() as strict:
        strict.control("PUT", "/merchants/integration_merchant_id/rules", {"duplicate_checking": True})
        adapter = BraintreeAdapter(Settings(gateway_port=strict.port, gateway_request_keys=False))
        try:
            customer_id, token = str(uuid4()), str(uuid4())
            await adapter.ensure_customer(customer_id)
            await adapter.vault_card(CardToVault(customer_id=customer_id, token=token, nonce="fake-valid-nonce"))
            wanted = order(token)
            charge = await adapter.charge(wanted)
            with pytest.raises(GatewayOutcomeUnknownError):
                await adapter.charge(wanted)
            assert await adapter.find_charges(wanted) == (charge,)
        finally:
            await adapter.close()


async def test_nothing_is_found_of_an_order_that_was_never_sent(gateway: BraintreeAdapter) -> None:
    assert await gateway.find_charges(order(str(uuid4()))) == ()


async def test_a_charge_can_be_voided_once(gateway: BraintreeAdapter, card: str) -> None:
    charge = await gateway.charge(order(card))
    voided = await gateway.void(charge.transaction_id, request_key=str(uuid4()))
    assert voided == replace(charge, status=ChargeStatus.CANCELLED)
    with pytest.raises(GatewayInvalidError):
        await gateway.void(charge.transaction_id, request_key=str(uuid4()))


async def test_a_settled_charge_can_be_refunded_in_part(gateway: BraintreeAdapter, card: str, sandbox: Sandbox) -> None:
    charge = await gateway.charge(order(card, 10000))
    with pytest.raises(GatewayInvalidError):
        await gateway.refund(refund_of(charge, 2500))
    sandbox.control("POST", f"/transactions/{charge.transaction_id}/settle")
    wanted = refund_of(charge, 2500)
    refund = await gateway.refund(wanted)
    assert refund.status is ChargeStatus.SUCCEEDED
    (entry,) = sandbox.transactions(order_id=wanted.order_id)
    assert (entry["type"], entry["amount"], entry["refunded_transaction_id"]) == (
        "credit",
        "25.00",
        charge.transaction_id,
    )


async def test_an_unknown_charge_can_not_be_undone(gateway: BraintreeAdapter) -> None:
    with pytest.raises(GatewayInvalidError):
        await gateway.void("nosuchid", request_key=str(uuid4()))
    with pytest.raises(GatewayInvalidError):
        await gateway.refund(
            refund_of(Charge(transaction_id="nosuchid", status=ChargeStatus.SUCCEEDED, decline=None), 1)
        )


def test_only_a_currency_with_a_merchant_account_can_be_charged(gateway: BraintreeAdapter) -> None:
    assert gateway.can_charge(MethodKind.CARD, "USD")
    assert gateway.can_charge(MethodKind.US_BANK_ACCOUNT, "USD")
    assert not gateway.can_charge(MethodKind.CARD, "JPY")
    assert not gateway.can_charge(MethodKind.US_BANK_ACCOUNT, "EUR")


class TestTrouble:
    @pytest.mark.parametrize("commit", [True, False], ids=["after it was done", "before it was done"])
    async def test_a_lost_response_is_an_unknown_outcome(
        self, gateway: BraintreeAdapter, card: str, sandbox: Sandbox, commit: bool
    ) -> None:
        wanted = order(card)
        fault = sandbox.fault("drop", commit=commit, match={"body": wanted.order_id})
        with pytest.raises(GatewayOutcomeUnknownError):
            await gateway.charge(wanted)
        assert sandbox.hits(fault) == 1
        assert len(await gateway.find_charges(wanted)) == commit

    @pytest.mark.parametrize("status", [500, 503, 504, 408, 400])
    async def test_an_error_of_the_gateway_is_an_unknown_outcome(
        self, gateway: BraintreeAdapter, card: str, sandbox: Sandbox, status: int
    ) -> None:
        wanted = order(card)
        sandbox.fault("status", status=status, match={"body": wanted.order_id})
        with pytest.raises(GatewayOutcomeUnknownError):
            await gateway.charge(wanted)

    async def test_garbage_is_an_unknown_outcome(self, gateway: BraintreeAdapter, card: str, sandbox: Sandbox) -> None:
        wanted = order(card)
        sandbox.fault("garbage", match={"body": wanted.order_id})
        with pytest.raises(GatewayOutcomeUnknownError):
            await gateway.charge(wanted)

    @pytest.mark.parametrize("status", [401, 403, 404, 426, 429])
    async def test_a_gateway_that_refuses_requests_has_done_nothing(
        self, gateway: BraintreeAdapter, card: str, sandbox: Sandbox, status: int
    ) -> None:
        wanted = order(card)
        sandbox.fault("status", status=status, match={"body": wanted.order_id})
        with pytest.raises(GatewayUnavailableError):
            await gateway.charge(wanted)
        assert sandbox.transactions(order_id=wanted.order_id) == []

    async def test_a_late_response_is_an_unknown_outcome(self, sandbox: Sandbox, card: str) -> None:
        impatient = BraintreeAdapter(Settings(gateway_port=sandbox.port))
        wanted = order(card)
        try:
            await impatient.charge(order(card))  # which looks at the merchant accounts, and connects
            impatient._sdk.config.timeout = 1
            async with holding(sandbox, body=wanted.order_id):
                with pytest.raises(GatewayOutcomeUnknownError):
                    await impatient.charge(wanted)
        finally:
            await impatient.close()

    async def test_a_look_up_that_fails_has_done_nothing(self, gateway: BraintreeAdapter, sandbox: Sandbox) -> None:
        wanted = order(str(uuid4()))
        sandbox.fault("status", status=500, match={"body": wanted.order_id})
        with pytest.raises(GatewayUnavailableError):
            await gateway.find_charges(wanted)

    async def test_without_a_gateway_nothing_was_sent(self, unreachable: BraintreeAdapter) -> None:
        with pytest.raises(GatewayUnavailableError):
            await unreachable.charge(order(str(uuid4())))


class TestRefunds:
    async def test_before_the_charge_has_settled_it_is_too_early(self, gateway: BraintreeAdapter, card: str) -> None:
        charge = await gateway.charge(order(card, 10000))
        with pytest.raises(GatewayTooEarlyError):
            await gateway.refund(refund_of(charge, 2500))

    async def test_a_declined_refund_is_an_outcome(
        self, gateway: BraintreeAdapter, card: str, sandbox: Sandbox
    ) -> None:
        charge = await gateway.charge(order(card, 500_000_00))
        sandbox.control("POST", f"/transactions/{charge.transaction_id}/settle")
        refund = await gateway.refund(refund_of(charge, 2_004_00))
        assert (refund.status, refund.decline and refund.decline.code) == (ChargeStatus.DECLINED, "2004")

    async def test_a_refund_is_found_by_its_order(self, gateway: BraintreeAdapter, card: str, sandbox: Sandbox) -> None:
        charge = await gateway.charge(order(card, 10000))
        sandbox.control("POST", f"/transactions/{charge.transaction_id}/settle")
        wanted = refund_of(charge, 2500)
        assert await gateway.find_refunds(wanted) == ()
        refund = await gateway.refund(wanted)
        assert await gateway.find_refunds(wanted) == (refund,)
        with pytest.raises(GatewayMismatchError):
            await gateway.find_refunds(replace(wanted, amount=2400))

    async def test_nothing_is_sent_too_late(self, gateway: BraintreeAdapter, card: str, sandbox: Sandbox) -> None:
        """A search may have decided by then that it was never sent."""
        charge = await gateway.charge(order(card, 10000))
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        with pytest.raises(GatewayUnavailableError):
            await gateway.void(charge.transaction_id, request_key=str(uuid4()), written_at=long_ago)
        with pytest.raises(GatewayUnavailableError):
            await gateway.refund(replace(refund_of(charge, 2500), written_at=long_ago))
        assert await gateway.find_charge(charge.transaction_id) == charge

    async def test_a_charge_is_read_as_it_stands(self, gateway: BraintreeAdapter, card: str) -> None:
        charge = await gateway.charge(order(card, 10000))
        await gateway.void(charge.transaction_id, request_key=str(uuid4()))
        assert (await gateway.find_charge(charge.transaction_id)).status is ChargeStatus.CANCELLED
        with pytest.raises(GatewayInvalidError):
            await gateway.find_charge("nosuchid")
