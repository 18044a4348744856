"""The SQL of chargebacks."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from uuid import UUID

from sqlalchemy import Text, and_, bindparam, delete, func, insert, select, true, update
from sqlalchemy.dialects.postgresql import aggregate_order_by

from billing_api.accounts.locked import LockedAccount
from billing_api.chargebacks.model import (
    Chargeback,
    ChargebackDetail,
    ChargebackPart,
    TakenPart,
    chargeback_parts,
    chargebacks,
)
from billing_api.chargebacks.schemas import ChargebackQuery
from billing_api.chargebacks.states import ChargebackKind, ChargebackState
from billing_api.db.base import each_of
from billing_api.db.database import Database
from billing_api.db.paging import Listing
from billing_api.db.statements import Command, Statement, arrays_of, columns_of, insert_many, parameters, values_of
from billing_api.kit.ids import new_id
from billing_api.kit.pagination import Rows


@dataclass(frozen=True, slots=True)
class _ChargebackWithArrays(Chargeback):
    invoice_ids: list[UUID] | None  # None: no invoice lost money
    invoice_numbers: list[str] | None
    amounts: list[int] | None
    discounts: list[int] | None


@dataclass(frozen=True, slots=True)
class KnownDispute:
    """A dispute of the gateway that is recorded, and its status there when that was done last."""

    dispute_id: str
    gateway_status: str


_c, _part = chargebacks.c, chargeback_parts.c
_OWN = _c.account_id == bindparam("account_id")
_parts = (
    select(
        func.array_agg(aggregate_order_by(_part.invoice_id, _part.id)).label("invoice_ids"),
        func.array_agg(aggregate_order_by(_part.invoice_number, _part.id)).label("invoice_numbers"),
        func.array_agg(aggregate_order_by(_part.amount, _part.id)).label("amounts"),
        func.array_agg(aggregate_order_by(_part.discounted, _part.id)).label("discounts"),
    )
    .where(_part.account_id == _c.account_id, _part.chargeback_id == _c.id)
    .lateral("parts")
)
_DETAIL = (
    select(*columns_of(chargebacks, Chargeback), *_parts.c).select_from(chargebacks.join(_parts, true())).where(_OWN)
)
_FIND = Statement(_DETAIL.where(_c.id == bindparam("id")), _ChargebackWithArrays)
_FIND_BY_DISPUTE = Statement(_DETAIL.where(_c.dispute_id == bindparam("dispute_id")), _ChargebackWithArrays)
_LIST = Listing(
    _DETAIL,
    _ChargebackWithArrays,
    ChargebackQuery,
    columns={"status": _c.state},
    sorts=[_c.id],
    unique=_c.id,
    order="-id",
)
_noticed = each_of("dispute_ids", Text())
_LIST_KNOWN = Statement(
    select(_c.dispute_id, _c.gateway_status).join(_noticed, _noticed.c.value == _c.dispute_id), KnownDispute
)
_LIST_LACKING = Statement(
    select(_c.dispute_id)
    .where(
        _OWN,
        _c.payment_id == bindparam("of_id"),
        _c.kind != ChargebackKind.RETRIEVAL,
        _c.state != ChargebackState.WON,
        _c.taken - _c.won < _c.amount,
    )
    .order_by(_c.id),
    str,
)
_ADD = Command(insert(chargebacks))
_ADD_PARTS = Command(insert_many(chargeback_parts))
_REMOVE_PARTS = Command(
    delete(chargeback_parts).where(
        _part.account_id == bindparam("account_id"), _part.chargeback_id == bindparam("of_id")
    )
)
_CHANGING = (
    "state",
    "gateway_status",
    "taken",
    "won",
    "reply_by",
    "resolved_at",
    "updated_at",
    "version",
)
_UPDATE = Command(update(chargebacks).where(and_(_OWN, _c.id == bindparam("id"))).values(parameters(*_CHANGING)))
_NAMES = [one.name for one in fields(Chargeback)]


class ChargebackRepository:
    """The chargebacks of one account at a time; of all accounts only the known disputes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, account_id: UUID, chargeback_id: UUID) -> ChargebackDetail | None:
        """Return one chargeback with its parts, or None."""
        found = await self._db.fetch_one(_FIND, account_id=account_id, id=chargeback_id)
        return None if found is None else _detail(found)

    async def find_by_dispute(self, account: LockedAccount, dispute_id: str) -> ChargebackDetail | None:
        """Return the chargeback of a dispute at the gateway, or None; the account's lock guards its row."""
        found = await self._db.fetch_one(_FIND_BY_DISPUTE, account_id=account.id, dispute_id=dispute_id)
        return None if found is None else _detail(found)

    async def list_page(self, account_id: UUID, query: ChargebackQuery) -> Rows[ChargebackDetail]:
        """Return one page, newest first. Raise BadCursorError."""
        found = await _LIST.fetch(self._db, query, account_id=account_id)
        return Rows([_detail(row) for row in found.rows], found.next_cursor)

    async def list_known(self, dispute_ids: Collection[str]) -> list[KnownDispute]:
        """Return those of these disputes that are recorded, of all accounts."""
        return await self._db.fetch(_LIST_KNOWN, dispute_ids=list(dispute_ids))

    async def list_lacking(self, account_id: UUID, payment_id: UUID) -> list[str]:
        """Return the disputes that have taken less of a payment than the bank has, the oldest first."""
        return await self._db.fetch(_LIST_LACKING, account_id=account_id, of_id=payment_id)

    async def add(self, chargeback: Chargeback) -> None:
        """Insert a chargeback."""
        await self._db.execute(_ADD, **{name: getattr(chargeback, name) for name in _NAMES})

    async def replace_parts(self, chargeback: Chargeback, parts: Collection[TakenPart]) -> None:
        """Write the parts that invoices have lost by a chargeback, in the place of earlier ones."""
        await self._db.execute(_REMOVE_PARTS, account_id=chargeback.account_id, of_id=chargeback.id)
        rows = [ChargebackPart(chargeback.account_id, new_id(), chargeback.id, **values_of(part)) for part in parts]
        if rows:
            await self._db.execute(_ADD_PARTS, **arrays_of(rows))

    async def update(self, chargeback: Chargeback) -> None:
        """Write a chargeback's changed values."""
        changed = {name: getattr(chargeback, name) for name in _CHANGING}
        await self._db.execute(_UPDATE, account_id=chargeback.account_id, id=chargeback.id, **changed)


def _detail(found: _ChargebackWithArrays) -> ChargebackDetail:
    parts = zip(
        found.invoice_ids or (),
        found.invoice_numbers or (),
        found.amounts or (),
        found.discounts or (),
        strict=True,
    )
    return ChargebackDetail(
        **{name: getattr(found, name) for name in _NAMES}, parts=tuple(TakenPart(*one) for one in parts)
    )
