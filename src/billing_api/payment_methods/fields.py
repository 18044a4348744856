"""The fields of payment methods' bodies, by their types."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, StringConstraints

from billing_api.kit.documented import Named
from billing_api.kit.text import refuse_card_number

MethodType = Annotated[
    Literal["card", "us_bank_account"],
    Named("PaymentMethodType", "The sort of a stored payment method; `us_bank_account` pays by ACH"),
]
# The statuses in responses; `removing`: the gateway's response to the removal was lost.
MethodStatus = Annotated[
    Literal["pending", "active", "verification_failed", "removing", "removed"],
    Named(
        "PaymentMethodStatus",
        "Only an `active` method can pay. `pending`: its bank has yet to confirm it; `removing`: whether it is "
        "removed is looked up",
    ),
]

# The step that a bank account's owner can take for its verification.
NextStep = Annotated[
    Literal["confirm_amounts", "wait", "add_again"],
    Named("VerificationStep", "The step that brings a bank account's verification forward"),
]
# A micro-deposit is below a dollar.
Cents = Annotated[StrictInt, Field(ge=1, le=99)]


_NONCE_CHARACTERS = 255


def _no_card_number(value: object) -> object:
    """Refuse a card number before the pattern is checked, because this error is more exact than that of the pattern."""
    return refuse_card_number(value) if isinstance(value, str) and len(value) <= _NONCE_CHARACTERS else value


# A nonce has at least one letter: digits alone may be a card number in the wrong field.
Nonce = Annotated[
    str,
    StringConstraints(
        max_length=_NONCE_CHARACTERS, pattern="^[A-Za-z0-9_-]*[A-Za-z][A-Za-z0-9_-]*$", strip_whitespace=True
    ),
    BeforeValidator(_no_card_number),
    Field(description="The nonce that the gateway's script in the browser returned for the card or account"),
]

Default = Annotated[
    StrictBool | None, Field(description="Absent: the first method of an account becomes its default, others do not")
]

OnDuplicate = Annotated[
    Literal["reject", "use_existing", "store_again"],
    Named("DuplicateHandling", "The way in which a card or account that is stored already is treated"),
    Field(
        description="What to do when the same card or account is stored already: refuse (409), return that one "
        "with the card's new details, or store a second copy"
    ),
]
