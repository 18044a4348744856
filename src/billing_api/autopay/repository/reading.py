"""The SELECTs of autopay: the accounts and invoices that are to be planned, and those that are shown as upcoming."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Text,
    Uuid,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from billing_api.accounts.model import accounts
from billing_api.autopay.fields import Progress
from billing_api.autopay.model import autopay, autopay_invoices
from billing_api.autopay.values import EnabledAccount, InvoiceToPlan, UpcomingInvoice, WaitingPayment
from billing_api.db.statements import Statement
from billing_api.invoices.model import invoices
from billing_api.payments.model import payment_allocations, payments

_c, _r, _i, _p, _a = autopay.c, autopay_invoices.c, invoices.c, payments.c, payment_allocations.c


def is_in(status: Progress) -> ColumnElement[bool]:
    """Return the condition with its value written out, so that its index serves any plan."""
    return _r.status == literal_column(f"'{status}'")


HAS_NO_MONEY = _p.state.in_([literal_column(f"'{state}'") for state in ("declined", "failed", "returned")])
_OWN_ROW = and_(_r.account_id == _i.account_id, _r.invoice_id == _i.id)
_PAYABLE = and_(_i.amount_due > _i.amount_pending, _i.contested.is_(None))
_OPEN = and_(_i.account_id == bindparam("account_id"), _i.status == "open")
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
    .where(_r.account_id == _page.c.account_id, is_in("again"), _near)
    .limit(1)
    .scalar_subquery()
)
ENABLED = Statement(
    select(_page.c.account_id, func.coalesce(_new_invoice, _old_invoice).is_not(None).label("is_near")).order_by(
        _page.c.account_id
    ),
    EnabledAccount,
)


def _latest(column: Column[Any]) -> aggregate_order_by[Any]:
    return aggregate_order_by(column, _p.submitted_at.desc())


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
        HAS_NO_MONEY,
    )
    .lateral("tries")
)
TO_PLAN = Statement(
    select(_i.id, _i.due_on, *_tries.c)
    .select_from(invoices.outerjoin(autopay_invoices, _OWN_ROW).join(_tries, true()))
    .where(
        _OPEN,
        _i.currency == bindparam("currency"),
        _i.due_on <= bindparam("due_to"),
        _PAYABLE,
        or_(and_(_r.invoice_id.is_(None), _i.due_on >= bindparam("due_from")), is_in("again")),
    )
    .order_by(_i.due_on, _i.id)
    .limit(bindparam("limit")),
    InvoiceToPlan,
)
WAITING = Statement(
    select(_r.payment_id, _p.scheduled_on, func.max(_r.attempt).label("attempt"), func.count().label("count"))
    .select_from(autopay_invoices.join(payments, and_(_p.account_id == _r.account_id, _p.id == _r.payment_id)))
    .where(_r.account_id == bindparam("account_id"), is_in("planned"), _p.state == literal_column("'scheduled'"))
    .group_by(_r.payment_id, _p.scheduled_on)
    .order_by(_p.scheduled_on, _r.payment_id),
    WaitingPayment,
)
# Read by each open invoice, and not all that the account ever had.
_own = (
    select(_r.status, _r.attempt, _r.reason, _r.payment_id, _p.state.label("payment_state"), _p.scheduled_on)
    .select_from(autopay_invoices.outerjoin(payments, and_(_p.account_id == _r.account_id, _p.id == _r.payment_id)))
    .where(_OWN_ROW)
    .limit(1)
    .lateral("own")
)
UPCOMING = Statement(
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
