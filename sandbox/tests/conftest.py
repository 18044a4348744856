"""The SDK as a merchant's server would hold it, and names that no other test uses."""

import secrets
from collections.abc import Callable, Iterator

import pytest

from braintree_sandbox.testing import Gateway, Sandbox, run_sandbox

Unique = Callable[[str], str]


@pytest.fixture
def unique() -> Unique:
    """A name of this test's own: `unique("order")`."""
    suffix = secrets.token_hex(6)
    return lambda stem: f"{stem}-{suffix}"


@pytest.fixture
def gateway(sandbox: Sandbox) -> Gateway:
    """The SDK of the merchant that is exempt from the ACH rules."""
    return sandbox.gateway("integration")


@pytest.fixture
def compliant(sandbox: Sandbox) -> Gateway:
    """The SDK of the merchant for whom nothing is verified by itself."""
    return sandbox.gateway("integration2")


@pytest.fixture
def customer_id(gateway: Gateway, unique: Unique) -> str:
    """A fresh customer of the exempt merchant."""
    return str(gateway.customer.create({"id": unique("customer"), "email": "pat@example.com"}).customer.id)


@pytest.fixture
def compliant_customer_id(compliant: Gateway, unique: Unique) -> str:
    """A fresh customer of the compliant merchant."""
    return str(compliant.customer.create({"id": unique("customer")}).customer.id)


@pytest.fixture
def card_token(gateway: Gateway, customer_id: str, unique: Unique) -> str:
    """A vaulted Visa of that customer."""
    result = gateway.payment_method.create(
        {"customer_id": customer_id, "payment_method_nonce": "fake-valid-visa-nonce", "token": unique("card")}
    )
    return str(result.payment_method.token)


@pytest.fixture(scope="module")
def clockwork() -> Iterator[Sandbox]:
    """A sandbox apart, whose clock may be moved without anybody else noticing."""
    with run_sandbox() as running:
        yield running
