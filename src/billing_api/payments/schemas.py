"""The bodies of requests and responses about payments."""

from datetime import date, datetime
from typing import Annotated, Literal, Protocol, Self, TypeVar
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from billing_api.kit.documented import Named, Sent
from billing_api.kit.money import MAX_AMOUNT, Currency, PositiveAmount
from billing_api.kit.pagination import PageQuery, Several
from billing_api.kit.read_types import AmountRead, CurrencyRead, GatewayText, Last4Read, NumberRead, ReferenceRead
from billing_api.kit.schema import (
    AsDigits,
    Day,
    DocumentDate,
    ExternalId,
    InputSchema,
    ReadSchema,
    Reference,
    VersionedRead,
)
from billing_api.payment_methods.fields import MethodType
from billing_api.payments.states import PaymentState

PaymentType = Annotated[
    Literal["card", "us_bank_account", "check", "wire", "cash", "other"],
    Named(
        "PaymentType", "The way in which the money came: through the gateway by `card` or `us_bank_account`, or offline"
    ),
]
PaymentStatus = Annotated[
    PaymentState,
    Named(
        "PaymentStatus",
        "`processing`: the bank has yet to confirm it. `unknown`: the gateway's response is lost, and is looked up. "
        "`failed`: nothing was charged. `returned`: the bank took the money back. `cancelling`: charged too late, and "
        "given back; then `cancelled`",
    ),
]
_INVOICE = "019a6f2e-6f00-7c3a-9d61-3f1f0a6d2b11"
_METHOD = "019a6f2e-7a10-7b1e-8a55-0c9e5d4f7a21"
_VERSION = "9f1c0e6b7a2d4c5e8f3b1a0d9c8e7f6a"


QuoteVersion = Annotated[str, Field(max_length=32, pattern="^[0-9a-f]{32}$", examples=[_VERSION])]


class _NamesInvoice(Protocol):
    @property
    def invoice_id(self) -> UUID: ...


NamesT = TypeVar("NamesT", bound=_NamesInvoice)


def _each_once(items: list[NamesT]) -> list[NamesT]:
    if len({item.invoice_id for item in items}) != len(items):
        raise ValueError("Each invoice may be named once.")
    return items


class PaymentInvoice(InputSchema):
    """An invoice to pay, in whole or in part."""

    invoice_id: UUID
    amount: PositiveAmount | None = Field(None, description="Absent: all that is payable")


PaymentInvoices = Annotated[list[PaymentInvoice], Field(min_length=1, max_length=100), AfterValidator(_each_once)]


class PaymentQuoteCreate(InputSchema):
    """The invoices to be paid; asking changes nothing."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"currency": "USD", "invoices": [{"invoice_id": _INVOICE}]}]}
    )

    currency: Currency
    invoices: PaymentInvoices


class PaymentCreate(InputSchema):
    """The invoices to be paid, and the payment method; `quote_version` makes sure of the figures that were shown."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "currency": "USD",
                    "invoices": [{"invoice_id": _INVOICE, "amount": 12500}],
                    "payment_method_id": _METHOD,
                    "quote_version": _VERSION,
                }
            ]
        }
    )

    currency: Currency
    invoices: PaymentInvoices
    payment_method_id: UUID
    quote_version: QuoteVersion | None = Field(
        None,
        description="That of the quote that was shown: 409 `quote_stale` when the figures have changed since. "
        "Absent: the present figures are charged",
    )


class QuoteLineRead(ReadSchema):
    """One invoice of a quote, in minor units."""

    invoice_id: UUID
    number: NumberRead
    amount_due: AmountRead
    payable: AmountRead = Field(
        description="The amount due that no payment under way has reserved, in the currency's minor unit"
    )
    amount: AmountRead = Field(description="The amount that would be paid, in the currency's minor unit")


