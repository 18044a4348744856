"""One pass over everything that is due at the gateway: payments, payment methods, expiring cards."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

import structlog

from billing_api.gateway.failures import GatewayUnavailableError, GatewayUnfamiliarError
from billing_api.gateway.steps import PASS_LIMIT
from billing_api.jobs.errors import TryAgainError
from billing_api.kit.batches import FAILED, NOT_BELIEVED
from billing_api.kit.metrics import RECONCILED
from billing_api.payment_methods.check import CheckMethods
from billing_api.payment_methods.expiring import CardExpiry
from billing_api.payment_methods.lookups import Lookups
from billing_api.payments.reconciling import PaymentChecks

log = structlog.get_logger(__name__)


class ReconcilerPass:
    """Checks what is due. Two passes at once do no harm: each item has its own lock and its next date."""

    def __init__(self, payments: PaymentChecks, methods: CheckMethods, expiring: CardExpiry, lookups: Lookups) -> None:
        self._payments = payments
        self._methods = methods
        self._expiring = expiring
        self._lookups = lookups

    async def run(self, limit: int = PASS_LIMIT) -> Mapping[str, Counter[str]]:
        """Check at most `limit` of each sort, and return the results of each. Raise UnavailableError."""
        found = await self._run(limit)
        for sort, counts in found.items():
            for outcome, count in counts.items():
                RECONCILED.labels(sort, outcome).inc(count)
        return found

    async def run_or_fail(self) -> None:
        """Run a pass as a job. Raise TryAgainError when something could not be looked up: it is due again later."""
        found = await self.run()
        if any(counts[NOT_BELIEVED] for counts in found.values()):
            raise TryAgainError("the gateway has none of the customers or sales that must be there")
        if failed := {sort: counts[FAILED] for sort, counts in found.items() if counts[FAILED]}:
            words = ", ".join(f"{count} {sort}" for sort, count in failed.items())
            raise TryAgainError(f"not looked up: {words}")

    async def _run(self, limit: int) -> Mapping[str, Counter[str]]:
        expiring = +Counter(announced=await self._expiring.announce_due(limit))
        try:
            with suppress(GatewayUnavailableError):  # the checks find that out, too
                await self._lookups.require_own_merchant()
        except GatewayUnfamiliarError as error:
            log.error("gateway_unfamiliar", error=str(error))  # noqa: TRY400 - its words say all
            return {"gateway": Counter({NOT_BELIEVED: 1}), "expiring cards": expiring}
        return {
            "payments": await self._payments.resolve_due(limit),
            "payment methods": await self._methods.check_due(limit),
            "expiring cards": expiring,
        }
