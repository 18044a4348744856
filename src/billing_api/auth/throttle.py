"""Which failed sign-ins add up, so that neither a guesser gets on nor a stranger keeps somebody out.

The scheme is OWASP's device cookies: a device from which somebody has signed in has a count of its own.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from limits import parse

from billing_api.auth.allowances import Allowance, TooManyRequestsError, network_of
from billing_api.auth.failures import Failures
from billing_api.errors import AppError


class TooManyTriesError(TooManyRequestsError):
    """Too many passwords were wrong; the answer is the same whether the address is known or not."""

    code, title = "too_many_tries", "Too many tries"


@dataclass(frozen=True, slots=True)
class SignInLimits:
    """How many sign-ins may fail, in the words of the `limits` library: `10 per 15 minutes`."""

    per_address_and_ip: str
    per_address: str
    per_ip: str
    per_device: str


class SignInThrottle:
    """Lets a try through unless too many have failed; nobody is locked out for longer than a window."""

    def __init__(self, failures: Failures, limits: SignInLimits) -> None:
        self._failures = failures
        self._per_address_and_ip = parse(limits.per_address_and_ip)
        self._per_address = parse(limits.per_address)
        self._per_ip = parse(limits.per_ip)
        self._per_device = parse(limits.per_device)

    def attempt(
        self, address: str, ip: str | None, device: UUID | None, *, failure: type[AppError]
    ) -> AbstractAsyncContextManager[None]:
        """Make one try on this address, which counts when the block ends in `failure`.

        `device` is one from which this address has signed in: what strangers tried does not count for it.
        Raise TooManyTriesError.
        """
        # A digest: tries on addresses that nobody here has must not become a collection of personal data.
        digest, network = sha256(address.encode()).hexdigest(), network_of(ip)
        allowances = [
            Allowance("sign-in-network", self._per_ip, network),
            Allowance("sign-in-address-network", self._per_address_and_ip, f"{network} {digest}"),
            Allowance("sign-in-address", self._per_address, digest),
        ]
        if device is not None:
            allowances = [Allowance("sign-in-device", self._per_device, f"{device} {digest}")]
        return self._failures.attempt(*allowances, failure=failure, refusal=TooManyTriesError)

    def password_change(self, session_id: UUID, *, failure: type[AppError]) -> AbstractAsyncContextManager[None]:
        """Make one try to name the present password in a session, whose count no other session's owner feels.

        Raise TooManyTriesError.
        """
        allowance = Allowance("password-change", self._per_device, str(session_id))
        return self._failures.attempt(allowance, failure=failure, refusal=TooManyTriesError)
