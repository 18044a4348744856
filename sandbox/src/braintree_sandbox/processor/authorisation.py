"""Whether an amount is authorised: the test amounts of Braintree's sandbox.

Source: Braintree's "Testing" reference, test amounts.
"""

from dataclasses import dataclass
from decimal import Decimal

from braintree_sandbox.processor.responses import ProcessorResponse, response

_DECLINED = (Decimal(2000), Decimal("2999.99"))
_FAILED = (Decimal(3000), Decimal("3000.99"))
_SETTLEMENT_DECLINED = ((Decimal(4001), Decimal("4001.99")), (Decimal(4003), Decimal("5000.99")))
_REJECTED = Decimal(5001)
_PARTLY = Decimal(1004)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """The result of an authorisation."""

    status: str
    response: ProcessorResponse | None = None
    rejection: str | None = None


def approved() -> Authorisation:
    """Return an approval: the money is reserved."""
    return Authorisation(status="authorized", response=response(1000))


def declined(code: int) -> Authorisation:
    """Return a decline of the issuer."""
    return Authorisation(status="processor_declined", response=response(code))


def failed() -> Authorisation:
    """Return a failure: the processor could not be reached."""
    return Authorisation(status="failed", response=response(3000))


def rejected(reason: str) -> Authorisation:
    """Return a rejection by the gateway's own rules, before or after the processor's result."""
    return Authorisation(status="gateway_rejected", rejection=reason)


def by_amount(amount: Decimal, *, accepts_partial: bool = False) -> Authorisation:
    """Return the result of a test amount; a part of it is approved only for callers that accept a part."""
    if _DECLINED[0] <= amount <= _DECLINED[1]:
        return declined(int(amount))
    if _FAILED[0] <= amount <= _FAILED[1]:
        return failed()
    if amount == _REJECTED:
        return rejected("application_incomplete")
    if amount == _PARTLY and accepts_partial:
        return Authorisation(status="authorized", response=response(1004))
    return approved()


def by_fixed_result(fixed_result: str) -> Authorisation:
    """Return the result of a test nonce for every amount: a response code, or a reason to reject."""
    if not fixed_result.isdigit():
        return rejected(fixed_result)
    return failed() if fixed_result == "3000" else declined(int(fixed_result))


def settles(amount: Decimal) -> bool:
    """Return whether the bank accepts that amount in the batch."""
    return not any(low <= amount <= high for low, high in _SETTLEMENT_DECLINED)
