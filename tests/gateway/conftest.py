"""The adapter on the session's sandbox, and a customer with a card and a bank account there."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from billing_api.config import Settings
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.gateway.charges import ChargeOrder
from billing_api.gateway.methods import BankAccountToVault, CardToVault, MethodKind
from braintree_sandbox.testing import Sandbox


@pytest.fixture(scope="session")
async def gateway(sandbox: Sandbox) -> AsyncIterator[BraintreeAdapter]:
    """The adapter, as settings alone point it at the sandbox."""
    adapter = BraintreeAdapter(Settings(gateway_port=sandbox.port))
    yield adapter
    await adapter.close()


@pytest.fixture
async def unreachable(unused_port: int) -> AsyncIterator[BraintreeAdapter]:
    """The adapter, with no gateway at the other end."""
    adapter = BraintreeAdapter(Settings(gateway_port=unused_port))
    yield adapter
    await adapter.close()


@pytest.fixture
async def customer_id(gateway: BraintreeAdapter) -> str:
    """A fresh customer."""
    customer_id = str(uuid4())
    await gateway.ensure_customer(customer_id)
    return customer_id


@pytest.fixture
async def card(gateway: BraintreeAdapter, customer_id: str) -> str:
    """The token of a stored card."""
    token = str(uuid4())
    await gateway.vault_card(CardToVault(customer_id=customer_id, token=token, nonce="fake-valid-nonce"))
    return token


def bank_account(customer_id: str, nonce: str = "fake-us-bank-account-nonce") -> BankAccountToVault:
    """A bank account to store."""
    return BankAccountToVault(
        customer_id=customer_id,
        token=str(uuid4()),
        nonce=nonce,
        mandate_text="I authorize this debit.",
        mandate_accepted_at=datetime(2026, 11, 2, 9, 30, tzinfo=UTC),
    )


def order(
    token: str, amount: int = 12500, *, kind: MethodKind = MethodKind.CARD, written_at: datetime | None = None
) -> ChargeOrder:
    """A charge of its own."""
    return ChargeOrder(
        order_id=str(uuid4()),
        request_key=str(uuid4()),
        method_kind=kind,
        token=token,
        amount=amount,
        currency="USD",
        written_at=written_at or datetime.now(UTC),
    )
