"""One PostgreSQL server for the whole run, and the fixtures of tests/fixtures."""

import pytest

from tests.fixtures import server
from tests.fixtures.processes import die_with_parent

pytest_plugins = [
    "tests.fixtures.ports",
    "tests.fixtures.examples",
    "tests.fixtures.database",
    "tests.fixtures.same_json",
    "braintree_sandbox.pytest_plugin",
    "tests.fixtures.app",
    "tests.fixtures.later",
    "tests.fixtures.signed_in",
    "tests.fixtures.partners",
    "tests.fixtures.users",
    "tests.fixtures.queries",
    "tests.fixtures.post",
    "tests.fixtures.clocked",
    "tests.fixtures.local_run",
    "tests.fixtures.served",
    "tests.fixtures.process",
    "tests.fixtures.shop",
    "tests.fixtures.browser",
    "tests.fixtures.collector",
]


def pytest_configure(config: pytest.Config) -> None:
    """The process that runs the tests, or directs those that do, has the server."""
    if hasattr(config, "workerinput"):
        die_with_parent()
    else:
        server.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what `pytest_configure` began."""
    if not hasattr(config, "workerinput"):
        server.stop()
