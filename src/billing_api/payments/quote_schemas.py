"""Quotes: the cost of paying certain invoices now."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from billing_api.kit.documented import Sent
from billing_api.kit.money import Currency, PositiveAmount
from billing_api.kit.read_types import AmountRead, CurrencyRead, NumberRead
from billing_api.kit.schema import (
    InputSchema,
    ReadSchema,
)
from billing_api.payment_methods.fields import MethodType
from billing_api.payments.fields import EXAMPLE_INVOICE, QuoteVersion, each_once


class PaymentInvoice(InputSchema):
    """An invoice to pay, in whole or in part."""

    invoice_id: UUID
    amount: PositiveAmount | None = Field(None, description="Absent: all that is payable")


PaymentInvoices = Annotated[list[PaymentInvoice], Field(min_length=1, max_length=100), AfterValidator(each_once)]


class PaymentQuoteCreate(InputSchema):
    """The invoices to be paid; asking changes nothing."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"currency": "USD", "invoices": [{"invoice_id": EXAMPLE_INVOICE}]}]}
    )

    currency: Currency
    invoices: PaymentInvoices


class QuoteLineRead(ReadSchema):
    """One invoice of a quote, in minor units."""

    invoice_id: UUID
    number: NumberRead
    amount_due: AmountRead
    payable: AmountRead = Field(
        description="The amount due that no payment under way has reserved, in the currency's minor unit"
    )
    amount: AmountRead = Field(description="The amount that would be paid, in the currency's minor unit")


class QuoteProblemRead(ReadSchema):
    """The problem that paying would meet."""

    code: Literal["currency_not_payable"] = Field(description="The code of the problem")
    detail: Annotated[str, Sent(maxLength=500)] = Field(
        description="A sentence for the user", examples=["Invoices in JPY can't be paid online."]
    )


class PaymentQuoteRead(ReadSchema):
    """The cost of a payment; `quote_version` stands for these figures."""

    currency: CurrencyRead
    amount: AmountRead = Field(description="To be charged, in the currency's minor unit")
    invoices: list[QuoteLineRead] = Field(
        description="The invoices in the request's order", json_schema_extra={"maxItems": 100}
    )
    can_be_paid: bool = Field(description="Whether any type of payment method can pay in this currency")
    problem: QuoteProblemRead | None = Field(description="The reason, when it can't be paid; else null")
    payment_method_types: list[MethodType] = Field(
        description="The types that can pay in this currency",
        examples=[["card", "us_bank_account"]],
        json_schema_extra={"maxItems": 2},
    )
    quote_version: QuoteVersion
