"""Refunds that the gateway's webhooks and searches name: each is looked up, also one that had succeeded."""

from collections.abc import Iterable
from dataclasses import dataclass

from billing_api.gateway.notices import Notice
from billing_api.gateway.port import Gateway
from billing_api.kit.ids import ids_among
from billing_api.payments.noticing import as_returned
from billing_api.refunds.recording import RefundRecorder
from billing_api.refunds.repository import RefundRepository
from billing_api.refunds.states import RefundState, outcome_of


@dataclass(frozen=True, slots=True)
class NoticedRefunds:
    """The refunds of all accounts by their order ids at the gateway, which are their own."""

    refunds: RefundRepository
    gateway: Gateway
    recorder: RefundRecorder

    async def check(self, transaction_id: str, order_id: str | None, return_code: str | None) -> bool:
        """Record a refund as it stands at the gateway, and return whether it is one of ours.

        `return_code` is the bank's, from a signed webhook. Raise GatewayError.
        """
        found = await self.refunds.list_noticed(ids_among([order_id]))
        if not found:
            return False
        charge = as_returned(await self.gateway.find_charge(transaction_id), return_code)
        await self.recorder.record(found[0].account_id, found[0].id, outcome_of(charge))
        return True

    async def list_news(self, notices: Iterable[Notice]) -> list[Notice]:
        """Return the notices of our refunds that do not say yet that their money came back."""
        named = {one.order_id: one for one in notices}
        found = await self.refunds.list_noticed(ids_among(named))
        return [named[str(one.id)] for one in found if one.state is not RefundState.FAILED]
