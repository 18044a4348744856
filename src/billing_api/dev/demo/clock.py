"""The clock of the demo data: each step of the past is written in its own time."""

from datetime import UTC, date, datetime, time

from billing_api.kit.clock import Clock

_IN_THE_MORNING = time(9, 30)


class DemoClock(Clock):
    """A clock that stands at the morning of a past day, and at the present moment of today."""

    def __init__(self, books_time_zone: str) -> None:
        super().__init__(books_time_zone)
        self._present = datetime.now(UTC)
        self._moment = self._present

    def now(self) -> datetime:
        """Return the moment at which it stands."""
        return self._moment

    def set_to(self, day: date) -> None:
        """Stand at the morning of a day, but never after the present moment."""
        morning = datetime.combine(day, _IN_THE_MORNING, self.zone).astimezone(UTC)
        self._moment = min(morning, self._present)
