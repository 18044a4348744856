"""Scheduled payments as clients change and read them."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from billing_api.kit.documented import Named, Sent
from billing_api.kit.money import PositiveAmount
from billing_api.kit.read_types import AmountRead, NumberRead
from billing_api.kit.schema import UNCHANGED, Day, InputSchema, ReadSchema
from billing_api.payments.credit_schemas import MOST_CREDITS, PaymentCredits
from billing_api.payments.quote_schemas import MOST_DAYS_AHEAD, MOST_INVOICES, PaymentChoice

SCHEDULED_ON = (
    f"The day in the books' time zone on which it is to be paid, from tomorrow to {MOST_DAYS_AHEAD} days ahead"
)
LeftOutReason = Annotated[
    Literal["not_payable", "contested", "above_limit"],
    Named(
        "LeftOutReason",
        "Why a scheduled payment leaves an invoice out",
        {
            "not_payable": "Nothing is left to pay on it, or another payment of it is under way",
            "contested": "The customer contests it, and the payment is an automatic one",
            "above_limit": "With it the payment would come to more than the limit of automatic payments",
        },
    ),
]


ChoiceType = Annotated[
    Literal["named", "spread", "everything_due"],
    Named(
        "PaymentChoiceType",
        "The sort of a choice of invoices",
        {
            "named": "Certain invoices, each in whole or in part",
            "spread": "An amount that is spread over the payable invoices, those first that are due first",
            "everything_due": "Everything that is payable in the currency",
        },
    ),
]
CreditsChoiceType = Annotated[
    Literal["none", "automatic", "up_to", "chosen"],
    Named(
        "PaymentCreditsType",
        "The sort of a choice of credit memos and deposits",
        {
            "none": "No credit memo and no deposit",
            "automatic": "Those that are there, the oldest first, as far as the invoices take them",
            "up_to": "As automatic ones, up to an amount",
            "chosen": "Certain credit memos and deposits",
        },
    ),
]


class PaymentUpdate(InputSchema):
    """A change of a scheduled payment: an absent field stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"credits": {"type": "automatic"}}]})

    scheduled_on: Day = Field(UNCHANGED, description=SCHEDULED_ON, examples=["2026-12-15"])
    payment_method_id: UUID = Field(UNCHANGED, description="The stored method that is to be charged")
    pay: PaymentChoice = UNCHANGED
    credits: PaymentCredits = UNCHANGED
    overpayment: PositiveAmount | None = Field(
        None, description="Charged beyond what the invoices take, in the currency's minor unit; null: nothing"
    )


class ChosenInvoiceRead(ReadSchema):
    """An invoice that a choice names."""

    invoice_id: UUID
    amount: AmountRead | None = Field(description="The amount to be paid on it; null: all that is payable")


class PaymentChoiceRead(ReadSchema):
    """The choice of the invoices to be paid, as it was made."""

    type: ChoiceType
    invoices: Annotated[list[ChosenInvoiceRead], Sent(maxItems=MOST_INVOICES)] | None = Field(
        description="The invoices that are named; null for the other sorts"
    )
    amount: AmountRead | None = Field(
        description="The amount that is spread, in the currency's minor unit; null for the other sorts"
    )


class ChosenCreditRead(ReadSchema):
    """A credit memo or deposit that a choice names."""

    id: UUID
    amount: AmountRead | None = Field(description="The most that is used of it; null: all that is left of it")


class PaymentCreditsRead(ReadSchema):
    """The choice of the credit memos and deposits to be used, as it was made."""

    type: CreditsChoiceType
    amount: AmountRead | None = Field(
        description="The most that is used, in the currency's minor unit; null for all sorts but `up_to`"
    )
    credits: Annotated[list[ChosenCreditRead], Sent(maxItems=MOST_CREDITS)] | None = Field(
        description="The credit memos and deposits that are named; null for the other sorts"
    )


class ScheduledInvoiceRead(ReadSchema):
    """An invoice of a scheduled payment, with the figures that were worked out last."""

    invoice_id: UUID
    invoice_number: NumberRead
    amount: AmountRead = Field(description="The amount to be charged, in the currency's minor unit")
    credited: AmountRead = Field(description="To be paid by credit memos, in the currency's minor unit", examples=[0])
    deposit_applied: AmountRead = Field(
        description="To be paid by deposits, in the currency's minor unit", examples=[0]
    )
    discounted: AmountRead = Field(
        description="To be saved by paying early, in the currency's minor unit", examples=[0]
    )
    contested: bool = Field(
        description="Whether it pays a part that the customer contests, as it does for an invoice that is named"
    )
    contested_left_out: AmountRead = Field(
        description="The part that the customer contests and that it does not pay, in the currency's minor unit",
        examples=[0],
    )


class LeftOutRead(ReadSchema):
    """An invoice of the choice that the payment leaves out."""

    invoice_id: UUID
    invoice_number: NumberRead
    reason: LeftOutReason


class ScheduleReasonRead(ReadSchema):
    """Why a scheduled payment ended without being sent."""

    code: Annotated[str, Sent(maxLength=60)] = Field(
        description="`nothing_payable`, `cancelled_by_customer`, `cancelled_by_vendor`, `payment_method_removed`; "
        "`tried_again` or `not_sent`, where the gateway never got it; `earlier_try_sent`, where an earlier try was "
        "charged after all; or the code of the error that a payment now would meet, such as `currency_not_payable`",
        examples=["nothing_payable"],
    )
    detail: Annotated[str, Sent(maxLength=500)] = Field(
        description="A sentence for the user", examples=["Nothing was left to pay."]
    )


class PaymentScheduleRead(ReadSchema):
    """The choice of a scheduled payment, and what is expected of it.

    The figures were worked out when it was scheduled or changed last, or when its notice was sent. They are worked out
    again on the day.
    """

    change_until: datetime = Field(
        description="Until then it can be changed, in UTC; it can be cancelled as long as it is `scheduled`"
    )
    card_expires_on: date | None = Field(
        description="A warning: the last day of its card, where that comes before its own day, so that the bank may "
        "refuse the charge unless the card is renewed; else null",
        examples=["2026-11-30"],
    )
    pay: PaymentChoiceRead = Field(description="The choice of the invoices, as it was made")
    credits: PaymentCreditsRead = Field(description="The choice of the credits, as it was made")
    overpayment: AmountRead = Field(
        description="To be charged beyond what the invoices take, in the currency's minor unit", examples=[0]
    )
    invoices: list[ScheduledInvoiceRead] = Field(
        description="The invoices that it is to pay", json_schema_extra={"maxItems": MOST_INVOICES}
    )
    left_out: list[LeftOutRead] = Field(
        description="The invoices of the choice that it leaves out", json_schema_extra={"maxItems": MOST_INVOICES}
    )
    limit: AmountRead | None = Field(
        description="The most that it may come to, credits included, in the minor unit; null: no limit"
    )
    attempt: Annotated[int, Sent(minimum=1, maximum=32)] = Field(
        description="The number of this try, the first one is 1", examples=[1]
    )
    reason: ScheduleReasonRead | None = Field(description="Why it ended without being sent; else null")
    retried_by: UUID | None = Field(
        description="The payment by which it is tried again, since it could not be sent; else null"
    )
