"""Payments as clients make and read them, and the query of their list."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from billing_api.gateway.errors import DeclineMessage, DeclineReasonType
from billing_api.kit.money import MAX_AMOUNT, Currency
from billing_api.kit.pagination import PageQuery, Several
from billing_api.kit.read_types import AmountRead, CurrencyRead, GatewayText, Last4Read, NumberRead, ReferenceRead
from billing_api.kit.schema import (
    AsDigits,
    Day,
    ReadSchema,
    VersionedRead,
)
from billing_api.payment_methods.fields import DeviceData, Nonce
from billing_api.payment_methods.schemas import ThreeDSecureRead
from billing_api.payments.credit_schemas import MOST_CREDITS
from billing_api.payments.fields import (
    EXAMPLE_INVOICE,
    EXAMPLE_METHOD,
    EXAMPLE_VERSION,
    CreditType,
    PaymentResolver,
    PaymentStatus,
    PaymentType,
    QuoteVersion,
)
from billing_api.payments.method_schemas import OneTimePaymentMethod
from billing_api.payments.quote_schemas import MOST_INVOICES, PaymentQuoteCreate
from billing_api.payments.schedule_schemas import PaymentScheduleRead

_PAID_WITH = {"payment_method_id": EXAMPLE_METHOD, "quote_version": EXAMPLE_VERSION}


class PaymentCreate(PaymentQuoteCreate):
    """The invoices to be paid, and the payment method; `quote_version` makes sure of the figures that were shown."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "currency": "USD",
                    "pay": {"type": "named", "invoices": [{"invoice_id": EXAMPLE_INVOICE, "amount": 12500}]},
                    **_PAID_WITH,
                },
                {"currency": "USD", "pay": {"type": "spread", "amount": 50000}, **_PAID_WITH},
                {
                    "currency": "USD",
                    "pay": {"type": "everything_due"},
                    "credits": {"type": "automatic"},
                    **_PAID_WITH,
                },
                {
                    "currency": "USD",
                    "pay": {"type": "everything_due"},
                    "payment_method": {"type": "card", "nonce": "fake-valid-nonce", "store": True},
                },
            ]
        }
    )

    payment_method_id: UUID | None = Field(
        None, description="The stored method that is charged; it may be absent when nothing is to be charged"
    )
    payment_method: OneTimePaymentMethod | None = Field(
        None, description="A card or bank account that pays by its nonce, in place of `payment_method_id`"
    )
    three_d_secure_nonce: Nonce | None = Field(
        None,
        description="With the `payment_method_id` of a card: the nonce that `verifyCard` returned, made from one of "
        "the card's /nonces. A nonce in `payment_method` knows its own 3-D Secure. Not with `scheduled_on`",
    )
    device_data: DeviceData | None = None
    quote_version: QuoteVersion | None = Field(
        None,
        description="That of the quote that was shown: 409 `quote_stale` when the figures have changed since, "
        "or `invoice_not_payable` when nothing is left to pay on an invoice. "
        "Absent: the present figures are charged",
    )

    @model_validator(mode="after")
    def _one_method(self) -> Self:
        if self.payment_method is not None and self.payment_method_id is not None:
            raise PydanticCustomError(
                "both_given", "Send payment_method_id or payment_method, not both", {"field": "payment_method"}
            )
        if self.payment_method is not None and self.scheduled_on is not None:
            raise PydanticCustomError(
                "not_for_later",
                "A nonce does not last until then: store the card or account",
                {"field": "payment_method"},
            )
        for field in ("device_data", "three_d_secure_nonce"):
            if self.scheduled_on is not None and getattr(self, field) is not None:
                raise PydanticCustomError(
                    "not_for_later",
                    "It is of use for a charge that is made at once: leave it out of a scheduled payment",
                    {"field": field},
                )
        if self.three_d_secure_nonce is not None and self.payment_method_id is None:
            raise PydanticCustomError(
                "method_missing", "It goes with payment_method_id", {"field": "three_d_secure_nonce"}
            )
        return self


