"""Refunds of late charges that the gateway's webhooks and searches name: one that failed reopens the matter."""

from collections.abc import Iterable
from dataclasses import dataclass

from billing_api.gateway.notices import Notice
from billing_api.gateway.port import Gateway
from billing_api.kit.ids import ids_among
from billing_api.payments.noticing import as_returned
from billing_api.payments.recording import Recorder
from billing_api.payments.repository.late_charges import LateChargeRepository


@dataclass(frozen=True, slots=True)
class NoticedLateRefunds:
    """The refunds of late charges of all accounts by their order ids at the gateway, the ids of the late charges."""

    late_charges: LateChargeRepository
    gateway: Gateway
    recorder: Recorder

    async def check(self, transaction_id: str, order_id: str | None, return_code: str | None) -> bool:
        """Record a refund that holds no money, and return whether it is one of a late charge.

        `return_code` is the bank's, from a signed webhook. Raise GatewayError.
        """
        found = await self.late_charges.list_noticed(ids_among([order_id]))
        if not found:
            return False
        refund = as_returned(await self.gateway.find_charge(transaction_id), return_code)
        if not refund.holds_money:
            late = found[0]
            failed = [*late.failed_refunds, transaction_id]
            holds_money = not await self.gateway.is_given_back(late.transaction_id, failed)
            await self.recorder.record_came_back(
                late.account_id, late.payment_id, late.id, transaction_id, holds_money=holds_money
            )
        return True

    async def list_news(self, notices: Iterable[Notice]) -> list[Notice]:
        """Return the notices of refunds of late charges whose failure is not recorded yet."""
        named = [(one.order_id, one) for one in notices if one.order_id is not None]
        found = await self.late_charges.list_noticed(ids_among(order_id for order_id, _ in named))
        known = {str(one.id): one.failed_refunds for one in found if one.status != "given_otherwise"}
        return [one for order_id, one in named if order_id in known and one.subject_id not in known[order_id]]