class NotPayableRead(ReadSchema):
    """The reason why a quote can't be paid online."""

    code: Literal["currency_not_payable"] = Field(description="The code of the problem that paying would meet")
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
    payable: bool = Field(
        description="Whether any type of payment method can pay in this currency; each line has an amount of that name"
    )
    not_payable: NotPayableRead | None = Field(description="The reason, when it is not payable")
    payment_method_types: list[MethodType] = Field(
        description="The types that can pay in this currency",
        examples=[["card", "us_bank_account"]],
        json_schema_extra={"maxItems": 2},
    )
    quote_version: QuoteVersion


class DeclineRead(ReadSchema):
    """Why there is no money."""

    code: GatewayText = Field(description="The code of the bank or the gateway", examples=["2001"])
    text: GatewayText = Field(description="The words of the bank or the gateway", examples=["Insufficient Funds"])
    retry_may_help: bool = Field(description="Whether another try with the same method may succeed")


class PaymentSummaryRead(VersionedRead):
    """A payment as a list shows it; amounts in minor units."""

    id: UUID
    number: NumberRead = Field(description="The payment's number, as people read it", examples=["PMT-000042"])
    type: PaymentType
    status: PaymentStatus
    currency: CurrencyRead
    amount: AmountRead
    unapplied: AmountRead = Field(description="Kept as the account's credit, in the currency's minor unit")
    received_on: date
    payment_method_id: UUID | None = Field(
        description="The stored method that was charged; null for an offline payment"
    )
    brand: GatewayText | None
    last4: Last4Read | None
    reference: ReferenceRead | None
    decline: DeclineRead | None = Field(description="Why there is no money; null without a decline")
    next_check_at: datetime | None = Field(
        description="While the outcome is open, or a late charge is given back: when it is looked up next"
    )
    created_at: datetime
    updated_at: datetime


class AllocationRead(ReadSchema):
    """The part of a payment that one invoice gets."""

    invoice_id: UUID
    invoice_number: NumberRead
    amount: AmountRead


class PaymentRead(PaymentSummaryRead):
    """A payment with its allocations."""

    allocations: list[AllocationRead] = Field(
        description="The parts that its invoices get", json_schema_extra={"maxItems": 1000}
    )


class PaymentQuery(PageQuery):
    """Payments, newest first."""

    status: Several[PaymentStatus] = None
    type: Several[PaymentType] = None
    date_from: Day | None = Field(None, description="The first `received_on`")
    date_to: Day | None = Field(None, description="The last `received_on`")
    amount_min: Annotated[int, Field(ge=0, le=MAX_AMOUNT), AsDigits] | None = Field(
        None, description="The least `amount`, in the currency's minor unit"
    )
    amount_max: Annotated[int, Field(ge=0, le=MAX_AMOUNT), AsDigits] | None = Field(
        None, description="The greatest `amount`, in the currency's minor unit"
    )
    currency: Several[Currency] = None


class OfflineAllocation(InputSchema):
    """The part of an offline payment that one invoice gets."""

    invoice_id: UUID
    amount: PositiveAmount


class OfflinePaymentCreate(InputSchema):
    """Money that arrived outside the gateway; the part that is not allocated stays the account's credit."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "external_id": "erp-pay-7781",
                    "type": "check",
                    "currency": "USD",
                    "amount": 12500,
                    "received_on": "2026-11-20",
                    "reference": "Check 1042",
                    "allocations": [{"invoice_id": _INVOICE, "amount": 12500}],
                }
            ]
        }
    )

    external_id: ExternalId
    type: Literal["check", "wire", "cash", "other"]
    currency: Currency
    amount: PositiveAmount
    received_on: DocumentDate
    reference: Reference | None = None
    allocations: Annotated[list[OfflineAllocation], Field(max_length=1000), AfterValidator(_each_once)] = Field(
        default_factory=list
    )

    @model_validator(mode="after")
    def _not_more_than_there_is(self) -> Self:
        if sum(part.amount for part in self.allocations) > self.amount:
            raise ValueError("the allocations add up to more than the payment")
        return self
