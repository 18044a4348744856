"""Events, as the features that read them see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class NumberedEvent:
    """An event as its readers get it: each number once, in ascending order, with no gap."""

    number: int
    account_id: UUID
    id: UUID
    kind: str
    subject_id: UUID
    occurred_at: datetime
    data: dict[str, Any]
