"""What the tests of the shared mechanisms share."""

from collections.abc import Iterator

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs
from structlog.typing import EventDict


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    """The log's events of this test, each with its request's id."""
    with capture_logs(processors=[merge_contextvars]) as events:
        yield events
