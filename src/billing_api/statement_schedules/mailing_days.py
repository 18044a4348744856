"""The days on which scheduled statements are mailed, and the periods that they are of: calendar months and quarters.

A period is mailed on the chosen day of the month after it. Day 31 stands for a month's last day, and means that of the
period itself: a statement at the month's end is of that month.
"""

from calendar import monthrange
from datetime import date, timedelta

from billing_api.statement_schedules.fields import Frequency

LAST_DAY = 31
_MONTHS: dict[Frequency, int] = {"monthly": 1, "quarterly": 3}
_DAY = timedelta(days=1)


def next_mailing_day(frequency: Frequency, day: int, after: date, *, mailed_through: date | None = None) -> date:
    """Return the first mailing day after this one, of a period that ends after `mailed_through`."""
    end = _end_of_period(frequency, after)
    if day != LAST_DAY:
        end = _start_of_period(frequency, end) - _DAY  # its own day may still come
    mailed_on = _mailed_on(day, end)
    while mailed_on <= after or (mailed_through is not None and end <= mailed_through):
        end = _end_of_period(frequency, end + _DAY)
        mailed_on = _mailed_on(day, end)
    return mailed_on


def mailing_day_of(frequency: Frequency, day: int, within: date) -> date:
    """Return the mailing day of the period that has the day `within`."""
    return _mailed_on(day, _end_of_period(frequency, within))


def period_of(frequency: Frequency, day: int, mailed_on: date) -> tuple[date, date]:
    """Return the first and the last day of the period that is mailed on this day."""
    end = mailed_on if day == LAST_DAY else mailed_on.replace(day=1) - _DAY
    return _start_of_period(frequency, end), end


def _mailed_on(day: int, end: date) -> date:
    if day == LAST_DAY:
        return end
    first = end + _DAY
    return first.replace(day=min(day, monthrange(first.year, first.month)[1]))


def _start_of_period(frequency: Frequency, within: date) -> date:
    months = _MONTHS[frequency]
    return within.replace(month=(within.month - 1) // months * months + 1, day=1)


def _end_of_period(frequency: Frequency, within: date) -> date:
    start = _start_of_period(frequency, within)
    month = start.month + _MONTHS[frequency] - 1
    return start.replace(month=month, day=monthrange(start.year, month)[1])
