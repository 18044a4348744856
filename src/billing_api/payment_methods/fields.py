"""The fields of payment methods' bodies, by their types."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, StringConstraints

from billing_api.kit.text import refuse_card_number

MethodType = Literal["card", "us_bank_account"]
# The statuses that a client can meet; `removing` is a removal whose response from the gateway was lost.
MethodStatus = Literal["pending", "active", "verification_failed", "removing", "removed"]

# The step that a bank account's owner can take for its verification.
NextStep = Literal["confirm_amounts", "wait", "add_again"]
# A micro-deposit is below a dollar.
Cents = Annotated[StrictInt, Field(ge=1, le=99)]


_NONCE_CHARACTERS = 255


def _no_card_number(value: object) -> object:
    """Refuse a card number before the form is checked: its error says more than that the form is wrong."""
    return refuse_card_number(value) if isinstance(value, str) and len(value) <= _NONCE_CHARACTERS else value


# A nonce has a letter somewhere: digits alone would be a card number in the wrong field.
Nonce = Annotated[
    str,
    StringConstraints(
        max_length=_NONCE_CHARACTERS, pattern="^[A-Za-z0-9_-]*[A-Za-z][A-Za-z0-9_-]*$", strip_whitespace=True
    ),
    BeforeValidator(_no_card_number),
    Field(description="What the gateway's script in the browser gave for the card or account"),
]

Default = Annotated[
    StrictBool | None, Field(description="Absent: the first method of an account becomes its default, others do not")
]

OnDuplicate = Annotated[
    Literal["reject", "use_existing", "store_again"],
    Field(
        description="What to do when the same card or account is stored already: refuse (409), answer that one with "
        "the card's new details, or store a second copy"
    ),
]
