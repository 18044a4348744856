"""The schemas of the transaction history."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from billing_api.ledger.values import EntryKind


@dataclass(frozen=True, slots=True)
class TransactionRead:
    """One entry of the history. `balance_effect` is how much more is owed after it: negative for a payment."""

    id: UUID
    type: EntryKind
    number: str
    document_id: UUID
    invoice_id: UUID | None
    effective_on: date
    posted_at: datetime
    currency: str
    amount: int
    balance_effect: int
