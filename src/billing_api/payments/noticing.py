"""Transactions that the gateway's webhooks name: the payment of each is looked up at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from billing_api.gateway.charges import Charge, ChargeStatus
from billing_api.gateway.failures import Decline
from billing_api.gateway.notices import Notice, SettledTransaction
from billing_api.gateway.port import Gateway
from billing_api.gateway.reasons import decline_code
from billing_api.payments.model import GatewayOrder
from billing_api.payments.reconciling import PaymentChecks
from billing_api.payments.recording import Recorder
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.repository.late_charges import LateChargeRepository
from billing_api.payments.repository.orders import OrderRepository
from billing_api.payments.states import outcome_of_search
from billing_api.payments.values import OrderedPayment, SentPayment


@dataclass(frozen=True, slots=True)
class NoticedTransactions:
    """The payments of all accounts by the gateway's transactions."""

    payments: PaymentRepository
    orders: OrderRepository
    late_charges: LateChargeRepository
    gateway: Gateway
    recorder: Recorder
    checks: PaymentChecks

    async def check(self, transaction_id: str, order_id: str | None, return_code: str | None) -> bool:
        """Record a transaction as it stands at the gateway, and return whether it is one of ours.

        `return_code` is the bank's, from a signed webhook: the transaction itself may say `settled` for ever.
        Raise GatewayError.
        """
        order = await self.orders.find(transaction_id, order_id)
        if order is None:
            return False
        sent = await self.payments.find_sent(order.account_id, order.payment_id)
        assert sent is not None  # its order was written with it
        assert sent.sale is not None
        # A further one, such as the bank's own retry, or a late charge that was given back.
        if sent.gateway_transaction_id not in {None, transaction_id} or await self._is_late(sent, transaction_id):
            await self.checks.look_up(order.account_id, order.payment_id)
            return True
        charge = await self.gateway.find_charge(transaction_id, sent.sale)
        outcome = outcome_of_search((as_returned(charge, return_code),), sent.gateway_transaction_id)
        if outcome is not None:
            await self.recorder.record(sent.account_id, sent.id, outcome)
        return True

    async def _is_late(self, sent: SentPayment, transaction_id: str) -> bool:
        if sent.gateway_transaction_id is not None or not sent.state.has_ended_without_money:
            return False
        reversals = await self.late_charges.list_reversals(sent.account_id, sent.id)
        return any(one.transaction_id == transaction_id for one in reversals)

    async def get_order(self, transaction_id: str, order_id: str | None) -> GatewayOrder:
        """Return the order of a transaction that was checked before."""
        order = await self.orders.find(transaction_id, order_id)
        assert order is not None
        return order

    async def list_ours(self, transaction_ids: list[str]) -> set[str]:
        """Return those of these transactions that are of payments of ours."""
        return set(await self.orders.list_known(transaction_ids))

    async def list_settled(self, settled: Sequence[SettledTransaction]) -> dict[str, OrderedPayment]:
        """Return the payments that were charged, or given back, by their transaction ids; another system's has none.

        A refund that was made at the gateway has the order id of its sale, and one of ours an id of its own.
        """
        found = await self.orders.list_ordered(
            [one.order_id for one in settled if one.order_id], [one.sale_id for one in settled if one.sale_id]
        )
        by_order = {one.order_id: one for one in found}
        by_sale = {one.transaction_id: one for one in found if one.transaction_id}
        owners = {
            one.transaction_id: by_sale.get(one.sale_id or "") or by_order.get(one.order_id or "") for one in settled
        }
        return {transaction_id: owner for transaction_id, owner in owners.items() if owner is not None}

    async def list_news(self, notices: Iterable[Notice]) -> list[Notice]:
        """Return the notices of our transactions whose payments do not say yet that their money is gone."""
        named = {one.subject_id: one for one in notices if one.subject_id is not None}
        found = await self.orders.list_with_money(list(named)) if named else []
        return [named[transaction_id] for transaction_id in found]


def as_returned(charge: Charge, return_code: str | None) -> Charge:
    """Return the charge as one that the bank has taken back, where only the webhook says so."""
    if return_code is None or not charge.holds_money:
        return charge
    known = decline_code(return_code)
    decline = Decline(return_code, known.title or "Returned by the bank", known.retry_may_help)
    return replace(charge, status=ChargeStatus.RETURNED, decline=decline)
