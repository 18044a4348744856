"""The SDK of test merchants, and names that no other test uses."""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from braintree_sandbox.testing import Gateway, Sandbox, run_sandbox

Unique = Callable[[str], str]
_NODE_LIBRARY = Path(__file__).parent / "node_modules" / "braintree" / "index.js"


@pytest.fixture
def unique() -> Unique:
    """Return a function that makes names of this test's own: `unique("order")`."""
    suffix = secrets.token_hex(6)
    return lambda stem: f"{stem}-{suffix}"


@pytest.fixture
def gateway(sandbox: Sandbox) -> Gateway:
    """Return the SDK of the merchant that is exempt from the ACH rules."""
    return sandbox.gateway("integration")


@pytest.fixture
def compliant(sandbox: Sandbox) -> Gateway:
    """Return the SDK of the merchant that follows the ACH rules."""
    return sandbox.gateway("integration2")


@pytest.fixture
def customer_id(gateway: Gateway, unique: Unique) -> str:
    """Return a fresh customer of the exempt merchant."""
    return str(gateway.customer.create({"id": unique("customer"), "email": "pat@example.com"}).customer.id)


@pytest.fixture
def compliant_customer_id(compliant: Gateway, unique: Unique) -> str:
    """Return a fresh customer of the compliant merchant."""
    return str(compliant.customer.create({"id": unique("customer")}).customer.id)


@pytest.fixture
def card_token(gateway: Gateway, customer_id: str, unique: Unique) -> str:
    """Return a vaulted Visa of that customer."""
    result = gateway.payment_method.create(
        {"customer_id": customer_id, "payment_method_nonce": "fake-valid-visa-nonce", "token": unique("card")}
    )
    return str(result.payment_method.token)


@pytest.fixture(scope="module")
def clockwork() -> Iterator[Sandbox]:
    """Start a sandbox of the module's own, whose clock it may move."""
    with run_sandbox() as running:
        yield running


@pytest.fixture(scope="session")
def node() -> str:
    """Return the path of Node.js. Where it or the library is missing the test is skipped, or fails if it may not be."""
    path = shutil.which("node")
    if path is not None and _NODE_LIBRARY.is_file():
        return path
    missing = "Node.js on PATH" if path is None else f"{_NODE_LIBRARY}: run `npm ci` in {_NODE_LIBRARY.parents[2]}"
    if os.environ.get("BROWSER_TESTS") == "required":
        pytest.fail(f"BROWSER_TESTS=required, but there is no {missing}")
    pytest.skip(f"there is no {missing}")
