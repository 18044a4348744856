"""The transactions that notices name: sales, refunds, and refunds of late charges."""

from collections.abc import Sequence
from dataclasses import dataclass

from billing_api.gateway.notices import Notice
from billing_api.payments.late_refunds import NoticedLateRefunds
from billing_api.payments.noticing import NoticedTransactions
from billing_api.refunds.checks import RefundChecks
from billing_api.refunds.noticing import NoticedRefunds


@dataclass(frozen=True, slots=True)
class NamedTransactions:
    """Asks each feature whether a transaction is one of its own; at most one says so."""

    sales: NoticedTransactions
    refunds: NoticedRefunds
    refund_checks: RefundChecks
    late_refunds: NoticedLateRefunds

    async def check(self, transaction_id: str, order_id: str | None, return_code: str | None) -> bool:
        """Record a transaction as it stands at the gateway, and return whether it is one of ours.

        A sale may have settled, for which refunds of its payment wait. Raise GatewayError.
        """
        named = (transaction_id, order_id, return_code)
        if await self.sales.check(*named):
            order = await self.sales.get_order(transaction_id, order_id)
            await self.refund_checks.resolve_waiting(order.account_id, order.payment_id)
            return True
        return await self.refunds.check(*named) or await self.late_refunds.check(*named)

    async def list_news(self, notices: Sequence[Notice]) -> list[Notice]:
        """Return the notices of our transactions that say more than is recorded."""
        return [
            *await self.sales.list_news(notices),
            *await self.refunds.list_news(notices),
            *await self.late_refunds.list_news(notices),
        ]
