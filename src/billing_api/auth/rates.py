"""Limit expensive requests, counted in each process.

They cost time and no money, and a count that all processes share would cost a write for each. So several processes
allow several times as much, and a restart begins anew.
"""

from datetime import datetime, timedelta
from uuid import UUID

from limits import parse

from billing_api.auth.allowances import Allowance, TooManyRequestsError
from billing_api.auth.security_log import SecurityLog
from billing_api.kit.clock import Clock

_MOST_REMEMBERED = 10_000


class Rates:
    """The allowances of each user, session or client, by the names of `policies`."""

    def __init__(self, clock: Clock, log: SecurityLog, policies: dict[str, str]) -> None:
        """Take a limit for each policy in the notation of the `limits` library: `120 per minute`."""
        self._clock = clock
        self._log = log
        self._limits = {policy: parse(limit) for policy, limit in policies.items()}
        self._windows: dict[tuple[str, str], tuple[datetime, int]] = {}

    async def spend(self, policy: str, subject: UUID, account_id: UUID | None) -> None:
        """Use one of the allowance of a user, a session or a client. Raise TooManyRequestsError."""
        now, key = self._clock.now(), (policy, str(subject))
        end, spent = self._windows.get(key, (now, 0))
        limit = self._limits[policy]
        if end <= now:
            end, spent = now + timedelta(seconds=limit.get_expiry()), 0
        if spent >= limit.amount:
            seconds = max(1, round((end - now).total_seconds()))
            refusal = TooManyRequestsError(Allowance(policy, limit, key[1]), seconds)
            await self._log.record_refusal(refusal, account_id=account_id)
            raise refusal
        if len(self._windows) >= _MOST_REMEMBERED:
            self._windows = {known: window for known, window in self._windows.items() if window[0] > now}
        self._windows[key] = (end, spent + 1)
