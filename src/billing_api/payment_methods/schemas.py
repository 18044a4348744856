"""Cards and bank accounts on the wire: nonces come in, last fours go out, numbers never pass."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, StringConstraints

from billing_api.kit.pagination import Page, PageQuery
from billing_api.kit.schema import InputSchema, LongText, Moment, ReadSchema, VersionedRead

MethodType = Literal["card", "us_bank_account"]
# The statuses that a client can meet; `removing` is a removal whose answer from the gateway was lost.
MethodStatus = Literal["pending", "active", "removing", "removed"]

# A nonce has a letter somewhere: digits alone would be a number that somebody typed into the wrong field.
Nonce = Annotated[
    str,
    StringConstraints(max_length=255, pattern="^[A-Za-z0-9_-]*[A-Za-z][A-Za-z0-9_-]*$", strip_whitespace=True),
    Field(description="What the gateway's script in the browser gave for the card or account"),
]

Default = Annotated[
    StrictBool | None, Field(description="Absent: the first method of an account becomes its default, others do not")
]


class MandateCreate(InputSchema):
    """The customer's permission to debit the account (Nacha's rules): kept as it was shown and accepted."""

    text: LongText
    accepted_at: Moment


class CardCreate(InputSchema):
    """A card, as the nonce that stands for it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"type": "card", "nonce": "fake-valid-nonce"}]})

    type: Literal["card"]
    nonce: Nonce
    default: Default = None


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


PaymentMethodCreate = Annotated[CardCreate | BankAccountCreate, Field(discriminator="type")]


class PaymentMethodUpdate(InputSchema):
    """Whether this is the method that is offered first: true takes the flag from the one that has it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"default": True}]})

    default: StrictBool


class CardRead(ReadSchema):
    """What may be shown of a card."""

    brand: str = Field(examples=["Visa"])
    cardholder_name: str | None
    expiration_month: int = Field(examples=[12])
    expiration_year: int = Field(examples=[2030])


class BankAccountRead(ReadSchema):
    """What may be shown of a bank account, and the mandate that its owner gave."""

    bank_name: str | None
    account_type: str | None = Field(examples=["checking"])
    account_holder_name: str | None
    mandate_text: str
    mandate_accepted_at: datetime


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
    """What went with a removed method: no other one becomes the default by itself."""

    id: UUID
    was_default: bool
    notice: str | None = Field(examples=["This was the default payment method: choose another."])


class ClientTokenRead(ReadSchema):
    """What the gateway's script in the browser starts with."""

    client_token: str


class PaymentMethodQuery(PageQuery):
    """Stored methods, oldest first; removed ones are left out."""

    type: (
        Annotated[
            str,
            Field(
                pattern="^(card|us_bank_account)(,(card|us_bank_account))?$",
                max_length=40,
                description="One type, or both with a comma",
                examples=["card,us_bank_account"],
            ),
        ]
        | None
    ) = None

    @property
    def types(self) -> list[str] | None:
        """The types that are asked for; None for all."""
        return self.type.split(",") if self.type else None


class PaymentMethodPage(Page[PaymentMethodRead]):
    """One page of stored methods."""
