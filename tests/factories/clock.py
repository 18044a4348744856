"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

from billing_api.kit.clock import Clock


class MovableClock(Clock):
    """It starts at the present moment, since the database's rows of other tests are of the present too."""

    def __init__(self) -> None:
        super().__init__()
        self.time = datetime.now(UTC)

    def now(self) -> datetime:
        """The moment at which it stands."""
        return self.time

    def forward(self, **by: float) -> None:
        """Move on: `clock.forward(minutes=15)`."""
        self.time += timedelta(**by)
