"""The tries of an automatic payment: how many there are, and their days."""

from collections.abc import Sequence
from datetime import date, timedelta

_RETRIES_OF_A_RETURN = 2  # Nacha: a returned debit may be sent again twice


class RetryDays:
    """The days after the first try on which it is tried again."""

    def __init__(self, days: Sequence[int]) -> None:
        self._days = sorted(days)

    def next_day(self, tries: int, first_on: date, *, is_returned: bool, today: date) -> date | None:
        """Return the day of the next try after so many, tomorrow at the earliest; None when there are no more."""
        days = self._days[:_RETRIES_OF_A_RETURN] if is_returned else self._days
        if tries > len(days):
            return None
        return max(first_on + timedelta(days=days[tries - 1]), today + timedelta(days=1))
