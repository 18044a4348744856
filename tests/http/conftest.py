"""What the tests of the shared mechanisms share."""

from collections.abc import Iterator
from functools import partial

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from billing_api.config import Settings
from billing_api.logs import with_request_id
from tests.http.drivers import MAKERS, Make, account_that_awaits_amounts


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    """The log's events of this test, each with its request's id."""
    with capture_logs(processors=[with_request_id]) as events:
        yield events


@pytest.fixture
def makers(settings: Settings) -> dict[str, Make]:
    """Functions that make a row, by the operation or else by the path's parameter."""
    return MAKERS | {"payment_methods_verify": partial(account_that_awaits_amounts, settings)}
