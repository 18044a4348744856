"""Quotes: the cost of paying certain invoices now."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.config import JsonDict

from billing_api.errors import EXAMPLE_ID
from billing_api.kit.documented import Named, Sent
from billing_api.kit.money import Currency, PositiveAmount
from billing_api.kit.read_types import AmountRead, CurrencyRead, NumberRead
from billing_api.kit.schema import (
    Day,
    InputSchema,
    ReadSchema,
)
from billing_api.payment_methods.fields import MethodType
from billing_api.payments.credit_schemas import MOST_CREDITS, NO_CREDITS, PaymentCredits
from billing_api.payments.fields import EXAMPLE_INVOICE, CreditType, QuoteVersion, each_once

MOST_INVOICES = 100  # of one payment; one more is read, which shows that some are left out
MOST_DAYS_AHEAD = 365  # of a scheduled one
_CERTAIN: JsonDict = {"type": "named", "invoices": [{"invoice_id": EXAMPLE_INVOICE, "amount": 12500}]}


class PaymentInvoice(InputSchema):
    """An invoice to pay, in whole or in part."""

    invoice_id: UUID
    amount: PositiveAmount | None = Field(None, description="Absent: all that is payable")


PaymentInvoices = Annotated[
    list[PaymentInvoice], Field(min_length=1, max_length=MOST_INVOICES), AfterValidator(each_once)
]


class PayInvoices(InputSchema):
    """Certain invoices, each in whole or in part."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CERTAIN]})

    type: Literal["named"] = Field(description="Says that the invoices are named")
    invoices: PaymentInvoices


class PayAmount(InputSchema):
    """An amount that is spread over the payable invoices, those first that are due first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"type": "spread", "amount": 50000}]})

    type: Literal["spread"] = Field(description="Says that an amount is spread")
    amount: PositiveAmount = Field(description="The amount that the invoices get, in the currency's minor unit")


class PayEverythingDue(InputSchema):
    """Everything that is payable in the currency."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"type": "everything_due"}]})

    type: Literal["everything_due"] = Field(description="Says that all payable invoices are paid")


PaymentChoice = Annotated[
    PayInvoices | PayAmount | PayEverythingDue,
    Field(
        discriminator="type",
        description="The invoices to be paid: named, by an amount that is spread over them, or all. "
        f"One payment pays {MOST_INVOICES} invoices at most",
    ),
    Named("PaymentChoice", "The choice of the invoices to be paid"),
]


class PaymentQuoteCreate(InputSchema):
    """The invoices to be paid; asking changes nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"currency": "USD", "pay": _CERTAIN},
                {"currency": "USD", "pay": {"type": "spread", "amount": 50000}},
                {"currency": "USD", "pay": {"type": "everything_due"}, "credits": {"type": "automatic"}},
                {"currency": "USD", "pay": _CERTAIN, "credits": {"type": "up_to", "amount": 5000}},
                {
                    "currency": "USD",
                    "pay": _CERTAIN,
                    "credits": {"type": "chosen", "credits": [{"id": EXAMPLE_ID}]},
                    "overpayment": 10000,
                },
            ]
        }
    )

    currency: Currency
    pay: PaymentChoice
    # A default that is an object would stand in the contract, and generated Java does not compile with it.
    credits: PaymentCredits = Field(default_factory=lambda: NO_CREDITS)
    overpayment: PositiveAmount | None = Field(
        None,
        description="Charged beyond what the invoices take, in the currency's minor unit: it becomes a deposit of the "
        "account once the payment has succeeded. Absent: nothing",
    )
    scheduled_on: Day | None = Field(
        None,
        description="The day in the books' time zone on which it is to be paid, from tomorrow to "
        f"{MOST_DAYS_AHEAD} days ahead: its discounts count. Absent: now",
        examples=["2026-12-15"],
    )


class QuoteLineRead(ReadSchema):
    """One invoice of a quote, in minor units."""

    invoice_id: UUID
    number: NumberRead
    amount_due: AmountRead
    payable: AmountRead = Field(
        description="The amount due that no payment under way has reserved, in the currency's minor unit"
    )
    amount: AmountRead = Field(description="The amount that would be charged, in the currency's minor unit")
    credited: AmountRead = Field(description="The amount that credit memos would pay, in the currency's minor unit")
    deposit_applied: AmountRead = Field(description="The amount that deposits would pay, in the currency's minor unit")
    discounted: AmountRead = Field(
        description="The discount for settling the whole invoice today, in the currency's minor unit"
    )


class QuoteCreditRead(ReadSchema):
    """A credit memo or deposit with something left, and the amount of it that would be used."""

    type: CreditType
    id: UUID
    number: NumberRead = Field(description="The document's number", examples=["CM-201"])
    dated_on: date = Field(description="The document's own day")
    available: AmountRead = Field(
        description="The amount that is neither applied nor reserved by a payment, in the currency's minor unit"
    )
    amount: AmountRead = Field(description="The amount that would be used, in the currency's minor unit")


class QuoteProblemRead(ReadSchema):
    """The problem that paying would meet."""

    code: Literal["currency_not_payable"] = Field(description="The code of the problem")
    detail: Annotated[str, Sent(maxLength=500)] = Field(
        description="A sentence for the user", examples=["Invoices in JPY can't be paid online."]
    )


class PaymentQuoteRead(ReadSchema):
    """The cost of a payment; `quote_version` stands for these figures."""

    currency: CurrencyRead
    amount: AmountRead = Field(
        description="To be charged, in the currency's minor unit; with 0 no payment method is needed"
    )
    credited: AmountRead = Field(description="Paid by credit memos, in the currency's minor unit")
    deposit_applied: AmountRead = Field(description="Paid by deposits, in the currency's minor unit")
    discounted: AmountRead = Field(description="Saved by paying early, in the currency's minor unit")
    overpayment: AmountRead = Field(description="The part of `amount` that becomes a deposit, in the minor unit")
    invoices: list[QuoteLineRead] = Field(
        description="The invoices: named ones in the request's order, others by due date",
        json_schema_extra={"maxItems": MOST_INVOICES},
    )
    more_payable: bool = Field(
        description=f"Whether payable invoices were left out because one payment pays {MOST_INVOICES} at most: those "
        "that are due last. Named invoices leave none out"
    )
    credits: list[QuoteCreditRead] = Field(
        description="The credit memos and deposits that can be used, the oldest first: those that were chosen, and the "
        f"oldest others, {MOST_CREDITS} in all",
        json_schema_extra={"maxItems": MOST_CREDITS},
    )
    can_be_paid: bool = Field(
        description="Whether nothing is to be charged, or any type of payment method can pay in this currency"
    )
    problem: QuoteProblemRead | None = Field(description="The reason, when it can't be paid; else null")
    payment_method_types: list[MethodType] = Field(
        description="The types that can pay in this currency",
        examples=[["card", "us_bank_account"]],
        json_schema_extra={"maxItems": 2},
    )
    quote_version: QuoteVersion
