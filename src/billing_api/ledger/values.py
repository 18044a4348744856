"""Values that the books give to other features."""

from dataclasses import dataclass
from enum import StrEnum


class EntryKind(StrEnum):
    """The sort of fact that a ledger entry records."""

    INVOICE = "invoice"
    FEE = "fee"
    REPAYMENT = "repayment"
    VOID = "void"
    CREDIT_MEMO = "credit_memo"
    DEPOSIT = "deposit"
    PAYMENT = "payment"
    PAYMENT_APPLICATION = "payment_application"
    CREDIT_APPLICATION = "credit_application"
    DEPOSIT_APPLICATION = "deposit_application"
    DISCOUNT = "discount"
    WRITE_OFF = "write_off"
    WRITE_OFF_REVERSAL = "write_off_reversal"
    PAYMENT_APPLICATION_REVERSAL = "payment_application_reversal"
    CREDIT_APPLICATION_REVERSAL = "credit_application_reversal"
    DEPOSIT_APPLICATION_REVERSAL = "deposit_application_reversal"
    REFUND = "refund"
    CREDIT_REFUND = "credit_refund"
    DEPOSIT_REFUND = "deposit_refund"
    REFUND_FAILED = "refund_failed"
    RETURN = "return"
    CHARGEBACK = "chargeback"
    CHARGEBACK_WON = "chargeback_won"


INVOICE_KINDS = (EntryKind.INVOICE, EntryKind.FEE, EntryKind.REPAYMENT)  # of the entries by which invoices are posted


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
