"""One PostgreSQL server for the whole run, and the fixtures of tests/fixtures."""

import hypothesis
import pytest

from tests.fixtures import server
from tests.fixtures.processes import die_with_parent

# The same examples in every run, and no time limit for one: a machine may be busy.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("repeatable")

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.sandbox",
    "tests.fixtures.app",
    "tests.fixtures.later",
    "tests.fixtures.signed_in",
    "tests.fixtures.people",
    "tests.fixtures.queries",
    "tests.fixtures.local_run",
    "tests.fixtures.served",
    "tests.fixtures.process",
    "tests.fixtures.browser",
    "tests.fixtures.node",
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
