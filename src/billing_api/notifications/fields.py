"""The sorts of mails that a user chooses from."""

from enum import StrEnum


class Topic(StrEnum):
    """The topic of a mail, as a user chooses it; the names are those of the fields of the preferences."""

    NEW_INVOICE = "new_invoice"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    PAYMENT_RECEIPT = "payment_receipt"
    PAYMENT_FAILED = "payment_failed"
    PAYMENT_UPCOMING = "payment_upcoming"
    PAYMENT_METHOD = "payment_method"
    STATEMENT = "statement"
