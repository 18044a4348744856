"""Moments are in UTC, days in the time zone of the books, and ids are in the order of time."""

from datetime import UTC, date, datetime

import pytest

from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("UTC", "2026-11-22T23:59:59.999999", date(2026, 11, 22)),
        ("America/New_York", "2026-11-22T04:59:59", date(2026, 11, 21)),
        ("America/New_York", "2026-11-22T05:00:00", date(2026, 11, 22)),
        ("America/New_York", "2026-07-01T03:59:59", date(2026, 6, 30)),
        ("Asia/Tokyo", "2026-12-31T15:00:00", date(2027, 1, 1)),
        ("Pacific/Kiritimati", "2026-02-28T10:00:00", date(2026, 3, 1)),
    ],
)
def test_day_is_the_books(zone: str, moment: str, day: date) -> None:
    """Due dates, ageing and cut-offs turn over at the vendor's midnight, summer time included."""

    class Stopped(Clock):
        def now(self) -> datetime:
            return datetime.fromisoformat(moment).replace(tzinfo=UTC)

    assert Stopped(zone).today() == day


def test_moment_is_utc() -> None:
    """Whatever the books' zone."""
    assert Clock("Asia/Tokyo").now().tzinfo is UTC


def test_ids_follow_the_moment_they_were_made() -> None:
    """UUIDv7 (RFC 9562): a row's id says when it came, and an index grows at its end."""
    ids = [new_id() for _ in range(1000)]
    assert {one.version for one in ids} == {7}
    assert ids == sorted(set(ids))
