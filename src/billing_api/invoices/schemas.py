"""Invoices as clients read them, and the query of their list."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from billing_api.invoices.fields import (
    ApplicationReasonName,
    ApplicationType,
    DueWindow,
    InvoiceKind,
    InvoicePaymentStatus,
    InvoiceSort,
    InvoiceStatus,
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
    PurchaseOrderRead,
    ShortTextRead,
)
from billing_api.kit.schema import (
    AsDigits,
    Day,
    InputSchema,
    ReadSchema,
    SearchText,
)


# Not frozen: each field of a frozen one is set by a call, and a page has three hundred and fifty.
@dataclass
class InvoiceSummaryRead:
    """An invoice as a list shows it, without lines, taxes and applications."""

    id: UUID
    number: NumberRead
    type: InvoiceKind
    po_number: PurchaseOrderRead | None
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
    contested: AmountRead


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
    reason: ApplicationReasonName | None = Field(
        description="Why it undoes an earlier one, or brings one back; null for a first use", examples=["refund"]
    )
    reason_text: ShortTextRead | None = Field(
        description="The vendor's words for an undoing or a void; null where there are none",
        examples=["Meant for another invoice"],
    )


class InvoiceRead(ReadSchema):
    """An invoice with its lines and everything applied to it.

    total = paid + credited + deposit_applied + discounted + written_off + voided + amount_due
    """

    id: UUID
    number: NumberRead
    external_id: ExternalIdRead | None
    type: InvoiceKind
    po_number: PurchaseOrderRead | None
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
    contested: AmountRead
    discount: DiscountRead | None = Field(
        description="The terms for paying the whole invoice early; null when there are none. A payment that settles "
        "all that is due takes the discount, and `discounted` has the amount"
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


class InvoiceFilters(InputSchema):
    """The filters and the order; a sort by `amount_due` or `closed_on` is best effort while these change."""

    status: Several[InvoiceStatus] = None
    type: Several[InvoiceKind] = None
    due: DueWindow | None = Field(None, description="Open invoices that are overdue, or due from today on in a window")
    contested: bool | None = Field(None, description="Open invoices that the customer contests; `false`: all others")
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


class InvoiceQuery(PageQuery, InvoiceFilters):
    """The invoices of a page, and their order."""
