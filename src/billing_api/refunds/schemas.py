"""Refunds as clients make and read them, and the query of their list."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from billing_api.errors import EXAMPLE_ID
from billing_api.kit.documented import Named
from billing_api.kit.money import PositiveAmount
from billing_api.kit.pagination import PageQuery
from billing_api.kit.read_types import AmountRead, CurrencyRead, NumberRead, ShortTextRead
from billing_api.kit.schema import InputSchema, ReadSchema, ShortText
from billing_api.payments.fields import EXAMPLE_INVOICE, each_once
from billing_api.payments.schemas import DeclineRead
from billing_api.refunds.fields import RefundMethodRead, RefundStatus

MOST_INVOICES = 1000  # of one refund: as many as an offline payment can have


class RefundWhole(InputSchema):
    """All of the payment that is left."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"type": "whole"}]})

    type: Literal["whole"] = Field(description="Says that all that is left is refunded")


class RefundAmount(InputSchema):
    """An amount: first of unapplied money, then of the overpayment's deposit, then of invoices, the last paid first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"type": "amount", "amount": 4000}]})

    type: Literal["amount"] = Field(description="Says that an amount is refunded")
    amount: PositiveAmount


class RefundedInvoice(InputSchema):
    """An invoice that is to be open again, in whole or in part."""

    invoice_id: UUID
    amount: PositiveAmount | None = Field(
        None, description="In the currency's minor unit; absent: all that the invoice has of the payment"
    )


class RefundInvoices(InputSchema):
    """The money that certain invoices have of the payment: they are open again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"type": "invoices", "invoices": [{"invoice_id": EXAMPLE_INVOICE, "amount": 4000}]}]
        }
    )

    type: Literal["invoices"] = Field(description="Says that the invoices are named")
    invoices: Annotated[list[RefundedInvoice], Field(min_length=1, max_length=MOST_INVOICES), AfterValidator(each_once)]


class RefundUnapplied(InputSchema):
    """Money of the payment that was not applied to an invoice."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"type": "unapplied"}]})

    type: Literal["unapplied"] = Field(description="Says that unapplied money is refunded")
    amount: PositiveAmount | None = Field(
        None, description="In the currency's minor unit; absent: all that is unapplied"
    )


class RefundDeposit(InputSchema):
    """The deposit that the payment's overpayment became."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"type": "deposit", "amount": 2500}]})

    type: Literal["deposit"] = Field(description="Says that the overpayment's deposit is refunded")
    amount: PositiveAmount | None = Field(
        None, description="In the currency's minor unit; absent: all that is left of the deposit"
    )


class RefundCreditMemo(InputSchema):
    """A credit memo is paid out: the invoices stay paid."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"type": "credit_memo", "credit_memo_id": EXAMPLE_ID}]})

    type: Literal["credit_memo"] = Field(description="Says that a credit memo is paid out")
    credit_memo_id: UUID
    amount: PositiveAmount | None = Field(
        None, description="In the currency's minor unit; absent: all that is left of the credit memo"
    )


RefundChoice = Annotated[
    RefundWhole | RefundAmount | RefundInvoices | RefundUnapplied | RefundDeposit | RefundCreditMemo,
    Field(
        discriminator="type",
        description="The part of the payment that is given back, which says what becomes of its invoices too",
    ),
    Named("RefundChoice", "The choice of what is refunded"),
]


class RefundCreate(InputSchema):
    """The part of a payment that is given back."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"refund": {"type": "whole"}, "reason": "Ordered twice"},
                {"refund": {"type": "amount", "amount": 4000}},
                {"refund": {"type": "invoices", "invoices": [{"invoice_id": EXAMPLE_INVOICE}]}},
                {"refund": {"type": "credit_memo", "credit_memo_id": EXAMPLE_ID, "amount": 4000}},
            ]
        }
    )

    refund: RefundChoice
    reason: ShortText | None = Field(None, description="The reason, as the customer reads it")


class RefundedInvoiceRead(ReadSchema):
    """The amount that is due again on one invoice."""

    invoice_id: UUID
    invoice_number: NumberRead
    amount: AmountRead


class RefundRead(ReadSchema):
    """A refund: `amount` is the sum of its parts, in minor units."""

    id: UUID
    payment_id: UUID
    payment_number: NumberRead = Field(description="The payment's number, as people read it", examples=["PMT-000042"])
    status: RefundStatus
    method: RefundMethodRead
    currency: CurrencyRead
    amount: AmountRead
    invoices: list[RefundedInvoiceRead] = Field(
        description="The invoices that are due again by it", json_schema_extra={"maxItems": MOST_INVOICES}
    )
    unapplied: AmountRead = Field(
        description="The part that was unapplied money of the payment, in the currency's minor unit", examples=[0]
    )
    deposit_amount: AmountRead = Field(
        description="The part that was left of the overpayment's deposit, in the currency's minor unit", examples=[0]
    )
    credit_memo_id: UUID | None = Field(description="The credit memo that is paid out by it; null for none")
    credit_memo_amount: AmountRead = Field(
        description="The part that pays out the credit memo, in the currency's minor unit", examples=[0]
    )
    reason: ShortTextRead | None = Field(
        description="The reason, as the vendor gave it; null for none", examples=["Ordered twice"]
    )
    decline: DeclineRead | None = Field(description="Why nothing was given back; null without a decline")
    repayment_invoice_id: UUID | None = Field(
        description="The invoice by which the money is due again, since the payment was returned as well; null for none"
    )
    refunded_on: date | None = Field(
        description="The day from which it counts in the books; null until it has succeeded"
    )
    next_check_at: datetime | None = Field(
        description="Until it is final: when it is looked up or tried next; null afterwards"
    )
    created_at: datetime
    updated_at: datetime


class RefundQuery(PageQuery):
    """The refunds of a payment, newest first."""
