"""The schemas of invoices."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from billing_api.invoices.fields import (
    ApplicationType,
    DueWindow,
    InvoiceKind,
    InvoicePaymentStatus,
    InvoiceSort,
    InvoiceStatus,
    Quantity,
    Rate,
    StrictSignedAmount,
)
from billing_api.kit.documented import Sent
from billing_api.kit.money import MAX_AMOUNT, Currency
from billing_api.kit.pagination import PageQuery, Several
from billing_api.kit.read_types import (
    AmountRead,
    BasisPointsRead,
    CurrencyRead,
    DecimalRead,
    ExternalIdRead,
    LongTextRead,
    NameRead,
    NumberRead,
)
from billing_api.kit.schema import (
    AsDigits,
    Day,
    DocumentDate,
    DocumentNumber,
    ExternalId,
    InputSchema,
    LongText,
    Name,
    ReadSchema,
    SearchText,
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
    kind: InvoiceKind = "invoice"
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
                "net_below_zero", "the lines add up to less than nothing: post a credit memo instead"
            )
        if self.net + self.tax < 0:
            raise PydanticCustomError(
                "total_below_zero", "the taxes bring the total below zero: post a credit memo instead"
            )
        if max(self.net, self.net + self.tax) > MAX_AMOUNT:
            raise PydanticCustomError("total_too_large", "the total exceeds {most}", {"most": MAX_AMOUNT})
        if self.due_on is not None and self.due_on < self.issued_on:
            raise PydanticCustomError("due_before_issue", "due_on is before issued_on")
        return self


# Not frozen: each field of a frozen one is set by a call, and a page has three hundred and fifty.
@dataclass(slots=True)
class InvoiceSummaryRead:
    """An invoice as a list shows it: read from the database in this very form."""

    id: UUID
    number: NumberRead
    type: InvoiceKind
    po_number: NumberRead | None
    status: InvoiceStatus
    payment_status: InvoicePaymentStatus
    overdue: bool
    currency: CurrencyRead
    issued_on: date
    due_on: date
    closed_on: date | None
    total: AmountRead
    amount_due: AmountRead
    amount_pending: AmountRead


class InvoiceLineRead(ReadSchema):
    """One line."""

    description: Annotated[str, Sent(maxLength=500)] = Field(description="The goods or services", examples=["Widgets"])
    quantity: DecimalRead = Field(description="The number of units, as a decimal text", examples=["2.5"])
    unit_amount: AmountRead | None = Field(
        description="The price of one unit, rounded, in the currency's minor unit; null when it was not given"
    )
    amount: AmountRead = Field(description="The line's net amount, in the currency's minor unit; it may be negative")


class TaxRead(ReadSchema):
    """One tax of a document."""

    name: NameRead = Field(description="The tax's name", examples=["Sales tax"])
    rate: DecimalRead | None = Field(
        description="Percent, as a decimal text; negative for a tax that is withheld", examples=["8.25"]
    )
    amount: AmountRead


class DiscountRead(ReadSchema):
    """The discount for paying the whole invoice by a day."""

    basis_points: BasisPointsRead = Field(description="200 is 2 percent")
    until: date = Field(description="The last day on which it is given")
    includes_tax: bool = Field(description="Whether tax is in the discount's base")


class ApplicationRead(ReadSchema):
    """Something that was applied to the invoice; negative when it was undone."""

    id: UUID
    type: ApplicationType
    source_id: UUID = Field(description="Of the payment, credit memo, deposit or write-off")
    source_number: NumberRead = Field(description="The number of that document")
    effective_on: date = Field(
        description="Of credits and deposits: the latest of the day of use, the document's day and the invoice's"
    )
    amount: AmountRead = Field(description="In the currency's minor unit; negative when it undoes an earlier one")


class InvoiceRead(ReadSchema):
    """An invoice with its lines and everything applied to it.

    total = paid + credited + deposit_applied + discounted + written_off + voided + amount_due
    """

    id: UUID
    number: NumberRead
    external_id: ExternalIdRead | None
    type: InvoiceKind
    po_number: NumberRead | None
    status: InvoiceStatus
    payment_status: InvoicePaymentStatus
    overdue: bool
    currency: CurrencyRead
    issued_on: date
    due_on: date
    closed_on: date | None
    memo: LongTextRead | None = Field(description="The vendor's note to the customer")
    net: AmountRead
    tax: AmountRead
    total: AmountRead
    paid: AmountRead = Field(description="Applied from payments, in the currency's minor unit")
    credited: AmountRead = Field(description="Applied from credit memos, in the currency's minor unit")
    deposit_applied: AmountRead = Field(description="Applied from deposits, in the currency's minor unit")
    discounted: AmountRead = Field(description="Saved by paying early, in the currency's minor unit")
    written_off: AmountRead = Field(description="Given up by the vendor, in the currency's minor unit")
    voided: AmountRead = Field(description="Withdrawn with the invoice, in the currency's minor unit")
    amount_due: AmountRead
    amount_pending: AmountRead
    discount: DiscountRead | None = Field(
        description="The terms for paying the whole invoice early; null when there are none. Payments through this "
        "API do not take it yet: the vendor grants it, and `discounted` has the amount"
    )
    lines: list[InvoiceLineRead] = Field(
        description="In the order of the document", json_schema_extra={"maxItems": 1000}
    )
    taxes: list[TaxRead] = Field(description="In the order of the document", json_schema_extra={"maxItems": 50})
    applications: list[ApplicationRead] = Field(
        description="Everything that was applied to it, oldest first", json_schema_extra={"maxItems": 10_000}
    )
    created_at: datetime
    updated_at: datetime


class InvoiceQuery(PageQuery):
    """The filters and the order; a sort by `amount_due` or `closed_on` is best effort while these change."""

    status: Several[InvoiceStatus] = None
    type: Several[InvoiceKind] = None
    due: DueWindow | None = Field(None, description="Open invoices that are overdue, or due from today on in a window")
    date_from: Day | None = Field(None, description="The first `issued_on`")
    date_to: Day | None = Field(None, description="The last `issued_on`")
    due_from: Day | None = Field(None, description="The first `due_on`")
    due_to: Day | None = Field(None, description="The last `due_on`")
    amount_min: Annotated[int, Field(ge=0, le=MAX_AMOUNT), AsDigits] | None = Field(
        None, description="The least `total`, in the currency's minor unit"
    )
    amount_max: Annotated[int, Field(ge=0, le=MAX_AMOUNT), AsDigits] | None = Field(
        None, description="The greatest `total`, in the currency's minor unit"
    )
    currency: Several[Currency] = None
    q: SearchText | None = Field(None, description="Part of the number or of the PO number, in any case of letters")
    sort: InvoiceSort = Field(
        "-issued_on",
        description="`-` turns it round; `number` counts: INV-9 before INV-10; by `closed_on`: paid invoices alone",
    )
