"""What the books tell other features."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Totals:
    """What two ledger accounts of the customer hold in one currency, in minor units."""

    currency: str
    receivable: int
    customer_credit: int

    @property
    def balance(self) -> int:
        """What is owed; negative when the vendor owes."""
        return self.receivable + self.customer_credit


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry as the transaction history shows it; `balance_effect` is how much more is owed."""

    id: UUID
    seq: int
    kind: str
    number: str
    document_id: UUID
    invoice_id: UUID | None
    effective_on: date
    posted_at: datetime
    currency: str
    amount: int
    balance_effect: int
