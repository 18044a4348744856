"""Trouble on demand for webhooks: one of them, or the next N that match, go wrong on the way."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import uuid4

from braintree_sandbox.records.webhooks import Delivery

LONGEST = timedelta(days=365)


class Trouble(StrEnum):
    """The kind of a trouble: late, twice, after the next one, badly signed, or lost and sent again."""

    LATE = "late"
    TWICE = "twice"
    OVERTAKEN = "overtaken"
    BAD_SIGNATURE = "bad_signature"
    LOST = "lost"


def spoiled(delivery: Delivery, trouble: Trouble, late_until: datetime) -> Delivery:
    """Return the delivery after that trouble."""
    match trouble:
        case Trouble.LATE:
            return replace(delivery, due_at=late_until)
        case Trouble.TWICE:
            return replace(delivery, copies=delivery.copies + 1)
        case Trouble.OVERTAKEN:
            return replace(delivery, status="held")
        case Trouble.BAD_SIGNATURE:
            return replace(delivery, bad_signature=True)
        case Trouble.LOST:
            return replace(delivery, lost=True)


@dataclass(slots=True, kw_only=True)
class WaitingTrouble:
    """Trouble for the next `times` deliveries of a kind, of a subject, or any."""

    trouble: Trouble
    times: int = 1
    seconds: float = 0.0
    kind: str | None = None
    subject_id: str | None = None
    id: str = field(default_factory=lambda: uuid4().hex[:12])
    # Each delivery is hit once, however often it is then tried.
    hit: set[str] = field(default_factory=set)

    def matches(self, delivery: Delivery) -> bool:
        """Return whether this delivery is to be hit."""
        return (
            len(self.hit) < self.times
            and delivery.id not in self.hit
            and self.kind in {None, delivery.kind}
            and self.subject_id in {None, delivery.subject_id}
        )

    def shown(self) -> dict[str, object]:
        """Return the trouble as the control API lists it."""
        return {
            "id": self.id,
            "trouble": self.trouble,
            "times": self.times,
            "hits": len(self.hit),
            "seconds": self.seconds,
            "match": {"kind": self.kind, "id": self.subject_id},
        }


class WaitingTroubles:
    """The troubles that wait for their deliveries, first come first served."""

    def __init__(self) -> None:
        self._waiting: list[WaitingTrouble] = []

    def add(self, trouble: WaitingTrouble) -> WaitingTrouble:
        """Add a trouble that waits for deliveries."""
        self._waiting.append(trouble)
        return trouble

    def meet(self, delivery: Delivery, now: datetime) -> Delivery | None:
        """Return the delivery after the trouble that waits for it, counted down; None when none waits."""
        for waiting in self._waiting:
            if waiting.matches(delivery):
                waiting.hit.add(delivery.id)
                return spoiled(delivery, waiting.trouble, now + timedelta(seconds=waiting.seconds))
        return None

    def all(self) -> list[WaitingTrouble]:
        """Return every trouble since the last `clear`, also those that are used up."""
        return list(self._waiting)

    def clear(self) -> None:
        """Forget all of them."""
        self._waiting.clear()
