"""The absence of a charge or refund at the gateway: two searches that find nothing prove it, one does not."""

from dataclasses import dataclass
from datetime import datetime

from billing_api.gateway.timing import QUIET_PERIOD


@dataclass(frozen=True, slots=True)
class Absence:
    """An absence `since` the first search that counts, None before one; `is_proven` by a second one."""

    since: datetime | None
    is_proven: bool


def absence_at(looked_at: datetime, *, sent_at: datetime, due_at: datetime | None, since: datetime | None) -> Absence:
    """Return the absence after a search that began at `looked_at` and has found nothing.

    The gateway may find a charge only after a while. So the first search counts when its check was due, and so long
    after `sent_at`, when the intent was written, that no request can be under way any more. The second one counts a
    quiet period after the first.
    """
    if since is not None:
        return Absence(since, is_proven=looked_at - since >= QUIET_PERIOD)
    is_due = due_at is None or looked_at >= due_at
    return Absence(looked_at if is_due and looked_at - sent_at >= QUIET_PERIOD else None, is_proven=False)
