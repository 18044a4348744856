"""The fields of disputes' bodies, by their types."""

from typing import Annotated, Literal

from billing_api.kit.documented import Named

DisputeStatus = Annotated[
    Literal["open", "withdrawn", "accepted", "rejected", "settled"],
    Named(
        "DisputeStatus",
        "Where a dispute stands",
        {
            "open": "It waits for an answer",
            "withdrawn": "The customer has taken it back",
            "accepted": "The vendor agrees; a credit memo or another document corrects the invoice",
            "rejected": "The vendor does not agree; the invoice is due as before",
            "settled": "It ended by itself, because nothing of the invoice is due any more; `settlement` says why",
        },
    ),
]
DisputeSettlement = Annotated[
    Literal["invoice_paid", "invoice_voided"],
    Named(
        "DisputeSettlement",
        "Why a dispute ended by itself",
        {
            "invoice_paid": "The invoice was paid in full, by money, credits, a discount or a write-off",
            "invoice_voided": "The vendor has withdrawn the invoice",
        },
    ),
]
DisputeOutcome = Literal["accepted", "rejected"]
DisputeReason = Annotated[
    Literal[
        "not_received",
        "not_ordered",
        "damaged",
        "wrong_quantity",
        "wrong_price",
        "wrong_tax",
        "already_paid",
        "duplicate",
        "other",
    ],
    Named(
        "DisputeReason",
        "Why a customer contests an invoice",
        {
            "not_received": "Goods or services did not come",
            "not_ordered": "They were not ordered, or were cancelled",
            "damaged": "They came damaged or incomplete",
            "wrong_quantity": "The quantity is not the one that came",
            "wrong_price": "The price is not the one that was agreed",
            "wrong_tax": "A tax is wrong",
            "already_paid": "It was paid before",
            "duplicate": "The same was billed twice",
            "other": "Something else, which `text` says",
        },
    ),
]
