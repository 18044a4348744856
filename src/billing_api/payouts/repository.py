"""The SQL of payouts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from billing_api.db.base import rows_of
from billing_api.db.database import Database
from billing_api.db.paging import Listing
from billing_api.db.statements import Command, Statement, columns_of, parameters, values_of
from billing_api.gateway.notices import MoneyDirection
from billing_api.kit.pagination import Rows
from billing_api.payouts.model import Payout, PayoutItem, payout_items, payouts
from billing_api.payouts.schemas import PayoutItemQuery, PayoutQuery
from billing_api.payouts.states import PayoutState

_p, _i = payouts.c, payout_items.c
_PAYOUT = columns_of(payouts, Payout)


@dataclass(frozen=True, slots=True)
class PayoutSpan:
    """The days of settlement between which a search has to look again; None where there is no payout."""

    oldest_unpaid: date | None
    newest: date | None


_FIND = Statement(select(*_PAYOUT).where(_p.id == bindparam("id")), Payout)
_FIND_SPAN = Statement(
    select(
        func.min(_p.settled_on).filter(_p.status != PayoutState.PAID).label("oldest_unpaid"),
        func.max(_p.settled_on).label("newest"),
    ),
    PayoutSpan,
)
_LIST = Listing(
    select(*_PAYOUT),
    Payout,
    PayoutQuery,
    sorts=[_p.settled_on],
    unique=_p.id,
    filters={
        "payment_id": select(_i.id)
        .where(_i.payout_id == _p.id, _i.payment_id == bindparam("payment_id"))
        .correlate(payouts)
        .exists()
    },
)
_LIST_ITEMS = Listing(
    select(*columns_of(payout_items, PayoutItem)).where(_i.payout_id == bindparam("payout_id")),
    PayoutItem,
    PayoutItemQuery,
    sorts=[_i.id],
    unique=_i.id,
    order="id",
)
# One that is there stays as it is, but is locked.
_ADD = Statement(
    insert(payouts)
    .on_conflict_do_update(index_elements=[_p.batch_id], set_={"batch_id": _p.batch_id})
    .returning(*_PAYOUT),
    Payout,
)
_new = rows_of("new", **{column.name: column.type for column in _i})
_ADD_ITEMS = Command(
    insert(payout_items)
    .from_select([column.name for column in _i], select(*_new.c))
    .on_conflict_do_nothing(index_elements=[_i.transaction_id])
)
_of_payout = _i.payout_id == bindparam("of_id")


def _sum(movement: MoneyDirection) -> object:
    total = func.coalesce(func.sum(_i.amount), 0)
    return select(total).where(_of_payout, _i.movement == movement).scalar_subquery()


_UPDATE = Command(
    update(payouts)
    .where(_p.id == bindparam("of_id"))
    .values(
        **parameters("status", "paid_on", "updated_at"),
        charged=_sum(MoneyDirection.CHARGE),
        refunded=_sum(MoneyDirection.REFUND),
        count=select(func.count()).where(_of_payout).scalar_subquery(),
    )
)


class PayoutRepository:
    """Payouts of all accounts: a batch has the payments of many."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, payout_id: UUID) -> Payout | None:
        """Return one payout, or None."""
        return await self._db.fetch_one(_FIND, id=payout_id)

    async def find_span(self) -> PayoutSpan:
        """Return the days of settlement of the oldest payout that is not paid, and of the newest of all."""
        span = await self._db.fetch_one(_FIND_SPAN)
        assert span is not None  # an aggregate has a row
        return span

    async def list_page(self, query: PayoutQuery) -> Rows[Payout]:
        """Return one page. Raise BadCursorError."""
        return await _LIST.fetch(self._db, query)

    async def list_items(self, payout_id: UUID, query: PayoutItemQuery) -> Rows[PayoutItem]:
        """Return one page of the charges and refunds of a payout. Raise BadCursorError."""
        return await _LIST_ITEMS.fetch(self._db, query, payout_id=payout_id)

    async def lock(self, payout: Payout) -> Payout:
        """Insert a payout, or return that of its batch, under its lock."""
        locked = await self._db.fetch_one(_ADD, **values_of(payout))
        assert locked is not None  # it returns the row that is there
        return locked

    async def add_items(self, items: Sequence[PayoutItem]) -> int:
        """Insert the items that are not there, and return their number."""
        columns = {f"{column.name}s": [getattr(item, column.name) for item in items] for column in _i}
        return await self._db.execute(_ADD_ITEMS, **columns)

    async def update(self, payout_id: UUID, status: PayoutState, paid_on: date | None, now: datetime) -> None:
        """Write the status of a payout, and the sums of its items."""
        await self._db.execute(_UPDATE, of_id=payout_id, status=status, paid_on=paid_on, updated_at=now)
