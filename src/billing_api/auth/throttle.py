"""Limit failed sign-ins, so that guessing gets nowhere and a stranger can't keep a user out.

The scheme is OWASP's device cookies: a device from which a user has signed in has a count of its own.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from limits import parse

from billing_api.auth.allowances import Allowance, TooManyRequestsError, network_of
from billing_api.auth.caller import Caller
from billing_api.auth.failures import Failures
from billing_api.auth.security_log import SecurityLog
from billing_api.errors import AppError
from billing_api.kit.metrics import SIGN_INS


class TooManyTriesError(TooManyRequestsError):
    """Too many passwords were wrong; the response is the same whether the address is known or not."""

    code, title = "too_many_tries", "Too many tries"
    cure = "Wait for the seconds of `Retry-After`, or ask the vendor for a link that sets a new password."


@dataclass(frozen=True, slots=True)
class SignInLimits:
    """The numbers of sign-ins that may fail, in the notation of the `limits` library: `10 per 15 minutes`."""

    per_address_and_ip: str
    per_address: str
    per_ip: str
    per_device: str
    per_devices: str


class SignInThrottle:
    """Allow a try unless too many have failed; no user is locked out for longer than a window."""

    def __init__(self, failures: Failures, log: SecurityLog, limits: SignInLimits) -> None:
        self._failures = failures
        self._log = log
        self._per_address_and_ip = parse(limits.per_address_and_ip)
        self._per_address = parse(limits.per_address)
        self._per_ip = parse(limits.per_ip)
        self._per_device = parse(limits.per_device)
        self._per_devices = parse(limits.per_devices)

    @asynccontextmanager
    async def attempt(
        self, address: str, ip: str | None, device: UUID | None, *, failure: type[AppError]
    ) -> AsyncIterator[None]:
        """Make one try on this address, which counts and is recorded when the block ends in `failure`.

        `device` is one from which this address has signed in: tries from elsewhere don't count for it.
        Raise TooManyTriesError.
        """
        # A digest: tries on unknown addresses must not become a collection of personal data.
        digest = sha256(address.encode()).hexdigest()
        try:
            async with self._failures.attempt(
                *self._for_sign_in(digest, network_of(ip), device), failure=failure, refusal=TooManyTriesError
            ):
                yield
        except failure:
            SIGN_INS.labels("failed").inc()
            await self._log.record_failure("sign_in.failed", email_digest=digest)
            raise
        except TooManyTriesError as refusal:
            SIGN_INS.labels("throttled").inc()
            await self._log.record_refusal(refusal, email_digest=digest)
            raise

    @asynccontextmanager
    async def password_change(self, caller: Caller, *, failure: type[AppError]) -> AsyncIterator[None]:
        """Make one try to name the present password in a session, which has a count of its own.

        Raise TooManyTriesError.
        """
        allowance = Allowance("password-change", self._per_device, str(caller.session_id))
        try:
            async with self._failures.attempt(allowance, failure=failure, refusal=TooManyTriesError):
                yield
        except failure:
            await self._log.record_failure("password.change_failed", account_id=caller.account_id)
            raise
        except TooManyTriesError as refusal:
            await self._log.record_refusal(refusal, account_id=caller.account_id)
            raise

    def _for_sign_in(self, digest: str, network: str, device: UUID | None) -> list[Allowance]:
        if device is not None:
            return [
                Allowance("sign-in-device", self._per_device, f"{device} {digest}"),
                Allowance("sign-in-devices", self._per_devices, digest),
            ]
        return [
            Allowance("sign-in-address-network", self._per_address_and_ip, f"{network} {digest}"),
            Allowance("sign-in-network", self._per_ip, network),
            Allowance("sign-in-address", self._per_address, digest),
        ]
