"""The SQL of autopay; it reads the invoices and the payments that it is about."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Text,
    Uuid,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert

from billing_api.accounts.locked import LockedAccount
from billing_api.accounts.model import accounts
from billing_api.autopay.fields import Progress
from billing_api.autopay.model import Autopay, AutopayInvoice, autopay, autopay_invoices
from billing_api.autopay.values import EnabledAccount, InvoiceToPlan, UpcomingInvoice, WaitingPayment
from billing_api.db.database import Database
from billing_api.db.statements import Command, Statement, columns_of, values_of
from billing_api.invoices.model import invoices
from billing_api.payments.model import payment_allocations, payments

_c, _r, _i, _p, _a = autopay.c, autopay_invoices.c, invoices.c, payments.c, payment_allocations.c


def _is(status: Progress) -> ColumnElement[bool]:
    """Return the condition with its value written out, so that its index serves any plan."""
    return _r.status == literal_column(f"'{status}'")


_FIND = Statement(select(*columns_of(autopay, Autopay)).where(_c.account_id == bindparam("account_id")), Autopay)
_new = insert(autopay)
_SAVE = Command(
    _new.on_conflict_do_update(
        index_elements=["account_id"],
        set_={column.name: _new.excluded[column.name] for column in _c if column.name != "account_id"},
    )
)
_OWN_ROW = and_(_r.account_id == _i.account_id, _r.invoice_id == _i.id)
_PAYABLE = and_(_i.amount_due > _i.amount_pending, _i.contested.is_(None))
_page = (
    select(_c.account_id, _c.pays_from, accounts.c.currency)
    .join(accounts, accounts.c.id == _c.account_id)
    .where(_c.enabled, _c.account_id > bindparam("after"))
    .order_by(_c.account_id)
    .limit(bindparam("limit"))
    .subquery("page")
)
_near = and_(
    _i.account_id == _page.c.account_id,
    _i.status == "open",
    _i.currency == _page.c.currency,
    _i.due_on <= bindparam("due_to"),
    _PAYABLE,
)
_new_invoice = (
    select(_i.id)
    .where(
        _near,
        _i.due_on >= _page.c.pays_from,
        ~select(_r.invoice_id).where(_OWN_ROW).exists(),
    )
    .limit(1)
    .scalar_subquery()
)
_old_invoice = (
    select(_r.invoice_id)
    .join(invoices, _OWN_ROW)
    .where(_r.account_id == _page.c.account_id, _is("again"), _near)
    .limit(1)
    .scalar_subquery()
)
_LIST_ENABLED = Statement(
    select(_page.c.account_id, func.coalesce(_new_invoice, _old_invoice).is_not(None).label("is_near")).order_by(
        _page.c.account_id
    ),
    EnabledAccount,
)
_OPEN = and_(_i.account_id == bindparam("account_id"), _i.status == "open")


def _latest(column: Column[Any]) -> aggregate_order_by[Any]:
    return aggregate_order_by(column, _p.submitted_at.desc())


_WITHOUT_MONEY = ("declined", "failed", "returned")
_tries = (
    select(
        func.count().label("tries"),
        func.bool_or(_p.decline_is_soft.is_(False)).label("is_hard"),
        func.bool_or(_p.state == "returned").label("is_returned"),
        func.min(_p.scheduled_on).label("first_on"),
        func.array_agg(_latest(_p.decline_code), type_=ARRAY(Text()))[1].label("last_code"),
        func.array_agg(_latest(_p.id), type_=ARRAY(Uuid()))[1].label("last_id"),
    )
    .join(payments, and_(_p.account_id == _a.account_id, _p.id == _a.payment_id))
    .where(
        _a.account_id == _i.account_id,
        _a.invoice_id == _i.id,
        _p.is_autopay,
        _p.payment_method_id == bindparam("payment_method_id"),
        _p.state.in_([literal_column(f"'{state}'") for state in _WITHOUT_MONEY]),
    )
    .lateral("tries")
)
_LIST_TO_PLAN = Statement(
    select(_i.id, _i.due_on, *_tries.c)
    .select_from(invoices.outerjoin(autopay_invoices, _OWN_ROW).join(_tries, true()))
    .where(
        _OPEN,
        _i.currency == bindparam("currency"),
        _i.due_on <= bindparam("due_to"),
        _PAYABLE,
        or_(and_(_r.invoice_id.is_(None), _i.due_on >= bindparam("due_from")), _is("again")),
    )
    .order_by(_i.due_on, _i.id)
    .limit(bindparam("limit")),
    InvoiceToPlan,
)
_LIST_OF_PAYMENT = Statement(
    select(*columns_of(autopay_invoices, AutopayInvoice))
    .where(_r.account_id == bindparam("account_id"), _r.payment_id == bindparam("payment_id"))
    .order_by(_r.invoice_id),
    AutopayInvoice,
)
_LIST_WAITING = Statement(
    select(_r.payment_id, _p.scheduled_on, func.max(_r.attempt).label("attempt"), func.count().label("count"))
    .select_from(autopay_invoices.join(payments, and_(_p.account_id == _r.account_id, _p.id == _r.payment_id)))
    .where(_r.account_id == bindparam("account_id"), _is("planned"), _p.state == literal_column("'scheduled'"))
    .group_by(_r.payment_id, _p.scheduled_on)
    .order_by(_p.scheduled_on, _r.payment_id),
    WaitingPayment,
)
_new_row = insert(autopay_invoices)
_KEY = ("account_id", "invoice_id")
_SAVE_ROW = Command(
    _new_row.on_conflict_do_update(
        index_elements=_KEY,
        set_={column.name: _new_row.excluded[column.name] for column in _r if column.name not in _KEY},
    )
)
_REMOVE_ROW = Command(
    delete(autopay_invoices).where(_r.account_id == bindparam("account_id"), _r.invoice_id == bindparam("invoice_id"))
)
_REMOVE_OF_PAYMENT = Command(
    delete(autopay_invoices).where(_r.account_id == bindparam("account_id"), _r.payment_id == bindparam("payment_id"))
)
_PLAN_PAYMENT_AGAIN = Command(
    update(autopay_invoices)
    .where(_r.account_id == bindparam("of_account"), _r.payment_id == bindparam("of_payment"), _is("planned"))
    .values(status="again", payment_id=None)
)
_PLAN_ENDED_AGAIN = Command(
    update(autopay_invoices)
    .where(
        _r.account_id == bindparam("of_account"),
        _is("ended"),
        select(_p.id)
        .where(
            _p.account_id == _r.account_id,
            _p.id == _r.payment_id,
            _p.state.in_([literal_column(f"'{state}'") for state in _WITHOUT_MONEY]),
            _p.payment_method_id.is_distinct_from(bindparam("method_id", type_=_p.payment_method_id.type)),
        )
        .exists(),
    )
    .values(status="again", payment_id=None)
)
_REMOVE_AGAIN = Command(delete(autopay_invoices).where(_r.account_id == bindparam("account_id"), _is("again")))
_REMOVE_ABOVE_LIMIT = Command(
    delete(autopay_invoices).where(_r.account_id == bindparam("account_id"), _is("above_limit"))
)
# Read by each open invoice, and not all that the account ever had.
_own = (
    select(_r.status, _r.attempt, _r.reason, _r.payment_id, _p.state.label("payment_state"), _p.scheduled_on)
    .select_from(autopay_invoices.outerjoin(payments, and_(_p.account_id == _r.account_id, _p.id == _r.payment_id)))
    .where(_OWN_ROW)
    .limit(1)
    .lateral("own")
)
_LIST_UPCOMING = Statement(
    select(
        _i.id,
        _i.number,
        _i.due_on,
        _i.currency,
        (_i.amount_due - _i.amount_pending).label("payable"),
        _i.contested,
        *_own.c,
    )
    .select_from(invoices.outerjoin(_own, true()))
    .where(
        _OPEN,
        or_(_own.c.status.is_not(None), and_(_i.due_on >= bindparam("due_from"), _i.amount_due > _i.amount_pending)),
    )
    .order_by(_i.due_on, _i.id)
    .limit(bindparam("limit")),
    UpcomingInvoice,
)


class AutopayRepository:
    """The choice of one account at a time, and the invoices that it is about."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, account_id: UUID) -> Autopay | None:
        """Return an account's choice, or None. The account's lock keeps it as it is."""
        return await self._db.fetch_one(_FIND, account_id=account_id)

    def save(self, choice: Autopay) -> None:
        """Have a choice inserted or replaced at the transaction's end."""
        self._db.append(_SAVE, **values_of(choice))

    async def list_enabled(self, after: UUID, due_to: date, limit: int) -> list[EnabledAccount]:
        """Return the next accounts whose invoices are paid automatically."""
        return await self._db.fetch(_LIST_ENABLED, after=after, due_to=due_to, limit=limit)

    async def list_to_plan(
        self,
        account: LockedAccount,
        currency: str,
        *,
        payment_method_id: UUID,
        due_from: date,
        due_to: date,
        limit: int,
    ) -> list[InvoiceToPlan]:
        """Return invoices that can be paid and are not contested, by due date.

        They are due in these days and were not planned yet, or are to be planned again.
        """
        return await self._db.fetch(
            _LIST_TO_PLAN,
            account_id=account.id,
            currency=currency,
            payment_method_id=payment_method_id,
            due_from=due_from,
            due_to=due_to,
            limit=limit,
        )

    async def list_of_payment(self, account: LockedAccount, payment_id: UUID) -> list[AutopayInvoice]:
        """Return the invoices whose latest payment is this one."""
        return await self._db.fetch(_LIST_OF_PAYMENT, account_id=account.id, payment_id=payment_id)

    async def list_waiting(self, account: LockedAccount) -> list[WaitingPayment]:
        """Return the planned payments whose day has not come, by day."""
        return await self._db.fetch(_LIST_WAITING, account_id=account.id)

    def save_all(self, rows: Iterable[AutopayInvoice]) -> None:
        """Have rows inserted or replaced at the transaction's end."""
        for row in rows:
            self._db.append(_SAVE_ROW, **values_of(row))

    def forget(self, account: LockedAccount, invoice_ids: Iterable[UUID]) -> None:
        """Have invoices forgotten at the transaction's end: they are planned anew when they can be paid."""
        for invoice_id in invoice_ids:
            self._db.append(_REMOVE_ROW, account_id=account.id, invoice_id=invoice_id)

    async def forget_payment(self, account: LockedAccount, payment_id: UUID) -> None:
        """Forget the invoices of a payment that was withdrawn."""
        await self._db.execute(_REMOVE_OF_PAYMENT, account_id=account.id, payment_id=payment_id)

    async def plan_again(self, account: LockedAccount, payment_id: UUID) -> None:
        """Have the invoices of a payment that was withdrawn planned again."""
        await self._db.execute(_PLAN_PAYMENT_AGAIN, of_account=account.id, of_payment=payment_id)

    async def plan_ended_again(self, account: LockedAccount, method_id: UUID) -> None:
        """Have invoices planned again that were given up, since another method than this one had failed."""
        await self._db.execute(_PLAN_ENDED_AGAIN, of_account=account.id, method_id=method_id)

    async def forget_planned_again(self, account: LockedAccount) -> None:
        """Forget the invoices that were to be planned again."""
        await self._db.execute(_REMOVE_AGAIN, account_id=account.id)

    async def forget_above_limit(self, account: LockedAccount) -> None:
        """Forget the invoices that were above the limit, which has changed."""
        await self._db.execute(_REMOVE_ABOVE_LIMIT, account_id=account.id)

    async def list_upcoming(self, account_id: UUID, due_from: date, limit: int) -> list[UpcomingInvoice]:
        """Return open invoices due from this day on, and earlier ones that were planned once, by due date."""
        return await self._db.fetch(_LIST_UPCOMING, account_id=account_id, due_from=due_from, limit=limit)
