"""The fields of invoices' bodies, by their types."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from billing_api.kit.documented import Named
from billing_api.kit.money import SignedAmount

InvoiceKind = Annotated[
    Literal["invoice", "fee"],
    Named("InvoiceType", "A bill for goods or services, or a fee such as for a returned payment"),
]
InvoiceStatus = Annotated[
    Literal["open", "paid", "void"],
    Named("InvoiceStatus", "`open`: something is due; `paid`: nothing is; `void`: it was withdrawn"),
]
InvoicePaymentStatus = Annotated[
    Literal["unpaid", "partial", "processing", "paid", "void"],
    Named(
        "InvoicePaymentStatus",
        "How far an invoice is paid; `partial`: something was applied to it, `processing`: a payment is under way",
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
    Named("ApplicationType", "The fact that lowered an invoice's due amount, by its word in the transaction history"),
]
DueWindow = Annotated[
    Literal["overdue", "within_7_days", "within_30_days", "within_60_days", "within_90_days"],
    Named("DueWindow", "When an open invoice is due, from today on in the books' time zone"),
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
