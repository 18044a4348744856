"""Values that the books give to other features."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of the customer's two ledger accounts in one currency, in minor units."""

    currency: str
    receivable: int
    customer_credit: int

    @property
    def balance(self) -> int:
        """The amount that is owed; negative when the vendor owes."""
        return self.receivable + self.customer_credit


@dataclass(frozen=True, slots=True)
class HistoryEntry:
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
