"""What the tests of the shared mechanisms share."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from billing_api.logs import with_request_id


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    """The log's events of this test, each with its request's id."""
    with capture_logs(processors=[with_request_id]) as events:
        yield events
