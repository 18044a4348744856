"""Cards and bank accounts on the wire: nonces come in, last fours go out, numbers never pass."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from billing_api.addresses.schemas import Line, PostalCode
from billing_api.gateway.errors import DeclineMessage, DeclineReasonType
from billing_api.kit.documented import Named, Sent
from billing_api.kit.pagination import PageQuery, Several
from billing_api.kit.read_types import GatewayText, Last4Read, LongTextRead
from billing_api.kit.schema import (
    UNCHANGED,
    CountryCode,
    InputSchema,
    LongText,
    Moment,
    Name,
    ReadSchema,
    ShortText,
    VersionedRead,
)
from billing_api.payment_methods.fields import (
    Cents,
    Default,
    DeviceData,
    MethodStatus,
    MethodType,
    NextStep,
    Nonce,
    OnDuplicate,
)


class BillingAddressCreate(InputSchema):
    """Where the bank sends the card's bills; street and postal code are checked with the bank."""

    recipient: Name
    line1: Line
    line2: Line | None = None
    city: ShortText | None = None
    region: ShortText | None = None
    postal_code: PostalCode | None = None
    country: CountryCode


_OF_THE_BOOK = "One of the address book; later changes there don't reach the card"


class BillingAddressChoice(InputSchema):
    """An address of the address book by its id, or one for this card alone; the card keeps a copy of either."""

    billing_address_id: UUID | None = Field(None, description=_OF_THE_BOOK)
    billing_address: BillingAddressCreate | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.billing_address_id is not None and self.billing_address is not None:
            raise PydanticCustomError(
                "both_given", "Send billing_address_id or billing_address, not both", {"field": "billing_address"}
            )
        return self


class MandateCreate(InputSchema):
    """The customer's permission to debit the account (Nacha's rules): kept as it was shown and accepted."""

    text: LongText = Field(description="The text, word for word as it was shown")
    accepted_at: Moment = Field(description="When the customer accepted it: RFC 3339, with its time zone")


class CardCreate(BillingAddressChoice):
    """A card, as the nonce that stands for it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"type": "card", "nonce": "fake-valid-nonce"}]})

    type: Literal["card"] = Field(description="Says that it is a card")
    nonce: Nonce
    device_data: DeviceData | None = None
    default: Default = None
    on_duplicate: OnDuplicate = "reject"


class BankAccountCreate(InputSchema):
    """A US bank account, as the nonce that stands for it, with its owner's mandate."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "us_bank_account",
                    "nonce": "fake-us-bank-account-nonce",
                    "mandate": {
                        "text": "I authorize Example Vendor to debit my bank account for what I choose to pay.",
                        "accepted_at": "2026-11-02T09:30:00Z",
                    },
                    "default": True,
                }
            ]
        },
    )

    type: Literal["us_bank_account"] = Field(description="Says that it is a bank account")
    nonce: Nonce
    mandate: MandateCreate
    default: Default = None
    on_duplicate: OnDuplicate = "reject"


PaymentMethodCreate = Annotated[
    CardCreate | BankAccountCreate,
    Field(discriminator="type"),
    Named("PaymentMethodCreate", "A card or a US bank account, as the nonce that stands for it"),
]
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


class CardReplacement(BillingAddressChoice):
    """The card that takes the place of one that expires; without an address the nonce's own counts."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"nonce": "fake-valid-visa-nonce"}]})

    nonce: Nonce
    device_data: DeviceData | None = None


class VerificationCreate(InputSchema):
    """The amounts of the two small deposits on the account, in cents, in any order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"amounts": [17, 29]}]})

    amounts: list[Cents] = Field(min_length=2, max_length=2, description="Cents, from 1 to 99 each")


class PaymentMethodUpdate(BillingAddressChoice):
    """The changes: `default: true` makes the method the default in place of another; a card's billing address.

    An absent field stays. No field can be null: a card's address can be replaced, but not removed.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"default": True}]})

    default: StrictBool = UNCHANGED
    billing_address_id: UUID = Field(UNCHANGED, description=_OF_THE_BOOK)
    billing_address: BillingAddressCreate = UNCHANGED


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


class PaymentMethodRemoved(ReadSchema):
    """A removed method; when it was the default, no other method takes its place."""

    id: UUID
    was_default: bool = Field(description="Whether it was the default")
    notice: Annotated[str, Sent(maxLength=200)] | None = Field(
        description="A sentence for the user when the default was removed, or null",
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
