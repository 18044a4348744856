"""One PostgreSQL server for the whole run, and the fixtures of tests/fixtures."""

import pytest

from tests.fixtures import server

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.sandbox",
    "tests.fixtures.app",
    "tests.fixtures.signed_in",
    "tests.fixtures.queries",
    "tests.fixtures.local_run",
]


def pytest_configure(config: pytest.Config) -> None:
    """The process that runs the tests, or directs those that do, has the server."""
    if not hasattr(config, "workerinput"):
        server.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what `pytest_configure` began."""
    if not hasattr(config, "workerinput"):
        server.stop()
