"""The SQL of the reconciliation: what the books have of all accounts.

One statement over the tables of payments and refunds, or of chargebacks, is one round trip; that is why it reads its
neighbours'.
"""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Text, Uuid, and_, bindparam, cast, func, or_, select

from billing_api.chargebacks.model import chargebacks
from billing_api.db.base import each_of
from billing_api.db.database import Database
from billing_api.db.statements import Statement, columns_of
from billing_api.payments.model import gateway_orders, late_charges, payments
from billing_api.reconciliation.values import BookedCharge, BookedDispute, BookedRefund, KnownLateCharge
from billing_api.refunds.model import refunds

_o, _p, _r, _l, _c = gateway_orders.c, payments.c, refunds.c, late_charges.c, chargebacks.c
_charge = select(
    _p.account_id,
    _p.id.label("payment_id"),
    _p.number,
    _o.order_id,
    _p.gateway_transaction_id.label("transaction_id"),
    _p.state,
    _p.currency,
    _p.amount,
    _p.refunded,
    _p.refund_pending,
    _p.disputed,
    func.coalesce(_p.submitted_at, _p.created_at).label("written_at"),
).join(gateway_orders, and_(_o.account_id == _p.account_id, _o.payment_id == _p.id))
# Order ids are UUIDv7, which begin with their time: the primary key finds those of a time. That of a scheduled payment
# is older than its charge.
_CHARGES_OF = Statement(
    _charge.where(
        _o.order_id >= bindparam("first", type_=Text()),
        _o.order_id < bindparam("last", type_=Text()),
        _p.submitted_at.is_(None),
    ).union_all(_charge.where(_p.submitted_at >= bindparam("since"), _p.submitted_at < bindparam("until"))),
    BookedCharge,
)
_wanted_orders = each_of("order_ids", Text())
_CHARGES = Statement(_charge.join(_wanted_orders, _wanted_orders.c.value == _o.order_id), BookedCharge)
_refund = select(
    _r.account_id,
    _r.id,
    _r.payment_id,
    _r.payment_number,
    _r.charge_id,
    _r.state,
    _r.currency,
    _r.amount,
).where(_r.method == "refund", _r.charge_id.is_not(None))
_REFUNDS_OF = Statement(
    _refund.where(_r.sent_at >= bindparam("since"), _r.sent_at < bindparam("until")),
    BookedRefund,
)
_wanted_refunds = each_of("ids", Uuid())
_REFUNDS = Statement(_refund.join(_wanted_refunds, _wanted_refunds.c.value == _r.id), BookedRefund)
# One in another currency than its payment is compared by its amount at the gateway.
_at_gateway = {
    "currency": func.coalesce(_c.gateway_currency, _c.currency).label("currency"),
    "amount": func.coalesce(_c.gateway_amount, _c.amount).label("amount"),
}
_dispute = select(*(_at_gateway.get(one.name, one) for one in columns_of(chargebacks, BookedDispute)))
_DISPUTES_OF = Statement(
    _dispute.where(_c.opened_on >= bindparam("first"), _c.opened_on <= bindparam("last")), BookedDispute
)
_wanted_disputes = each_of("dispute_ids", Text())
_DISPUTES = Statement(_dispute.join(_wanted_disputes, _wanted_disputes.c.value == _c.dispute_id), BookedDispute)
_wanted_late = each_of("transaction_ids", Text())
_LATE = Statement(
    select(
        _l.id,
        _l.transaction_id,
        _l.account_id,
        _l.payment_id,
        _p.number.label("payment_number"),
        _l.status,
        _l.failed_refunds,
    )
    .distinct()
    .join(_wanted_late, or_(_wanted_late.c.value == _l.transaction_id, _wanted_late.c.value == cast(_l.id, Text())))
    .join(payments, and_(_p.account_id == _l.account_id, _p.id == _l.payment_id)),
    KnownLateCharge,
)


class ReconciliationRepository:
    """The transactions of all accounts, as the books have them."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_charges_of(self, since: datetime, until: datetime) -> list[BookedCharge]:
        """Return the payments whose orders were written from `since` to before `until`."""
        return await self._db.fetch(
            _CHARGES_OF, first=_order_id_of(since), last=_order_id_of(until), since=since, until=until
        )

    async def list_charges(self, order_ids: Collection[str]) -> list[BookedCharge]:
        """Return the payments with these order ids."""
        return await self._db.fetch(_CHARGES, order_ids=list(order_ids))

    async def list_refunds_of(self, since: datetime, until: datetime) -> list[BookedRefund]:
        """Return the refunds that were sent from `since` to before `until`."""
        return await self._db.fetch(_REFUNDS_OF, since=since, until=until)

    async def list_refunds(self, refund_ids: Collection[UUID]) -> list[BookedRefund]:
        """Return the refunds with these ids."""
        return await self._db.fetch(_REFUNDS, ids=list(refund_ids))

    async def list_disputes_of(self, first: date, last: date) -> list[BookedDispute]:
        """Return the chargebacks that banks opened on these days."""
        return await self._db.fetch(_DISPUTES_OF, first=first, last=last)

    async def list_disputes(self, dispute_ids: Collection[str]) -> list[BookedDispute]:
        """Return the chargebacks of these disputes."""
        return await self._db.fetch(_DISPUTES, dispute_ids=list(dispute_ids))

    async def list_late_charges(self, names: Collection[str]) -> list[KnownLateCharge]:
        """Return the late charges with these transactions, or with these ids."""
        return await self._db.fetch(_LATE, transaction_ids=list(names))


def _order_id_of(moment: datetime) -> str:
    """Return the least UUIDv7 of a moment (RFC 9562), as text."""
    digits = f"{int(moment.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}-0000-0000-000000000000"
