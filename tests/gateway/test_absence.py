"""An absence at the gateway is proven by two searches, each late enough."""

from datetime import UTC, datetime, timedelta

import pytest

from billing_api.gateway.absence import Absence, absence_at
from billing_api.gateway.timing import QUIET_PERIOD

SENT = datetime(2026, 11, 2, 9, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
FIRST = SENT + QUIET_PERIOD


@pytest.mark.parametrize(
    ("looked_at", "due_at", "since"),
    [
        (FIRST, FIRST, FIRST),
        (FIRST, None, FIRST),
        (FIRST - INSTANT, None, None),  # a request may still be under way
        (FIRST, FIRST + INSTANT, None),  # no check was due
    ],
)
def test_a_first_search_counts_after_the_quiet_period_when_it_is_due(
    looked_at: datetime, due_at: datetime | None, since: datetime | None
) -> None:
    assert absence_at(looked_at, sent_at=SENT, due_at=due_at, since=None) == Absence(since, is_proven=False)


@pytest.mark.parametrize(("after", "is_proven"), [(QUIET_PERIOD, True), (QUIET_PERIOD - INSTANT, False)])
def test_a_second_search_proves_it_a_quiet_period_after_the_first(after: timedelta, is_proven: bool) -> None:
    found = absence_at(FIRST + after, sent_at=SENT, due_at=FIRST + timedelta(days=1), since=FIRST)
    assert found == Absence(FIRST, is_proven)
