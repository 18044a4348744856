"""A fixture for pytest: `pytest_plugins = ["braintree_sandbox.pytest_plugin"]` in the conftest.py at the top."""

from collections.abc import Iterator

import pytest

from braintree_sandbox.testing import Sandbox, run_sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Return the session's sandbox. Tests share it: use ids of your own, and match faults by them."""
    with run_sandbox() as running:
        yield running
