"""The fields of invoices' bodies, by their types."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from billing_api.kit.documented import Named
from billing_api.kit.money import SignedAmount

_POSTED = {"invoice": "A bill for goods or services", "fee": "A charge such as for a returned payment"}
InvoiceKind = Annotated[
    Literal["invoice", "fee", "repayment"],
    Named(
        "InvoiceType",
        "The sort of an invoice",
        _POSTED | {"repayment": "A refund is due again, since its payment had been returned as well"},
    ),
]
NewInvoiceKind = Annotated[
    Literal["invoice", "fee"], Named("NewInvoiceType", "The sort of an invoice that the back office posts", _POSTED)
]
InvoiceStatus = Annotated[
    Literal["open", "paid", "void"],
    Named(
        "InvoiceStatus",
        "Where an invoice stands",
        {"open": "Something is due", "paid": "Nothing is due any more", "void": "The vendor has withdrawn it"},
    ),
]
InvoicePaymentStatus = Annotated[
    Literal["unpaid", "partial", "processing", "paid", "void"],
    Named(
        "InvoicePaymentStatus",
        "How far an invoice is paid",
        {
            "unpaid": "Nothing was applied to it",
            "partial": "A payment, credit or deposit was applied, and something is due",
            "processing": "A payment of it is under way",
            "paid": "Nothing is due any more",
            "void": "The vendor has withdrawn it",
        },
    ),
]
InvoiceSort = Annotated[
    Literal[
        "issued_on",
        "-issued_on",
        "due_on",
        "-due_on",
        "closed_on",
        "-closed_on",
        "number",
        "-number",
        "total",
        "-total",
        "amount_due",
        "-amount_due",
    ],
    Named("InvoiceSort", "A field of the rows; `-` turns the order round"),
]
# The words of the transaction history.
ApplicationType = Annotated[
    Literal["payment", "credit_application", "deposit_application", "discount", "write_off", "void"],
    Named(
        "ApplicationType",
        "The fact that lowered an invoice's due amount, by its word in the transaction history",
        {
            "payment": "A payment",
            "credit_application": "A credit memo was used for it",
            "deposit_application": "A deposit was used for it",
            "discount": "It was paid early",
            "write_off": "The vendor gave the amount up",
            "void": "The vendor withdrew the invoice",
        },
    ),
]
ApplicationReasonName = Annotated[
    Literal["return", "cancellation", "refund", "refund_failed", "chargeback", "chargeback_won", "correction"],
    Named(
        "ApplicationReason",
        "Why an application was undone, or brought back",
        {
            "return": "The payment was returned: its money is not there any more",
            "cancellation": "The charge was voided before it settled",
            "refund": "The vendor gave money of the payment back. The part that the invoice keeps is applied anew",
            "refund_failed": "The money of a refund came back",
            "chargeback": "The owner of the card disputed the payment. The part that the invoice keeps is applied anew",
            "chargeback_won": "The vendor won that dispute",
            "correction": "The vendor undid the use of a payment, credit or deposit, or a write-off",
        },
    ),
]
DueWindow = Annotated[
    Literal["overdue", "within_7_days", "within_30_days", "within_60_days", "within_90_days"],
    Named(
        "DueWindow",
        "When an open invoice is due, by the day in the books' time zone",
        {"overdue": "Its last day has passed"}
        | {f"within_{days}_days": f"Due today or within {days} days" for days in (7, 30, 60, 90)},
    ),
]


def _as_number(given: Decimal) -> Decimal:
    """Return the number in its one spelling: 2, 2.0 and 2.00 are 2, -0 is 0."""
    return given.to_integral_value() + 0 if given == given.to_integral_value() else given.normalize()


Quantity = Annotated[
    Decimal,
    Field(max_digits=20, decimal_places=6, allow_inf_nan=False, examples=["2.5"]),
    AfterValidator(_as_number),
]
Rate = Annotated[
    Decimal,
    Field(
        max_digits=9,
        decimal_places=6,
        allow_inf_nan=False,
        description="Percent; below zero for a tax that is withheld",
        examples=["8.25"],
    ),
    AfterValidator(_as_number),
]
StrictSignedAmount = Annotated[SignedAmount, Field(strict=True)]
