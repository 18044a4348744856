"""A clock that runs with the machine's and can be moved ahead, never back."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from braintree_sandbox.state.records import record


@record("clock")
@dataclass(frozen=True, slots=True)
class ClockOffset:
    """How far the sandbox is ahead of the machine; kept with the rest of the state."""

    seconds: float

    @property
    def key(self) -> str:
        """There is one clock."""
        return "clock"


def now(offset: ClockOffset | None) -> datetime:
    """Return the sandbox's time in UTC, in whole seconds as on the wire."""
    ahead = timedelta(seconds=offset.seconds) if offset else timedelta()
    return (datetime.now(UTC) + ahead).replace(microsecond=0)
