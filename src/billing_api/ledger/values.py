"""Values that the books give to other features."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class EntryKind(StrEnum):
    """The sort of fact that a ledger entry records."""

    INVOICE = "invoice"
    FEE = "fee"
    VOID = "void"
    CREDIT_MEMO = "credit_memo"
    DEPOSIT = "deposit"
    PAYMENT = "payment"
    CREDIT_APPLICATION = "credit_application"
    DEPOSIT_APPLICATION = "deposit_application"
    DISCOUNT = "discount"
    WRITE_OFF = "write_off"
    REFUND = "refund"
    CREDIT_REFUND = "credit_refund"
    DEPOSIT_REFUND = "deposit_refund"
    RETURN = "return"
    CHARGEBACK = "chargeback"
    CHARGEBACK_WON = "chargeback_won"


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


# Not frozen, as all rows of long lists: each field of a frozen one is set by a call.
@dataclass(slots=True)
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
