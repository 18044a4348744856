"""The choices of values of autopay."""

from typing import Annotated, Literal

from billing_api.kit.documented import Named

AutopayStatus = Annotated[
    Literal["expected", "planned", "under_way", "contested", "above_limit", "other_currency", "ended"],
    Named(
        "AutopayInvoiceStatus",
        "What autopay does about an open invoice",
        {
            "expected": "It will be planned, with a notice, when its due date is near",
            "planned": "A scheduled payment of it waits for `pay_on`; with an `attempt` of more than 1 it is a retry",
            "under_way": "Its payment has been sent, and is `processing`, for one",
            "contested": "The customer contests it: it is left alone until the vendor has answered",
            "above_limit": "With it a payment would come to more than the limit: it is left alone",
            "other_currency": "It is not in the `currency` of autopay, the account's: pay it by hand",
            "ended": "Autopay has given it up, as `reason` says: pay it by hand",
        },
    ),
]
SwitchedOffCode = Annotated[
    Literal["declined", "returned", "payment_method"],
    Named(
        "AutopaySwitchedOffCode",
        "Why autopay was switched off by itself",
        {
            "declined": "A payment was declined, and another try with the same method does not help",
            "returned": "The bank returned a payment, and another try with the same method does not help",
            "payment_method": "The payment method was removed, or can't pay any more",
        },
    ),
]
# What is kept of an invoice that autopay has planned once.
Progress = Literal["planned", "again", "sent", "above_limit", "ended"]
EXAMPLE_CONSENT = "I authorize Example Vendor to debit this account for each invoice on its due date."
