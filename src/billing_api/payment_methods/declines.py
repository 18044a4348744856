"""Limits of verifications and declines: a thief who tests stolen cards gets few results an hour."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import structlog
from limits import parse

from billing_api.auth.allowances import Allowance, TooManyRequestsError, network_of
from billing_api.auth.failures import Failures
from billing_api.auth.security_log import SecurityLog
from billing_api.errors import UnavailableError
from billing_api.kit.context import acting
from billing_api.kit.metrics import DECLINES
from billing_api.payment_methods.errors import (
    DuplicateMethodError,
    PaymentMethodDeclinedError,
    TooManyDeclinesError,
)

log = structlog.get_logger(__name__)


class Declines:
    """Counts declines by account and by network, and verifications by account, over all processes."""

    def __init__(self, failures: Failures, log: SecurityLog, *, per_account: str, per_ip: str, verified: str) -> None:
        """Take the limits in the notation of the `limits` library, such as `10 per hour`."""
        self._failures = failures
        self._log = log
        self._per_account = parse(per_account)
        self._per_ip = parse(per_ip)
        self._verified = parse(verified)

    @asynccontextmanager
    async def verifying(self, account_id: UUID) -> AsyncIterator[None]:
        """Let one method be verified when its turn comes. Count the verification, and a decline of it.

        Raise TooManyDeclinesError, TooManyRequestsError.
        """
        declines, verified = self._allowances(account_id), Allowance("verifications", self._verified, str(account_id))
        async with self._failures.slots(verified):
            try:
                await self._failures.require(verified, refusal=TooManyRequestsError)
                await self._failures.require(*declines, refusal=TooManyDeclinesError)
            except TooManyRequestsError as refusal:
                await self.record(account_id, refusal)
                raise
            try:
                yield
            except PaymentMethodDeclinedError:
                DECLINES.labels("payment_method").inc()
                await self._count_if_possible(account_id, verified, *declines)
                raise
            except DuplicateMethodError:
                await self._count_if_possible(account_id, verified)
                raise
            await self._count_if_possible(account_id, verified)

    async def require(self, account_id: UUID) -> None:
        """Raise TooManyDeclinesError, which the caller records when the transaction has ended."""
        await self._failures.require(*self._allowances(account_id), refusal=TooManyDeclinesError)

    async def record(self, account_id: UUID, refusal: TooManyRequestsError) -> None:
        """Record a refusal in the security log."""
        await self._log.record_refusal(refusal, account_id=account_id)

    async def count(self, account_id: UUID) -> None:
        """Count a payment's decline."""
        DECLINES.labels("payment").inc()
        await self._count_if_possible(account_id, *self._allowances(account_id))

    async def _count_if_possible(self, account_id: UUID, *allowances: Allowance) -> None:
        """Count a result of the gateway: a database that is away must not hide the result."""
        try:
            await self._failures.count(*allowances)
        except UnavailableError:
            log.warning("decline_not_counted", account_id=str(account_id))

    def _allowances(self, account_id: UUID) -> tuple[Allowance, ...]:
        """Return those of the account, and of the request's network; a worker's payments come from none."""
        of_account, request = Allowance("declines-account", self._per_account, str(account_id)), acting()
        if request.request_id is None:
            return (of_account,)
        return of_account, Allowance("declines-network", self._per_ip, network_of(request.ip))
