"""Some seconds of `make chaos`, with the same events each time."""

import sys

import pytest

from tests.chaos.plan import FAULTS, KILLS, events
from tests.chaos.run import run


@pytest.mark.slow
def test_books_and_gateway_agree_after_some_seconds_of_chaos() -> None:
    report = run(20261127, 12, customers=3)
    sys.stdout.write(f"{report}\n")
    assert report.found == []
    assert report.counts["sales made"] > 0
    assert sum(count for what, count in report.counts.items() if what.startswith("kill ")) >= 3


def test_a_seed_repeats_the_events_and_all_kinds_occur() -> None:
    planned = list(events(1, 600))
    assert planned == list(events(1, 600))
    assert planned != list(events(2, 600))
    assert {one.which for one in planned if one.what == "kill"} == set(KILLS)
    assert all(any(one.which == fault for one in planned) for fault in FAULTS)
