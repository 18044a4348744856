"""Whether an amount is authorised: the test amounts of Braintree's sandbox.

Source: Braintree's "Testing" reference, test amounts.
"""

from dataclasses import dataclass
from decimal import Decimal

from braintree_sandbox.processor.responses import Response, response

_DECLINED = (Decimal(2000), Decimal("2999.99"))
_FAILED = (Decimal(3000), Decimal("3000.99"))
_SETTLEMENT_DECLINED = ((Decimal(4001), Decimal("4001.99")), (Decimal(4003), Decimal("5000.99")))
_REJECTED = Decimal(5001)
_PARTLY = Decimal(1004)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a request for money."""

    status: str
    response: Response | None = None
    rejection: str | None = None


def approved() -> Verdict:
    """The money is reserved."""
    return Verdict(status="authorized", response=response(1000))


def declined(code: int) -> Verdict:
    """The issuer said no."""
    return Verdict(status="processor_declined", response=response(code))


def failed() -> Verdict:
    """The processor could not be reached."""
    return Verdict(status="failed", response=response(3000))


def rejected(reason: str) -> Verdict:
    """The gateway's own rules said no; the processor was asked or not."""
    return Verdict(status="gateway_rejected", rejection=reason)


def by_amount(amount: Decimal, *, accepts_part: bool = False) -> Verdict:
    """The verdict that a test amount stands for; only those who accept less than they asked for are given less."""
    if _DECLINED[0] <= amount <= _DECLINED[1]:
        return declined(int(amount))
    if _FAILED[0] <= amount <= _FAILED[1]:
        return failed()
    if amount == _REJECTED:
        return rejected("application_incomplete")
    if amount == _PARTLY and accepts_part:
        return Verdict(status="authorized", response=response(1004))
    return approved()


def by_destiny(destiny: str) -> Verdict:
    """The verdict that a test nonce stands for, whatever the amount: a response code, or a reason to reject."""
    if not destiny.isdigit():
        return rejected(destiny)
    return failed() if destiny == "3000" else declined(int(destiny))


def settles(amount: Decimal) -> bool:
    """Whether the bank accepts that amount in the batch."""
    return not any(low <= amount <= high for low, high in _SETTLEMENT_DECLINED)
