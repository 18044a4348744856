"""Which rules for authenticating customers a card payment falls under (the names are those of the client API)."""

from dataclasses import dataclass
from decimal import Decimal

_EUROPEAN = frozenset({"AUT", "BEL", "DEU", "ESP", "FRA", "GBR", "IRL", "ITA", "NLD", "PRT", "SWE"})
# Up to so many rupees a payment needs no authentication in India.
_INDIAN_THRESHOLD = Decimal(2000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """The facts of the later payment; the amount is in the account's currency, None when it was not sent."""

    account_id: str
    issued_in: str
    amount: Decimal | None = None
    recurring: bool = False


def regulation_environment(payment: Payment) -> str:
    """Return the rules when merchant account and issuer are both European (`psd2`) or Indian (`rbi`).

    An account's name has its country.
    """
    if payment.account_id.startswith("european"):
        return "psd2" if payment.issued_in in _EUROPEAN else "unregulated"
    return "rbi" if payment.account_id.startswith("india") and payment.issued_in == "IND" else "unavailable"


def sca_indicator(payment: Payment) -> str:
    """Return whether the customer must be authenticated, which only India's rules decide in advance."""
    if regulation_environment(payment) != "rbi" or payment.amount is None:
        return "unavailable"
    return "sca_required" if payment.recurring or payment.amount > _INDIAN_THRESHOLD else "sca_optional"
