"""The fields of payment methods' bodies, by their types."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, StringConstraints

from billing_api.kit.documented import Named
from billing_api.kit.text import refuse_card_number

MethodType = Annotated[
    Literal["card", "us_bank_account"],
    Named(
        "PaymentMethodType",
        "The sort of a stored payment method",
        {"card": "A credit or debit card", "us_bank_account": "A bank account in the US, which pays by ACH"},
    ),
]
# The statuses in responses; `removing`: the gateway's response to the removal was lost.
MethodStatus = Annotated[
    Literal["pending", "active", "verification_failed", "removing", "removed"],
    Named(
        "PaymentMethodStatus",
        "Where a payment method stands; only an `active` one can pay",
        {
            "pending": "A bank account that has yet to be confirmed",
            "active": "It can pay; with a card that has expired it is tried, and its bank decides",
            "verification_failed": "A bank account that was not confirmed: remove it, and add it again",
            "removing": "The gateway's response to its removal was lost, and whether it is removed is looked up",
            "removed": "It is removed for good, and stays readable for the payments that it made",
        },
    ),
]

MethodUseKind = Annotated[
    Literal["autopay", "payment", "scheduled_payment"],
    Named(
        "PaymentMethodUse",
        "A use of a payment method",
        {
            "autopay": "Autopay pays with it; it is switched off when the method is detached",
            "payment": "A payment is under way; it goes on when the method is detached",
            "scheduled_payment": "A scheduled payment waits for its day; it is cancelled when the method is detached",
        },
    ),
]

# The step that a bank account's owner can take for its verification.
NextStep = Annotated[
    Literal["confirm_amounts", "wait", "add_again"],
    Named(
        "VerificationStep",
        "The step that brings a bank account's verification forward",
        {
            "confirm_amounts": "Send the amounts of the two small deposits",
            "wait": "Nothing: the bank has yet to confirm it, or the deposits are on their way",
            "add_again": "Remove the account and add it again, or use another payment method",
        },
    ),
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

# braintree-web's are JSON of some hundred characters; another fraud tool's may be longer.
DeviceData = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4000, pattern="^[ -~]+$"),
    Field(
        description="The text that the gateway's data collector returned in the browser, for its fraud tools. "
        "`device_data` of the portal's configuration says whether it is wanted; with `off` it is not passed on"
    ),
]

Default = Annotated[
    StrictBool | None, Field(description="Absent: the first method of an account becomes its default, others do not")
]

OnDuplicate = Annotated[
    Literal["reject", "use_existing", "store_again"],
    Named(
        "DuplicateHandling",
        "The way in which a card or account that is stored already is treated",
        {
            "reject": "It is refused with a 409",
            "use_existing": "The stored one is returned, with the card's new details",
            "store_again": "A second copy is stored",
        },
    ),
    Field(
        description="What to do when the same card or account is stored already: refuse (409), return that one "
        "with the card's new details, or store a second copy"
    ),
]
