"""The days of scheduled mails, and the periods that are mailed on them."""

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_api.statement_schedules.fields import Frequency
from billing_api.statement_schedules.mailing_days import mailing_day_of, next_mailing_day, period_of

frequencies: st.SearchStrategy[Frequency] = st.sampled_from(["monthly", "quarterly"])
days_of_month = st.integers(1, 31)
dates = st.dates(date(1970, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("frequency", "day", "after", "mailed_on", "period"),
    [
        ("monthly", 1, "2026-01-31", "2026-02-01", ("2026-01-01", "2026-01-31")),
        ("monthly", 1, "2026-02-01", "2026-03-01", ("2026-02-01", "2026-02-28")),
        ("monthly", 15, "2026-02-14", "2026-02-15", ("2026-01-01", "2026-01-31")),
        ("monthly", 30, "2026-02-01", "2026-02-28", ("2026-01-01", "2026-01-31")),
        ("monthly", 30, "2026-02-28", "2026-03-30", ("2026-02-01", "2026-02-28")),
        ("monthly", 31, "2026-02-01", "2026-02-28", ("2026-02-01", "2026-02-28")),
        ("monthly", 31, "2028-02-01", "2028-02-29", ("2028-02-01", "2028-02-29")),
        ("monthly", 31, "2026-02-28", "2026-03-31", ("2026-03-01", "2026-03-31")),
        ("monthly", 31, "2026-12-31", "2027-01-31", ("2027-01-01", "2027-01-31")),
        ("monthly", 5, "2026-12-05", "2027-01-05", ("2026-12-01", "2026-12-31")),
        ("quarterly", 5, "2026-01-05", "2026-04-05", ("2026-01-01", "2026-03-31")),
        ("quarterly", 5, "2026-01-04", "2026-01-05", ("2025-10-01", "2025-12-31")),
        ("quarterly", 31, "2026-04-01", "2026-06-30", ("2026-04-01", "2026-06-30")),
        ("quarterly", 31, "2026-12-30", "2026-12-31", ("2026-10-01", "2026-12-31")),
    ],
)
def test_days_and_periods(frequency: Frequency, day: int, after: str, mailed_on: str, period: tuple[str, str]) -> None:
    found = next_mailing_day(frequency, day, date.fromisoformat(after))
    assert found.isoformat() == mailed_on
    assert tuple(one.isoformat() for one in period_of(frequency, day, found)) == period


@given(frequencies, days_of_month, dates)
def test_periods_follow_each_other_without_gap_or_overlap(frequency: Frequency, day: int, after: date) -> None:
    """Each is mailed once it has begun to end, on the chosen day or the month's last."""
    mailed_on = next_mailing_day(frequency, day, after)
    assert mailed_on > after
    for _ in range(15):
        start, end = period_of(frequency, day, mailed_on)
        assert start.day == 1
        assert (end + timedelta(days=1)).day == 1
        assert end == mailed_on if day == 31 else end < mailed_on
        assert mailed_on.day == min(day, monthrange(mailed_on.year, mailed_on.month)[1])
        following = next_mailing_day(frequency, day, mailed_on)
        assert period_of(frequency, day, following)[0] == end + timedelta(days=1)
        mailed_on = following


@given(frequencies, days_of_month, frequencies, days_of_month, dates)
def test_a_change_of_the_day_mails_no_period_again(
    frequency: Frequency, day: int, other_frequency: Frequency, other_day: int, after: date
) -> None:
    mailed_on = next_mailing_day(frequency, day, after)
    _, mailed_through = period_of(frequency, day, mailed_on)
    changed = next_mailing_day(other_frequency, other_day, mailed_on, mailed_through=mailed_through)
    assert changed > mailed_on
    assert period_of(other_frequency, other_day, changed)[1] > mailed_through


@given(frequencies, days_of_month, dates)
def test_the_mailing_day_of_a_period_is_that_of_each_of_its_days(frequency: Frequency, day: int, within: date) -> None:
    start, end = period_of(frequency, day, mailing_day_of(frequency, day, within))
    assert start <= within <= end
