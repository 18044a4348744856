"""The payments of the books against the transactions of the gateway, one for one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from tests.fixtures.queries import Sql

_SETTLING = {"authorized", "submitted_for_settlement", "settling", "settlement_confirmed", "settled"}
_REFUND_REFUSED = {"processor_declined", "gateway_rejected", "failed", "settlement_declined", "voided"}
_PAYMENTS = """
    SELECT id, number, state, amount, refunded, currency, gateway_transaction_id FROM payments
     WHERE order_id IS NOT NULL AND ($1::uuid IS NULL OR account_id = $1)
"""


def minor(amount: str) -> int:
    """Return an amount of dollars in cents."""
    return int(Decimal(amount) * 100)


@dataclass
class Sale:
    """A sale of the gateway, and what was refunded of it, in minor units."""

    id: str
    order_id: str | None
    status: str
    currency: str
    amount: int
    is_returned: bool
    refunded: int = 0

    @property
    def money(self) -> int:
        """The amount that the vendor has of it, and keeps."""
        return 0 if self.status not in _SETTLING or self.is_returned else self.amount - self.refunded

    @property
    def is_under_way(self) -> bool:
        """Whether it is a bank transfer that is not certain yet."""
        return self.status == "settlement_pending"


def sales_of(transactions: Iterable[Mapping[str, Any]]) -> list[Sale]:
    """Return the sales of the gateway's ledger with their refunds."""
    transactions = list(transactions)
    sales = {
        one["id"]: Sale(
            id=one["id"],
            order_id=one["order_id"],
            status=one["status"],
            currency=one["currency"],
            amount=minor(one["amount"]),
            is_returned=one["ach_return_code"] is not None,
        )
        for one in transactions
        if one["type"] == "sale"
    }
    for one in transactions:
        if one["type"] == "credit" and one["status"] not in _REFUND_REFUSED:
            sales[one["refunded_transaction_id"]].refunded += minor(one["amount"])
    return list(sales.values())


def doubles(sales: Iterable[Sale]) -> list[str]:
    """Return each order whose money was taken twice."""
    taken = defaultdict(list)
    for sale in sales:
        if sale.money or sale.is_under_way:
            taken[sale.order_id].append(sale.id)
    return [f"order {order_id} was charged by {ids}" for order_id, ids in taken.items() if len(ids) > 1]


async def differences(sql: Sql, sales: Iterable[Sale], account_id: UUID | None = None) -> list[str]:
    """Return what differs at rest: each payment with money has one sale of it, and each sale with money its payment."""
    by_order = defaultdict(list)
    for sale in sales:
        by_order[sale.order_id].append(sale)
    found = []
    for payment in await sql.fetch(_PAYMENTS, account_id):
        own = by_order.pop(str(payment["id"]), [])
        expected = payment["amount"] - payment["refunded"] if payment["state"] == "succeeded" else 0
        money = sum(sale.money for sale in own)
        under_way = [sale for sale in own if sale.is_under_way]
        if money != expected or len(under_way) != (payment["state"] == "processing"):
            found.append(f"the payment {dict(payment)} has {own}")
        if any(sale.currency != payment["currency"] for sale in own):
            found.append(f"the payment {dict(payment)} is in another currency than {own}")
    found += [f"no payment has {sale}" for rest in by_order.values() for sale in rest if sale.money]
    return found + doubles(sales)
