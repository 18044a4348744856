"""Real responses of the gateway to other requests: none is taken for the response to ours."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from billing_api.gateway.braintree import methods, transactions
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.gateway.charges import Charge, RefundOrder
from billing_api.gateway.failures import GatewayMismatchError, GatewayOutcomeUnknownError
from billing_api.gateway.methods import CardToVault
from braintree_sandbox.testing import Sandbox
from tests.gateway.conftest import order


@pytest.mark.parametrize("field", [{"token": "another"}, {"customer_id": "another"}])
def test_a_stored_method_is_ours(sandbox: Sandbox, customer_id: str, field: dict[str, Any]) -> None:
    wanted = CardToVault(customer_id=customer_id, token=str(uuid4()), nonce="fake-valid-nonce")
    params = {"customer_id": wanted.customer_id, "token": wanted.token, "payment_method_nonce": wanted.nonce}
    response = sandbox.gateway().payment_method.create(params)
    methods.vaulted(response, wanted)
    with pytest.raises(GatewayMismatchError):
        methods.vaulted(response, replace(wanted, **field))


async def test_a_found_method_is_our_customers(gateway: BraintreeAdapter, customer_id: str, card: str) -> None:
    assert await gateway.find_method(card, customer_id) == await gateway.find_method(card)
    with pytest.raises(GatewayMismatchError):
        await gateway.find_method(card, "another")


@pytest.fixture
async def charge(gateway: BraintreeAdapter, card: str) -> Charge:
    """125 dollars."""
    return await gateway.charge(order(card))


def test_a_void_is_of_the_charge(sandbox: Sandbox, charge: Charge) -> None:
    response = sandbox.gateway().transaction.void(charge.transaction_id)
    transactions.voided(response, charge.transaction_id)
    with pytest.raises(GatewayMismatchError):
        transactions.voided(response, "another")


@pytest.mark.parametrize("field", [{"transaction_id": "another"}, {"amount": 12501}, {"currency": "EUR"}])
def test_a_refund_is_of_the_charge_and_of_the_amount(sandbox: Sandbox, charge: Charge, field: dict[str, Any]) -> None:
    sandbox.control("POST", f"/transactions/{charge.transaction_id}/settle")
    wanted = RefundOrder(
        transaction_id=charge.transaction_id, order_id=str(uuid4()), request_key="", amount=12500, currency="USD"
    )
    response = sandbox.gateway().transaction.refund(charge.transaction_id, {"amount": "125.00"})
    transactions.refunded(response, wanted)
    with pytest.raises(GatewayMismatchError):
        transactions.refunded(response, replace(wanted, **field))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda sale: replace(sale, order_id="another"), "order_id"),
        (lambda sale: replace(sale, token="another"), "token"),
        (lambda sale: replace(sale, amount=12501), "amount"),
        (lambda sale: replace(sale, currency="EUR"), "currency"),
    ],
    ids=["order id", "token", "amount", "currency"],
)
async def test_a_charge_differs_in_any_field(
    gateway: BraintreeAdapter, sandbox: Sandbox, card: str, change: Callable[[Any], Any], found: str
) -> None:
    wanted = order(card)
    charge = await gateway.charge(wanted)
    assert charge.differences == ()
    transaction = sandbox.gateway().transaction.find(charge.transaction_id)
    (difference,) = transactions.charge_of(transaction, change(wanted)).differences
    assert difference.startswith(found)


async def test_a_refund_is_no_sale(sandbox: Sandbox, charge: Charge, card: str) -> None:
    sandbox.control("POST", f"/transactions/{charge.transaction_id}/settle")
    wanted = order(card)
    refund = sandbox.gateway().transaction.refund(
        charge.transaction_id, {"amount": "125.00", "order_id": wanted.order_id}
    )
    assert transactions.charge_of(refund.transaction, wanted).differences == ("type credit for sale",)


@pytest.mark.parametrize("status", ["authorized", "of_next_year"])
async def test_a_status_that_no_ordered_sale_has_is_a_difference(
    gateway: BraintreeAdapter, sandbox: Sandbox, card: str, status: str
) -> None:
    wanted = order(card)
    transaction = sandbox.gateway().transaction.find((await gateway.charge(wanted)).transaction_id)
    transaction.status = status
    assert transactions.charge_of(transaction, wanted).differences == (f"status {status} for one of a sale",)
    with pytest.raises(GatewayOutcomeUnknownError):
        transactions.charge_of(transaction)
