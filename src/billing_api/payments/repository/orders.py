"""The SQL of the orders at the gateway: those that are due for a check, and those that it names."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Text, Uuid, and_, bindparam, func, or_, select

from billing_api.db.base import each_of, rows_of
from billing_api.db.database import Database
from billing_api.db.statements import Statement, columns_of
from billing_api.payment_methods.model import gateway_customers
from billing_api.payments.model import (
    GatewayOrder,
    gateway_orders,
    late_charges,
    payments,
)
from billing_api.payments.values import (
    AwaitedPayments,
    DuePayment,
    KnownSale,
    OpenPayment,
    OrderedPayment,
    SentPayment,
)

_p, _o, _l = payments.c, gateway_orders.c, late_charges.c
_WRITTEN_AT = func.coalesce(_p.submitted_at, _p.created_at)  # Payment.written_at
_wanted = rows_of("wanted", account_id=Uuid(), id=Uuid())
_ALL_SENT = Statement(
    select(*columns_of(payments, SentPayment)).join(
        _wanted, and_(_p.account_id == _wanted.c.account_id, _p.id == _wanted.c.id)
    ),
    SentPayment,
)
_DUE = Statement(
    select(*columns_of(payments, DuePayment))
    .where(_p.next_check_at <= bindparam("now"))
    .order_by(_p.next_check_at, _p.id)
    .limit(bindparam("limit")),
    DuePayment,
)
# By the index of due checks: few payments of all are awaited.
_AWAITED = Statement(
    select(
        _p.state,
        func.count().label("count"),
        func.min(_WRITTEN_AT).label("oldest_created_at"),
        func.min(_p.next_check_at).label("first_check_at"),
    )
    .where(_p.next_check_at.is_not(None))
    .group_by(_p.state),
    AwaitedPayments,
)
# By the index of due checks, too. The payment of a late charge that goes back may have its own money.
_is_given_back = (
    select(_l.id)
    .where(
        _l.account_id == _p.account_id,
        _l.payment_id == _p.id,
        or_(_l.status == "giving_back", _l.status == "came_back"),
    )
    .exists()
)
_OPEN = Statement(
    select(*columns_of(payments, OpenPayment))
    .where(
        _p.next_check_at.is_not(None),
        or_(*(_p.state == state for state in ("submitting", "unknown", "cancelling")), _is_given_back),
    )
    .order_by(_p.created_at, _p.id)
    .limit(bindparam("limit")),
    OpenPayment,
)
_ENDED_AT_THE_GATEWAY = ("succeeded", "returned", "declined")
# The newest, since order ids begin with their time. Sales from before the confirmation may be another merchant's.
_KNOWN_SALE = Statement(
    select(_o.order_id, _o.transaction_id, _p.method_token, _p.amount, _p.currency)
    .join(payments, and_(_p.account_id == _o.account_id, _p.id == _o.payment_id))
    .join(gateway_customers, gateway_customers.c.account_id == _o.account_id)
    .where(
        _o.transaction_id.is_not(None),
        or_(*(_p.state == state for state in _ENDED_AT_THE_GATEWAY)),
        bindparam("before") >= _WRITTEN_AT,
        gateway_customers.c.confirmed_at <= _WRITTEN_AT,
    )
    .order_by(_o.order_id.desc())
    .limit(1),
    KnownSale,
)
_FIND = Statement(
    select(*columns_of(gateway_orders, GatewayOrder))
    .where(or_(_o.transaction_id == bindparam("transaction_id"), _o.order_id == bindparam("order_id")))
    .order_by((_o.transaction_id == bindparam("transaction_id")).desc().nulls_last())
    .limit(1),
    GatewayOrder,
)
_noticed = each_of("transaction_ids", Text())
_LIST_KNOWN = Statement(select(_noticed.c.value).join(gateway_orders, _o.transaction_id == _noticed.c.value), str)
_LIST_WITH_MONEY = Statement(
    select(_noticed.c.value)
    .join(gateway_orders, _o.transaction_id == _noticed.c.value)
    .join(payments, and_(_p.account_id == _o.account_id, _p.id == _o.payment_id))
    .where(or_(*(_p.state == state for state in ("succeeded", "processing", "submitting", "unknown")))),
    str,
)
_ordered = [_o.order_id, _o.transaction_id, _o.account_id, _o.payment_id, _p.number]
_is_ordered = and_(_p.account_id == _o.account_id, _p.id == _o.payment_id)
_order_ids, _sale_ids = each_of("order_ids", Text()), each_of("sale_ids", Text())
_LIST_ORDERED = Statement(
    select(*_ordered)
    .join_from(_order_ids, gateway_orders, _o.order_id == _order_ids.c.value)
    .join(payments, _is_ordered)
    .union(
        select(*_ordered)
        .join_from(_sale_ids, gateway_orders, _o.transaction_id == _sale_ids.c.value)
        .join(payments, _is_ordered)
    ),
    OrderedPayment,
)


class OrderRepository:
    """The orders of all accounts, with their payments as they were sent."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, transaction_id: str, order_id: str | None) -> GatewayOrder | None:
        """Return the order of a transaction at the gateway, of any account, or None.

        A transaction whose id was not recorded yet is found by its order id.
        """
        return await self._db.fetch_one(_FIND, transaction_id=transaction_id, order_id=order_id or "")

    async def find_known_sale(self, before: datetime) -> KnownSale | None:
        """Return the newest sale of all accounts from before this time whose outcome the present gateway has given."""
        return await self._db.fetch_one(_KNOWN_SALE, before=before)

    async def list_known(self, transaction_ids: list[str]) -> list[str]:
        """Return those of these transactions that are of payments of ours."""
        return await self._db.fetch(_LIST_KNOWN, transaction_ids=transaction_ids)

    async def list_with_money(self, transaction_ids: list[str]) -> list[str]:
        """Return those of these transactions whose payments have their money, or may have it."""
        return await self._db.fetch(_LIST_WITH_MONEY, transaction_ids=transaction_ids)

    async def list_ordered(self, order_ids: list[str], sale_ids: list[str]) -> list[OrderedPayment]:
        """Return the payments of these orders, and of these sales at the gateway, of all accounts."""
        return await self._db.fetch(_LIST_ORDERED, order_ids=order_ids, sale_ids=sale_ids)

    async def list_sent(self, due: Sequence[DuePayment]) -> list[SentPayment]:
        """Return payments of all accounts as they were sent, in one round trip."""
        return await self._db.fetch(_ALL_SENT, account_ids=[one.account_id for one in due], ids=[one.id for one in due])

    async def list_due(self, now: datetime, limit: int) -> list[DuePayment]:
        """Return up to `limit` payments of all accounts whose next check is due, the longest overdue first."""
        return await self._db.fetch(_DUE, now=now, limit=limit)

    async def count_awaited(self) -> list[AwaitedPayments]:
        """Return the payments of all accounts that are still looked up at the gateway, by state."""
        return await self._db.fetch(_AWAITED)

    async def list_open(self, limit: int) -> list[OpenPayment]:
        """Return payments of all accounts whose outcome is open, or whose late charge goes back, the oldest first."""
        return await self._db.fetch(_OPEN, limit=limit)
