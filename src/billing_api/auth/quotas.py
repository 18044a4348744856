"""Limit requests that cost money or reach strangers, counted in the database for all processes."""

from typing import Any

from billing_api.auth.allowances import Allowance, TooManyRequestsError
from billing_api.auth.failures import Failures
from billing_api.auth.security_log import SecurityLog


class Quotas:
    """Counts every request, whatever its outcome."""

    def __init__(self, failures: Failures, log: SecurityLog) -> None:
        self._failures = failures
        self._log = log

    async def spend(self, *allowances: Allowance, **facts: Any) -> None:
        """Count one request for each allowance, outside of transactions.

        Raise TooManyRequestsError when one of them is used up; it is recorded with these facts.
        """
        async with self._failures.slots(allowances[0]):
            try:
                await self._failures.require(*allowances, refusal=TooManyRequestsError)
            except TooManyRequestsError as refusal:
                await self._log.record_refusal(refusal, **facts)
                raise
            await self._failures.count(*allowances)
