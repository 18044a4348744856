"""The limit of mails to recipients whom users choose."""

from uuid import UUID

from limits import parse

from billing_api.auth.allowances import Allowance, TooManyRequestsError
from billing_api.auth.counters import RateCounters
from billing_api.auth.security_log import SecurityLog
from billing_api.kit.clock import Clock


class RecipientLimit:
    """Counts the mails that an account's users have sent to addresses of their choice, over all processes."""

    def __init__(self, counters: RateCounters, clock: Clock, log: SecurityLog, per_account: str) -> None:
        """Take the limit in the notation of the `limits` library, such as `100 per day`."""
        self._counters = counters
        self._clock = clock
        self._log = log
        self._limit = parse(per_account)

    async def spend(self, account_id: UUID, recipients: int) -> None:
        """Count mails to so many recipients; those that are refused do not count. Raise TooManyRequestsError."""
        allowance = Allowance("recipients", self._limit, str(account_id))
        key = self._limit.key_for(allowance.policy, allowance.subject)
        window = await self._counters.count(key, recipients, seconds=self._limit.get_expiry())
        if window.hits <= self._limit.amount:
            return
        await self._counters.give_back(key, recipients)
        left = window.expires_at - self._clock.now()
        refusal = TooManyRequestsError(allowance, max(1, round(left.total_seconds())))
        await self._log.record_refusal(refusal, account_id=account_id)
        raise refusal
