"""The bodies of requests and responses about payments."""

from datetime import date, datetime
from typing import Annotated, Literal, Protocol, Self, TypeVar
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from billing_api.gateway.port import MethodKind
from billing_api.kit.money import MAX_AMOUNT, Currency, PositiveAmount
from billing_api.kit.pagination import PageQuery, Several
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

PaymentType = Literal["card", "us_bank_account", "check", "wire", "cash", "other"]
PaymentStatus = Literal[
    "submitting", "processing", "unknown", "succeeded", "declined", "failed", "returned", "cancelling", "cancelled"
]
_INVOICE = "019a6f2e-6f00-7c3a-9d61-3f1f0a6d2b11"
_METHOD = "019a6f2e-7a10-7b1e-8a55-0c9e5d4f7a21"
_VERSION = "9f1c0e6b7a2d4c5e8f3b1a0d9c8e7f6a"


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
    quote_version: (
        Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="That of the quote that was shown")] | None
    ) = None


class QuoteLineRead(ReadSchema):
    """One invoice of a quote, in minor units."""

    invoice_id: UUID
    number: str
    amount_due: int
    payable: int = Field(description="The amount due that no payment under way has reserved")
    amount: int = Field(description="The amount that would be paid")


class NotPayableRead(ReadSchema):
    """The reason why a quote can't be paid online."""

    code: Literal["currency_not_payable"]
    detail: str = Field(examples=["Invoices in JPY can't be paid online."])


class PaymentQuoteRead(ReadSchema):
    """The cost of a payment; `quote_version` stands for these figures."""

    currency: str
    amount: int = Field(description="To be charged, in the currency's minor unit", examples=[12500])
    invoices: list[QuoteLineRead]
    payable: bool = Field(description="Whether any type of payment method can pay in this currency")
    not_payable: NotPayableRead | None = Field(description="The reason, when it is not payable")
    payment_method_types: list[MethodKind] = Field(
        description="The types that can pay in this currency", examples=[["card", "us_bank_account"]]
    )
    quote_version: str = Field(examples=[_VERSION])


class DeclineRead(ReadSchema):
    """Why there is no money."""

    code: str = Field(description="Of the bank or the gateway", examples=["2001"])
    text: str = Field(examples=["Insufficient Funds"])
    retry_may_help: bool


class PaymentSummaryRead(VersionedRead):
    """A payment as a list shows it; amounts in minor units."""

    id: UUID
    number: str = Field(examples=["PMT-000042"])
    type: PaymentType
    status: PaymentStatus = Field(
        description="`unknown`: the gateway's response is lost. `failed`: nothing was charged. `cancelling`: charged "
        "too late, and given back; then `cancelled`"
    )
    currency: str
    amount: int
    unapplied: int = Field(description="Kept as the account's credit")
    received_on: date
    payment_method_id: UUID | None
    brand: str | None
    last4: str | None
    reference: str | None
    decline: DeclineRead | None
    next_check_at: datetime | None = Field(
        description="While the outcome is open, or a late charge is given back: when it is looked up next"
    )
    created_at: datetime
    updated_at: datetime


class AllocationRead(ReadSchema):
    """The part of a payment that one invoice gets."""

    invoice_id: UUID
    invoice_number: str
    amount: int


class PaymentRead(PaymentSummaryRead):
    """A payment with its allocations."""

    allocations: list[AllocationRead]


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
