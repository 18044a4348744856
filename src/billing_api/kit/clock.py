"""The time, read in one place so that a test can set it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


class Clock:
    """The time in UTC, and the day in the books' own time zone."""

    def __init__(self, books_time_zone: str = "UTC") -> None:
        self.zone = ZoneInfo(books_time_zone)

    def now(self) -> datetime:
        """Return the present moment in UTC, to the microsecond."""
        return datetime.now(UTC)

    def today(self) -> date:
        """Return the books' day: it decides due dates, ageing, discounts and cut-offs."""
        return self.now().astimezone(self.zone).date()
