"""A bank's facts about an account, by its number: the test values of Braintree's sandbox.

Source: Braintree's "ACH Direct Debit: Testing and Go Live". One departure, on purpose: there, a network check of
1000000001 is verified at once with 1003; here it is pending until the clock has moved a day, so that polling can be
tried.
"""

from hashlib import blake2b
from typing import NamedTuple

from braintree_sandbox.processor.responses import ProcessorResponse, response

VERIFIED, PENDING, FAILED, DECLINED = "verified", "pending", "failed", "processor_declined"


class Finding(NamedTuple):
    """The outcome of a verification as it starts."""

    status: str
    response: ProcessorResponse | None
    additional: str | None = None


_NETWORK: dict[str, Finding] = {
    "1000000000": Finding(VERIFIED, response(1000)),
    "1000000001": Finding(PENDING, None),
    "1000000002": Finding(FAILED, response(3000)),
    "1000000003": Finding(DECLINED, response(2005)),
    "1000000004": Finding(DECLINED, response(2046)),
    "1000000005": Finding(DECLINED, response(2061), "Invalid routing number"),
    "1000000006": Finding(DECLINED, response(2092)),
    "1000000007": Finding(DECLINED, response(2092)),
    "1000000008": Finding(DECLINED, response(2061), "Invalid account number"),
    "1000000009": Finding(DECLINED, response(2061), "Invalid account type"),
}
_MICRO: dict[str, Finding] = {
    "1000000002": Finding(FAILED, response(3000)),
    "1000000003": Finding(DECLINED, response(2005)),
}
_TEST_AMOUNTS = {"1000000000": (17, 29), "1000000001": (17, 29)}


def network_check(account_number: str, account_type: str) -> Finding:
    """Return the network's result for the account."""
    if account_number == "1000000009" and account_type != "checking":
        return Finding(VERIFIED, response(1000))
    return _NETWORK.get(account_number, Finding(DECLINED, response(2038)))


def pending_network_check_result() -> Finding:
    """Return the result of a network check that was pending."""
    return Finding(VERIFIED, response(1003))


def micro_transfers(account_number: str) -> Finding:
    """Return whether two small deposits can be sent."""
    return _MICRO.get(account_number, Finding(PENDING, response(1000)))


def deposit_amounts(account_number: str) -> tuple[int, int]:
    """Return the cents of the two deposits: those of the test accounts, else some that follow from the number."""
    if account_number in _TEST_AMOUNTS:
        return _TEST_AMOUNTS[account_number]
    digest = blake2b(account_number.encode(), digest_size=2).digest()
    return 1 + digest[0] % 99, 1 + digest[1] % 99


def settles_at_once(account_number: str) -> bool:
    """Return whether the deposits arrive at once, and not after days."""
    return account_number == "1000000000"


def bank_name(routing_number: str) -> str:
    """Return the bank behind a routing number, for the few that tests use."""
    return {"021000021": "JPMORGAN CHASE", "011000015": "FEDERAL RESERVE BANK", "123456789": "Wells Fargo"}.get(
        routing_number, "TEST BANK"
    )
