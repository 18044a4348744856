"""The SQL of refunds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, func, insert, or_, select, true, update
from sqlalchemy.dialects.postgresql import aggregate_order_by

from billing_api.accounts.locked import LockedAccount
from billing_api.db.base import each_of
from billing_api.db.database import Database
from billing_api.db.paging import Listing
from billing_api.db.statements import Command, Statement, arrays_of, columns_of, insert_many, parameters
from billing_api.invoices.model import invoices
from billing_api.kit.ids import new_id
from billing_api.kit.pagination import Rows
from billing_api.payments.values import InvoiceMoney
from billing_api.refunds.errors import RefundNotFoundError
from billing_api.refunds.model import Refund, RefundDetail, RefundPart, refund_parts, refunds
from billing_api.refunds.schemas import RefundQuery
from billing_api.refunds.states import RefundState
from billing_api.refunds.values import AwaitedRefunds, DueRefund, NoticedRefund, OwedRefund


@dataclass(frozen=True, slots=True)
class _RefundWithArrays(Refund):
    invoice_ids: list[UUID] | None  # None: no invoice loses money
    invoice_numbers: list[str] | None
    amounts: list[int] | None


_r, _part, _i = refunds.c, refund_parts.c, invoices.c
_OWN = _r.account_id == bindparam("account_id")
_THIS = and_(_OWN, _r.id == bindparam("id"))
_OF_PAYMENT = and_(_OWN, _r.payment_id == bindparam("payment_id"))
_parts = (
    select(
        func.array_agg(aggregate_order_by(_part.invoice_id, _part.id)).label("invoice_ids"),
        func.array_agg(aggregate_order_by(_part.invoice_number, _part.id)).label("invoice_numbers"),
        func.array_agg(aggregate_order_by(_part.amount, _part.id)).label("amounts"),
    )
    .where(_part.account_id == _r.account_id, _part.refund_id == _r.id)
    .lateral("parts")
)
_DETAIL = select(*columns_of(refunds, Refund), *_parts.c).select_from(refunds.join(_parts, true()))
_FIND = Statement(_DETAIL.where(_THIS), _RefundWithArrays)
_LIVE = Statement(
    _DETAIL.where(_OF_PAYMENT, or_(*(_r.state == state for state in RefundState if state.is_live))).order_by(_r.id),
    _RefundWithArrays,
)
_SUCCEEDED = Statement(_DETAIL.where(_OF_PAYMENT, _r.state == RefundState.SUCCEEDED).order_by(_r.id), _RefundWithArrays)
_OWED = Statement(
    select(
        *(_r[name] for name in ("account_id", "id", "payment_number", "currency", "repayment_id")),
        _i.number.label("invoice_number"),
        _i.amount_due,
        _i.issued_on,
    )
    .join(invoices, and_(_i.account_id == _r.account_id, _i.id == _r.repayment_id))
    .where(_r.repayment_id.is_not(None), _i.amount_due > 0)
    .order_by(_r.id)
    .limit(bindparam("limit")),
    OwedRefund,
)
_LIST = Listing(_DETAIL.where(_OF_PAYMENT), _RefundWithArrays, RefundQuery, sorts=[_r.id], unique=_r.id, order="-id")
_DUE = Statement(
    select(*columns_of(refunds, DueRefund))
    .where(_r.next_check_at <= bindparam("now"))
    .order_by(_r.next_check_at, _r.id)
    .limit(bindparam("limit")),
    DueRefund,
)
_WAITING = Statement(
    select(*columns_of(refunds, DueRefund))
    .where(_OF_PAYMENT, _r.state == RefundState.WAITING_FOR_SETTLEMENT)
    .order_by(_r.id),
    DueRefund,
)
_noticed = each_of("ids", Uuid())
_LIST_NOTICED = Statement(
    select(*columns_of(refunds, NoticedRefund)).join(_noticed, _noticed.c.value == _r.id), NoticedRefund
)
_AWAITED = Statement(
    select(_r.state, func.count().label("count"), func.min(_r.created_at).label("oldest_created_at"))
    .where(_r.next_check_at.is_not(None))
    .group_by(_r.state),
    AwaitedRefunds,
)
_ADD = Command(insert(refunds))
_ADD_PARTS = Command(insert_many(refund_parts))
# The rest of a refund never changes.
_CHANGING = (
    "state",
    "method",
    "deposit_reserved",
    "credit_memo_reserved",
    "transaction_id",
    "decline_code",
    "decline_text",
    "decline_is_soft",
    "refunded_on",
    "sent_at",
    "next_check_at",
    "absent_since",
    "updated_at",
    "repayment_id",
)
_UPDATE = Command(update(refunds).where(_THIS).values(parameters(*_CHANGING)))


class RefundRepository:
    """The refunds of one account at a time; of all accounts those whose check is due or that the gateway names."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, account_id: UUID, refund_id: UUID) -> RefundDetail | None:
        """Return one refund, or None."""
        found = await self._db.fetch_one(_FIND, account_id=account_id, id=refund_id)
        return None if found is None else _detail(found)

    async def get(self, account_id: UUID, refund_id: UUID) -> RefundDetail:
        """Return one refund. Raise RefundNotFoundError."""
        refund = await self.find(account_id, refund_id)
        if refund is None:
            raise RefundNotFoundError(refund_id)
        return refund

    async def list_page(self, account_id: UUID, payment_id: UUID, query: RefundQuery) -> Rows[RefundDetail]:
        """Return one page of a payment's refunds, newest first. Raise BadCursorError."""
        found = await _LIST.fetch(self._db, query, account_id=account_id, payment_id=payment_id)
        return Rows([_detail(one) for one in found.rows], found.next_cursor)

    async def list_live(self, account: LockedAccount, payment_id: UUID) -> list[RefundDetail]:
        """Return the refunds of a payment that have reserved amounts."""
        found = await self._db.fetch(_LIVE, account_id=account.id, payment_id=payment_id)
        return [_detail(one) for one in found]

    async def list_succeeded(self, account: LockedAccount, payment_id: UUID) -> list[RefundDetail]:
        """Return the refunds of a payment whose money has gone, the oldest first."""
        found = await self._db.fetch(_SUCCEEDED, account_id=account.id, payment_id=payment_id)
        return [_detail(one) for one in found]

    async def list_owed(self, limit: int) -> list[OwedRefund]:
        """Return up to `limit` refunds of all accounts whose money is due again, the oldest first."""
        return await self._db.fetch(_OWED, limit=limit)

    async def list_due(self, now: datetime, limit: int) -> list[DueRefund]:
        """Return up to `limit` refunds of all accounts whose next check is due, the longest overdue first."""
        return await self._db.fetch(_DUE, now=now, limit=limit)

    async def list_waiting(self, account_id: UUID, payment_id: UUID) -> list[DueRefund]:
        """Return the refunds of a payment that wait for its charge to settle, the oldest first."""
        return await self._db.fetch(_WAITING, account_id=account_id, payment_id=payment_id)

    async def list_noticed(self, refund_ids: list[UUID]) -> list[NoticedRefund]:
        """Return those of these refunds that exist, of all accounts."""
        return await self._db.fetch(_LIST_NOTICED, ids=refund_ids)

    async def count_awaited(self) -> list[AwaitedRefunds]:
        """Return the refunds of all accounts that are not final, by state."""
        return await self._db.fetch(_AWAITED)

    def add(self, refund: RefundDetail) -> None:
        """Have a refund inserted at the transaction's end, with its parts."""
        self._db.append(_ADD, **{name: getattr(refund, name) for name in refunds.c.keys()})  # noqa: SIM118 - columns
        if refund.invoices:
            rows = [
                RefundPart(refund.account_id, new_id(), refund.id, one.invoice_id, one.invoice_number, one.amount)
                for one in refund.invoices
            ]
            self._db.append(_ADD_PARTS, **arrays_of(rows))

    def update(self, refund: Refund) -> None:
        """Have a refund's changed values written at the transaction's end."""
        changed = {name: getattr(refund, name) for name in _CHANGING}
        self._db.append(_UPDATE, account_id=refund.account_id, id=refund.id, **changed)


def _detail(found: _RefundWithArrays) -> RefundDetail:
    parts = zip(found.invoice_ids or (), found.invoice_numbers or (), found.amounts or (), strict=True)
    values: dict[str, Any] = {name: getattr(found, name) for name in refunds.c.keys()}  # noqa: SIM118 - columns
    return RefundDetail(**values, invoices=tuple(InvoiceMoney(*part) for part in parts))
