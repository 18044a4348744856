"""Cards and bank accounts as responses show them: last fours go out, numbers never pass."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from billing_api.gateway.errors import DeclineMessage, DeclineReasonType
from billing_api.kit.documented import Named, Sent
from billing_api.kit.pagination import PageQuery, Several
from billing_api.kit.read_types import AmountRead, CurrencyRead, GatewayText, Last4Read, LongTextRead, NumberRead
from billing_api.kit.schema import ReadSchema, VersionedRead
from billing_api.payment_methods.fields import MethodStatus, MethodType, NextStep

MOST_PAYMENTS = 1000  # scheduled with one method; those that people schedule are fewer

VerificationStatus = Annotated[
    Literal["pending", "verified", "failed"],
    Named(
        "VerificationStatus",
        "How far the bank has confirmed an account",
        {
            "pending": "The bank, or the account's owner, has yet to confirm it",
            "verified": "The account is confirmed, and can pay",
            "failed": "The account was not confirmed, and can't pay",
        },
    ),
]


class BillingAddressRead(ReadSchema):
    """A card's billing address as the gateway has it: parts may be missing."""

    recipient: GatewayText | None
    line1: GatewayText | None
    line2: GatewayText | None
    city: GatewayText | None
    region: GatewayText | None
    postal_code: GatewayText | None
    country: GatewayText | None


class ThreeDSecureRead(ReadSchema):
    """The result of a cardholder's authentication by 3-D Secure."""

    status: GatewayText = Field(description="The result in the gateway's words", examples=["authenticate_successful"])
    liability_shifted: bool = Field(description="Whether the card's bank bears the loss by fraud")


class CardRead(ReadSchema):
    """The details of a card that may be shown; it can pay through the last day of its month."""

    brand: GatewayText = Field(description="The card's brand", examples=["Visa"])
    cardholder_name: GatewayText | None = Field(description="The name on the card; null when none was given")
    expiration_month: Annotated[int, Sent(minimum=1, maximum=12)] = Field(
        description="The last month in which it pays", examples=[12]
    )
    expiration_year: Annotated[int, Sent(minimum=2000, maximum=2200)] = Field(
        description="The year of that month", examples=[2030]
    )
    expired: bool = Field(description="Whether its last day has passed; its bank may still let it pay, so it is tried")
    expires_soon: bool = Field(description="Within the vendor's days of notice, 30 unless set; false when expired")
    billing_address: BillingAddressRead | None
    three_d_secure: ThreeDSecureRead | None = Field(
        description="The authentication with which its bank has confirmed the card last; null without one"
    )


class VerificationRead(ReadSchema):
    """The state of the bank's confirmation of an account, and the customer's next step."""

    status: VerificationStatus
    next_step: NextStep | None = Field(
        description="`confirm_amounts`: send the two deposits' amounts to …/verification; `wait`: the bank's "
        "confirmation takes hours or days; `add_again`: remove this account and add it again; null: nothing to do"
    )
    tries_left: Annotated[int, Sent(minimum=0, maximum=5)] | None = Field(
        description="The number of times that amounts can still be sent; null when none are awaited"
    )
    verified_at: datetime | None = Field(description="When the bank had confirmed the account, in UTC; null until then")
    decline_code: GatewayText | None
    decline_text: GatewayText | None


class BankAccountRead(ReadSchema):
    """The details of a bank account that may be shown, and the mandate that its owner gave."""

    bank_name: GatewayText | None = Field(description="The bank's name; null when the gateway does not know it")
    account_type: GatewayText | None = Field(
        description="`checking` or `savings`, as the gateway says", examples=["checking"]
    )
    account_holder_name: GatewayText | None = Field(description="The owner's name, as the gateway has it")
    mandate_text: LongTextRead = Field(description="The text that the customer accepted")
    mandate_accepted_at: datetime = Field(description="When the customer accepted it, in UTC")
    verification: VerificationRead


class BlockRead(ReadSchema):
    """Why a bank account can't pay any more: its bank returned a payment."""

    code: GatewayText = Field(description="The bank's code of the return", examples=["R02"])
    reason: DeclineReasonType
    message: DeclineMessage
    blocked_at: datetime = Field(description="When the return was recorded, in UTC")


class PaymentMethodRead(VersionedRead):
    """A stored card or bank account."""

    id: UUID
    type: MethodType
    status: MethodStatus = Field(description="`pending`: a bank account that its bank has yet to confirm; it can't pay")
    default: bool
    blocked: BlockRead | None = Field(
        description="Set when the account can't pay until it is added or verified anew; null otherwise"
    )
    last4: Last4Read
    card: CardRead | None = Field(description="The card; null for a bank account")
    us_bank_account: BankAccountRead | None = Field(description="The bank account; null for a card")
    created_at: datetime
    updated_at: datetime
    removed_at: datetime | None = Field(description="When it was removed, in UTC; null while it is stored")


class MethodPaymentRead(ReadSchema):
    """A scheduled payment that is to be charged to a payment method."""

    payment_id: UUID
    payment_number: NumberRead = Field(description="The payment's number, as people read it", examples=["PMT-000042"])
    scheduled_on: date = Field(
        description="The day in the books' time zone on which it was to be paid", examples=["2026-12-15"]
    )
    currency: CurrencyRead
    amount: AmountRead = Field(description="The amount that was worked out last, in the currency's minor unit")


class PaymentMethodRemoved(ReadSchema):
    """A removed method; when it was the default, no other method takes its place."""

    id: UUID
    was_default: bool = Field(description="Whether it was the default")
    cancelled_payments: list[MethodPaymentRead] = Field(
        description="The scheduled payments that were cancelled with it, by day",
        json_schema_extra={"maxItems": MOST_PAYMENTS},
    )
    autopay_switched_off: bool = Field(description="Whether autopay paid with it, and is switched off now")
    notice: Annotated[str, Sent(maxLength=200)] | None = Field(
        description="Sentences for the user when it was the default or was used, or null",
        examples=["This was the default payment method: choose another."],
    )


class ClientTokenRead(ReadSchema):
    """The token that the gateway's script in the browser starts with."""

    client_token: Annotated[str, Sent(maxLength=10_000)] = Field(
        description="For `braintree.client.create`; it is good for a day"
    )


class NonceRead(ReadSchema):
    """A nonce that stands for a stored card once."""

    nonce: Annotated[str, Sent(maxLength=255)] = Field(
        description="For `verifyCard` of the gateway's script; it is good for a day",
        examples=["tokencc_bh_9q4tpv_6mt2tn_7hrkcw_x7n4tq_9x2"],
    )


class PaymentMethodQuery(PageQuery):
    """Stored methods, oldest first."""

    type: Several[MethodType] = None
    status: Several[MethodStatus] = Field(
        None, description="Only an `active` method can pay. Absent: all but `removed`"
    )
