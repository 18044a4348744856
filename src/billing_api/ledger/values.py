"""Values that the books give to other features."""

from dataclasses import dataclass
from enum import StrEnum


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
