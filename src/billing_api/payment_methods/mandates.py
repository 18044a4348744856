"""The permission to debit a bank account (Nacha's rules), as its owner accepted it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from billing_api.errors import FieldError, InvalidInputError

# A browser's clock may be a little ahead; a mandate from before this product's time is a mistake.
_CLOCK_SKEW = timedelta(minutes=5)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Mandate:
    """The text, and the time in UTC at which it was accepted."""

    text: str
    accepted_at: datetime


class MandateBody(Protocol):
    """A text that a customer has accepted, in a body."""

    @property
    def text(self) -> str: ...
    @property
    def accepted_at(self) -> datetime: ...


def mandate_of(mandate: MandateBody, now: datetime, *, pointer: str = "/mandate") -> Mandate:
    """Return the mandate of a body, which is at `pointer` there. Raise InvalidInputError for an impossible time."""
    if not _EARLIEST <= mandate.accepted_at <= now + _CLOCK_SKEW:
        raise InvalidInputError(
            FieldError(f"{pointer}/accepted_at", "out_of_range", "The time must be in the past, and not before 2000.")
        )
    return Mandate(mandate.text, mandate.accepted_at.astimezone(UTC))
