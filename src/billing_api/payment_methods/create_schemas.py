"""The bodies that store and change cards and bank accounts: a nonce stands for the number."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from billing_api.addresses.schemas import AddressLine, PostalCode
from billing_api.kit.documented import Named
from billing_api.kit.schema import (
    UNCHANGED,
    CountryCode,
    InputSchema,
    LongText,
    Moment,
    Name,
    ShortText,
)
from billing_api.payment_methods.fields import Cents, Default, DeviceData, Nonce, OnDuplicate


class BillingAddressCreate(InputSchema):
    """Where the bank sends the card's bills; street and postal code are checked with the bank."""

    recipient: Name
    line1: AddressLine
    line2: AddressLine | None = None
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


BANK_ACCOUNT_EXAMPLE: dict[str, JsonValue] = {
    "type": "us_bank_account",
    "nonce": "fake-us-bank-account-nonce",
    "mandate": {
        "text": "I authorize Example Vendor to debit my bank account for what I choose to pay.",
        "accepted_at": "2026-11-02T09:30:00Z",
    },
}


class BankAccountCreate(InputSchema):
    """A US bank account, as the nonce that stands for it, with its owner's mandate."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**BANK_ACCOUNT_EXAMPLE, "default": True}]})

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
