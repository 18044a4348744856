"""A card or bank account that pays by its nonce."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StrictBool

from billing_api.kit.documented import Named
from billing_api.kit.schema import InputSchema
from billing_api.payment_methods.create_schemas import BANK_ACCOUNT_EXAMPLE, BillingAddressChoice, MandateCreate
from billing_api.payment_methods.fields import Nonce


class CardByNonce(BillingAddressChoice):
    """A card that is not stored, or not yet."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"type": "card", "nonce": "fake-valid-nonce", "store": True}]}
    )

    type: Literal["card"] = Field(description="Says that it is a card")
    nonce: Nonce
    store: StrictBool = Field(
        False,
        description="Whether the card is stored when the payment succeeds; one that is stored already is brought up "
        "to date",
    )


class BankAccountByNonce(InputSchema):
    """A US bank account that pays once; one that must be verified first can't."""

    model_config = ConfigDict(json_schema_extra={"examples": [BANK_ACCOUNT_EXAMPLE]})

    type: Literal["us_bank_account"] = Field(description="Says that it is a bank account")
    nonce: Nonce
    mandate: MandateCreate


OneTimePaymentMethod = Annotated[
    CardByNonce | BankAccountByNonce,
    Field(discriminator="type"),
    Named("OneTimePaymentMethod", "A card or a US bank account that pays by its nonce"),
]
