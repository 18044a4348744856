"""Address and card-security checks: the test values of Braintree's sandbox.

M matches, N does not, U could not be verified, S the issuer does not take part, I not provided, B bypassed.
"""

from collections.abc import Mapping
from typing import NamedTuple

_CVV = {"200": "N", "201": "U", "301": "S", "000": "I"}
_POSTAL_CODE = {"20000": "N", "20001": "U"}
_STREET_NUMBER = {"200": "N", "201": "U"}
_SYSTEM_ERROR = {"30000": "E", "30001": "S"}

BYPASSED = "B"


class Checks(NamedTuple):
    """The issuer's checks of code and address."""

    cvv: str
    postal_code: str
    street_address: str
    error: str | None

    @property
    def rejection(self) -> tuple[bool, bool]:
        """Whether the address, and whether the code, does not match."""
        return "N" in (self.postal_code, self.street_address), self.cvv == "N"


def check(cvv: str | None, billing: Mapping[str, str | None]) -> Checks:
    """Return the issuer's checks of a code and an address, each of which may be missing."""
    postal_code, street = billing.get("postal_code"), billing.get("street_address")
    if postal_code in _SYSTEM_ERROR:
        return Checks(_code(_CVV, cvv), BYPASSED, BYPASSED, _SYSTEM_ERROR[postal_code])
    number = street.split(" ", 1)[0] if street else None
    return Checks(
        cvv=_code(_CVV, cvv),
        postal_code=_code(_POSTAL_CODE, postal_code),
        street_address=_code(_STREET_NUMBER, number),
        error=None,
    )


def _code(special: dict[str, str], given: str | None) -> str:
    return special.get(given, "M") if given else "I"
