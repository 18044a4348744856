"""Sales and refunds at the gateway, by calls of the SDK that block."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from braintree.braintree_gateway import BraintreeGateway
from braintree.transaction import Transaction
from braintree.transaction_search import TransactionSearch

from billing_api.gateway.braintree.accounts import MerchantAccounts
from billing_api.gateway.braintree.failures import known_id
from billing_api.gateway.braintree.fence import Fence
from billing_api.gateway.braintree.results import require_complete, require_same
from billing_api.gateway.braintree.sales import sale_params
from billing_api.gateway.braintree.transactions import (
    charge_of,
    charged,
    is_rejected_duplicate,
    refund_of,
    refunded,
    voided,
)
from billing_api.gateway.charges import Charge, ChargeOrder, OrderedSale, RefundOrder
from billing_api.kit.money import decimal_text


@dataclass(frozen=True, slots=True)
class BraintreeCharges:
    """The charges of `Gateway` (gateway/port.py), as calls that block. Raises GatewayError and the SDK's errors."""

    sdk: BraintreeGateway
    fence: Fence
    accounts: MerchantAccounts
    send_request_keys: bool

    def charge(self, order: ChargeOrder) -> Charge:
        """Charge a method and submit the charge for settlement; a decline is a Charge too."""
        params = {
            **sale_params(order),
            "merchant_account_id": self.accounts.require(order.method_kind, order.currency),
            **self._request_key(order.request_key),
        }
        with self.fence.sending(order.written_at):
            return charged(self.sdk.transaction.sale(params), order)

    def find_charges(self, sale: OrderedSale) -> tuple[Charge, ...]:
        """Return every sale made under this order id, a rejected duplicate apart; two requests.

        Refunds inherit the order id of their sale, so the search leaves them out. Raise GatewayMismatchError when it
        finds something else: then its result can't be trusted.
        """
        found = self.sdk.transaction.search(
            TransactionSearch.order_id == sale.order_id, TransactionSearch.type == Transaction.Type.Sale
        )
        items = require_complete(found)
        for item in items:
            require_same(order_id=(item.order_id, sale.order_id), type=(item.type, Transaction.Type.Sale))
        return tuple(charge_of(item, sale) for item in items if not is_rejected_duplicate(item))

    def find_charge(self, transaction_id: str, sale: OrderedSale | None) -> Charge:
        """Return a charge as it stands, and its differences from a sale."""
        with known_id():
            found = self.sdk.transaction.find(transaction_id)
        require_same(transaction=(found.id, transaction_id))
        return charge_of(found, sale)

    def is_given_back(self, transaction_id: str, failed_refunds: Collection[str]) -> bool:
        """Return whether a charge holds no money any more: it was voided, declined, or refunded in full.

        `failed_refunds` are refunds whose money came back, whatever the gateway says of them.
        """
        with known_id():
            sale = self.sdk.transaction.find(transaction_id)
            require_same(transaction=(sale.id, transaction_id))
            if not charge_of(sale).holds_money:
                return True
            refunds = [
                self.sdk.transaction.find(refund_id) for refund_id in sale.refund_ids if refund_id not in failed_refunds
            ]
        return bool(sum(one.amount for one in refunds if charge_of(one).holds_money) >= sale.amount)

    def void(self, transaction_id: str, request_key: str, written_at: datetime | None) -> Charge:
        """Cancel a charge before it settles."""
        with known_id(), self.fence.sending(written_at):
            return voided(
                self.sdk.transaction.void(transaction_id, self._request_key(request_key) or None), transaction_id
            )

    def refund(self, order: RefundOrder) -> Charge:
        """Give money of a settled charge back; a decline is a Charge too."""
        params = {
            "amount": decimal_text(order.amount, order.currency),
            "order_id": order.order_id,
            **self._request_key(order.request_key),
        }
        with known_id(), self.fence.sending(order.written_at):
            return refunded(self.sdk.transaction.refund(order.transaction_id, params), order)

    def find_refunds(self, order: RefundOrder) -> tuple[Charge, ...]:
        """Return every refund made under this order id; two requests."""
        items = require_complete(
            self.sdk.transaction.search(
                TransactionSearch.order_id == order.order_id, TransactionSearch.type == Transaction.Type.Credit
            )
        )
        for item in items:
            require_same(order_id=(item.order_id, order.order_id))
        return tuple(refund_of(item, order) for item in items)

    def _request_key(self, key: str) -> dict[str, str]:
        return {"api_request_key": key} if self.send_request_keys else {}
