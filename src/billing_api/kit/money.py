"""Money: an integer in the currency's minor unit beside an ISO 4217 code; never a float."""

from decimal import Decimal
from typing import Annotated

from iso4217 import Currency as Iso4217
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

# A thousand million million minor units: far above any invoice, far below bigint, so that sums can't overflow.
MAX_AMOUNT = 10**15

EXPONENTS: dict[str, int] = {item.code: item.exponent for item in Iso4217 if item.exponent is not None}


def _known(code: str) -> str:
    if code not in EXPONENTS:
        raise PydanticCustomError("unknown_currency", "There is no such currency in ISO 4217")
    return code


Currency = Annotated[
    str,
    Field(
        min_length=3, max_length=3, pattern="^[A-Z]{3}$", examples=["USD"], description="The currency's ISO 4217 code"
    ),
    AfterValidator(_known),
]
Amount = Annotated[
    int, Field(strict=True, ge=0, le=MAX_AMOUNT, examples=[12500], description="In the currency's minor unit")
]
PositiveAmount = Annotated[
    int, Field(strict=True, ge=1, le=MAX_AMOUNT, examples=[12500], description="In the currency's minor unit")
]
SignedAmount = Annotated[
    int, Field(ge=-MAX_AMOUNT, le=MAX_AMOUNT, examples=[12500], description="In the currency's minor unit")
]


def decimal_text(amount: int, currency: str) -> str:
    """Return the amount in major units with the currency's decimals: 1050 USD is "10.50", 1050 JPY "1050"."""
    exponent = EXPONENTS[currency]
    minus, digits = "-" if amount < 0 else "", str(abs(amount)).rjust(exponent + 1, "0")
    return f"{minus}{digits[:-exponent]}.{digits[-exponent:]}" if exponent else f"{minus}{digits}"


def minor_units(amount: Decimal, currency: str) -> int:
    """Return the minor units of an amount: 10.50 USD is 1050. Raise ValueError for more decimals than it has."""
    shifted = amount.scaleb(EXPONENTS[currency])
    if shifted != shifted.to_integral_value():
        raise ValueError(f"{amount} {currency} has a part of the minor unit")
    return int(shifted)