class DeclineRead(ReadSchema):
    """Why there is no money."""

    code: GatewayText = Field(description="The code of the bank or the gateway", examples=["2001"])
    text: GatewayText = Field(description="The words of the bank or the gateway", examples=["Insufficient Funds"])
    reason: DeclineReasonType
    message: DeclineMessage
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
    credited: AmountRead = Field(
        description="Paid by credit memos beside `amount`, in the currency's minor unit", examples=[0]
    )
    deposit_applied: AmountRead = Field(
        description="Paid by deposits beside `amount`, in the currency's minor unit", examples=[0]
    )
    discounted: AmountRead = Field(
        description="Saved by paying early, beside `amount`, in the currency's minor unit", examples=[0]
    )
    overpaid: AmountRead = Field(
        description="The part of `amount` that no invoice gets, and that becomes a deposit, in the minor unit",
        examples=[0],
    )
    refunded: AmountRead = Field(
        description="The part of `amount` that was given back, in the currency's minor unit", examples=[0]
    )
    refund_pending: AmountRead = Field(
        description="The part of `amount` that refunds under way have reserved, in the currency's minor unit",
        examples=[0],
    )
    disputed: AmountRead = Field(
        description="Taken back by chargebacks of the card's bank that are not won, in the currency's minor unit",
        examples=[0],
    )
    received_on: date = Field(
        description="The day on which the payment was made, or on which a check, a wire or cash came. "
        "For a scheduled payment it is `scheduled_on`"
    )
    payment_method_id: UUID | None = Field(
        description="The stored method that was charged, or that was stored with it; null for an offline payment, one "
        "by a nonce that stored nothing, and where nothing was charged"
    )
    brand: GatewayText | None
    last4: Last4Read | None
    reference: ReferenceRead | None
    decline: DeclineRead | None = Field(description="Why there is no money; null without a decline")
    scheduled_on: date | None = Field(
        description="The day that it waits for, or waited for, in the books' time zone; null when it was made at once",
        examples=["2026-12-15"],
    )
    is_autopay: bool = Field(description="Whether it is an automatic payment, by the account's autopay")
    next_check_at: datetime | None = Field(
        description="While the outcome is open, or a late charge is given back: when it is looked up next"
    )
    created_at: datetime
    updated_at: datetime


class AllocationRead(ReadSchema):
    """The part of a payment that one invoice gets, and the credits, deposits and discount beside it."""

    invoice_id: UUID
    invoice_number: NumberRead
    amount: AmountRead
    credited: AmountRead = Field(
        description="Paid by credit memos with this payment, in the currency's minor unit", examples=[0]
    )
    deposit_applied: AmountRead = Field(
        description="Paid by deposits with this payment, in the currency's minor unit", examples=[0]
    )
    discounted: AmountRead = Field(
        description="Saved by paying early with this payment, in the currency's minor unit", examples=[0]
    )


class UsedCreditRead(ReadSchema):
    """The part of a credit memo or deposit that one invoice gets with a payment."""

    type: CreditType
    id: UUID
    number: NumberRead = Field(description="The document's number", examples=["CM-201"])
    invoice_id: UUID
    amount: AmountRead


class PaymentRead(PaymentSummaryRead):
    """A payment with its allocations."""

    allocations: list[AllocationRead] = Field(
        description="The parts that its invoices get", json_schema_extra={"maxItems": 1000}
    )
    credits: list[UsedCreditRead] = Field(
        description="The credit memos and deposits that pay with it: reserved while it is under way, and given back "
        "when no money comes",
        json_schema_extra={"maxItems": MOST_INVOICES + MOST_CREDITS},
    )
    schedule: PaymentScheduleRead | None = Field(
        description="Of a payment that was scheduled: its choice, and what is expected of it; else null"
    )
    three_d_secure: ThreeDSecureRead | None = Field(
        description="The authentication of the card's owner with which it was charged; null without one"
    )
    deposit_id: UUID | None = Field(
        description="The deposit that `overpaid` becomes, or that has money which came back from a dispute; null: none"
    )
    resolved_by: PaymentResolver | None = Field(
        description="The source of its outcome after it was `unknown`; null when it never was, or still is"
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
