"""Cards and bank accounts on the wire: nonces come in, last fours go out, numbers never pass."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, model_validator

from billing_api.addresses.schemas import Line, PostalCode
from billing_api.kit.pagination import PageQuery, Several
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
from billing_api.payment_methods.fields import Cents, Default, MethodStatus, MethodType, NextStep, Nonce, OnDuplicate


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
            raise ValueError("Send billing_address_id or billing_address, not both")
        return self


class MandateCreate(InputSchema):
    """The customer's permission to debit the account (Nacha's rules): kept as it was shown and accepted."""

    text: LongText
    accepted_at: Moment


class CardCreate(BillingAddressChoice):
    """A card, as the nonce that stands for it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"type": "card", "nonce": "fake-valid-nonce"}]})

    type: Literal["card"]
    nonce: Nonce
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

    type: Literal["us_bank_account"]
    nonce: Nonce
    mandate: MandateCreate
    default: Default = None
    on_duplicate: OnDuplicate = "reject"


PaymentMethodCreate = Annotated[CardCreate | BankAccountCreate, Field(discriminator="type")]


class CardReplacement(BillingAddressChoice):
    """The card that takes the place of one that expires; without an address the nonce's own counts."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"nonce": "fake-valid-visa-nonce"}]})

    nonce: Nonce


class VerificationCreate(InputSchema):
    """The amounts of the two small deposits on the account, in cents, in any order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"amounts": [17, 29]}]})

    amounts: list[Cents] = Field(min_length=2, max_length=2)


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

    recipient: str | None
    line1: str | None
    line2: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None


class CardRead(ReadSchema):
    """The details of a card that may be shown; it can pay through the last day of its month."""

    brand: str = Field(examples=["Visa"])
    cardholder_name: str | None
    expiration_month: int = Field(examples=[12])
    expiration_year: int = Field(examples=[2030])
    expired: bool
    expires_soon: bool = Field(description="Within the vendor's days of notice, 30 unless set; false when expired")
    billing_address: BillingAddressRead | None


class VerificationRead(ReadSchema):
    """The state of the bank's confirmation of an account, and the customer's next step."""

    status: Literal["pending", "verified", "failed"]
    next_step: NextStep | None = Field(
        description="`confirm_amounts`: send the two deposits' amounts to …/verification; `wait`: the bank's "
        "confirmation takes hours or days; `add_again`: remove this account and add it again; null: nothing to do"
    )
    tries_left: int | None = Field(
        description="The number of times that amounts can still be sent; null when none are awaited"
    )
    verified_at: datetime | None
    decline_code: str | None
    decline_text: str | None


class BankAccountRead(ReadSchema):
    """The details of a bank account that may be shown, and the mandate that its owner gave."""

    bank_name: str | None
    account_type: str | None = Field(examples=["checking"])
    account_holder_name: str | None
    mandate_text: str
    mandate_accepted_at: datetime
    verification: VerificationRead


class PaymentMethodRead(VersionedRead):
    """A stored card or bank account."""

    id: UUID
    type: MethodType
    status: MethodStatus = Field(description="`pending`: a bank account that its bank has yet to confirm; it can't pay")
    default: bool
    last4: str = Field(examples=["1881"])
    card: CardRead | None
    us_bank_account: BankAccountRead | None
    created_at: datetime
    updated_at: datetime
    removed_at: datetime | None


class PaymentMethodRemoved(ReadSchema):
    """A removed method; when it was the default, no other method takes its place."""

    id: UUID
    was_default: bool
    notice: str | None = Field(examples=["This was the default payment method: choose another."])


class ClientTokenRead(ReadSchema):
    """The token that the gateway's script in the browser starts with."""

    client_token: str


class PaymentMethodQuery(PageQuery):
    """Stored methods, oldest first."""

    type: Several[MethodType] = None
    status: Several[MethodStatus] = Field(
        None, description="One value, or several with commas between them; absent: all but `removed`"
    )
