"""The bodies of invoices that the back office posts."""

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from billing_api.invoices.fields import (
    NewInvoiceKind,
    Quantity,
    Rate,
    StrictSignedAmount,
)
from billing_api.kit.money import MAX_AMOUNT, Currency
from billing_api.kit.schema import (
    DocumentDate,
    DocumentNumber,
    ExternalId,
    InputSchema,
    LongText,
    Name,
)
from billing_api.kit.text import Text

_HALF_A_QUANTITY = Decimal("0.0000005")  # a quantity's rounding, with six decimals

_EXAMPLE: dict[str, Any] = {
    "number": "INV-1001",
    "external_id": "erp-55120",
    "po_number": "PO-7781",
    "currency": "USD",
    "issued_on": "2026-11-02",
    "due_on": "2026-12-02",
    "lines": [{"description": "Widgets", "quantity": "2", "unit_amount": 5000, "amount": 10000}],
    "taxes": [{"name": "Sales tax", "rate": "8.25", "amount": 825}],
}


class InvoiceLineCreate(InputSchema):
    """One line; `amount` counts; quantity and unit amount explain it. A line may be negative."""

    description: Annotated[str, Text(500, lines=True, identifier=True)]
    quantity: Quantity = Decimal(1)
    unit_amount: StrictSignedAmount | None = None
    amount: StrictSignedAmount

    @property
    def is_explained(self) -> bool:
        """Whether quantity times unit amount is the amount, but for rounding.

        The unit amount is a price rounded to half a minor unit, the quantity one rounded to its sixth decimal.
        """
        if self.unit_amount is None:
            return True
        difference = abs(self.quantity * self.unit_amount - self.amount)
        return not difference or difference <= (abs(self.quantity) + 1) / 2 + abs(self.unit_amount) * _HALF_A_QUANTITY


class TaxCreate(InputSchema):
    """One tax of a document, as the back office worked it out; below zero for returned goods, and for withheld tax."""

    name: Name
    rate: Rate | None = None
    amount: StrictSignedAmount


class DiscountCreate(InputSchema):
    """The discount for paying the whole invoice early."""

    basis_points: int = Field(ge=1, le=10000, strict=True, description="200 is 2 percent")
    until: DocumentDate
    includes_tax: StrictBool = True


class InvoiceCreate(InputSchema):
    """An invoice to post; it is never edited afterwards. Its totals are worked out from lines and taxes."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    number: DocumentNumber
    external_id: ExternalId | None = None
    kind: NewInvoiceKind = "invoice"
    po_number: DocumentNumber | None = None
    currency: Currency
    issued_on: DocumentDate
    due_on: DocumentDate | None = Field(None, description="Absent: from the account's terms")
    memo: LongText | None = None
    lines: Annotated[list[InvoiceLineCreate], Field(min_length=1, max_length=1000)]
    taxes: Annotated[list[TaxCreate], Field(max_length=50, default_factory=list)]
    discount: DiscountCreate | None = Field(None, description="Absent: from the account's terms; null: none")

    @property
    def net(self) -> int:
        """The sum of the lines."""
        return sum(line.amount for line in self.lines)

    @property
    def tax(self) -> int:
        """The sum of the taxes."""
        return sum(tax.amount for tax in self.taxes)

    @model_validator(mode="after")
    def _sums_and_dates_fit(self) -> Self:
        if self.net < 0:
            raise PydanticCustomError(
                "net_below_zero",
                "the lines add up to less than nothing: post a credit memo instead",
                {"field": "lines"},
            )
        if self.net + self.tax < 0:
            raise PydanticCustomError(
                "total_below_zero",
                "the taxes bring the total below zero: post a credit memo instead",
                {"field": "taxes"},
            )
        if max(self.net, self.net + self.tax) > MAX_AMOUNT:
            raise PydanticCustomError(
                "total_too_large", "the total exceeds {most}", {"most": MAX_AMOUNT, "field": "lines"}
            )
        if self.due_on is not None and self.due_on < self.issued_on:
            raise PydanticCustomError("due_before_issue", "due_on is before issued_on", {"field": "due_on"})
        return self
