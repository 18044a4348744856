"""The money and credits of a customer after the last day of a statement, which no slip asks for again."""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Uuid,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    union_all,
)

from billing_api.db.statements import Statement, constant
from billing_api.invoices.model import invoice_applications, invoices
from billing_api.ledger.model import ledger_entries
from billing_api.ledger.values import INVOICE_KINDS
from billing_api.payments.model import payment_allocations, payment_credits, payments
from billing_api.payments.states import PaymentState


@dataclass(frozen=True, slots=True)
class Since:
    """The sums of a currency, in minor units."""

    currency: str
    paid: int  # or credited, after the day, less what went back; not for invoices of later days
    reserved_credits: int  # by payments under way, for invoices that were open on the day


_e, _i, _applied = ledger_entries.c, invoices.c, invoice_applications.c
_OWN = bindparam("account_id", type_=Uuid())
_DAY, _TODAY = bindparam("on", type_=Date()), bindparam("today", type_=Date())
_NOTHING = literal_column("0", BigInteger())


_LIVE = [constant(state) for state in PaymentState if state.is_live]


def _list_since() -> Statement[Since]:
    moved = select(
        _e.currency, (-(_e.receivable + _e.customer_credit)).label("paid"), _NOTHING.label("reserved_credits")
    ).where(
        _e.account_id == _OWN,
        _e.effective_on > _DAY,
        _e.effective_on <= _TODAY,
        _e.kind.not_in([constant(kind) for kind in INVOICE_KINDS]),
    )
    # Of these entries, the parts for invoices of later days, which the statement does not have. OFFSET keeps the
    # planner from joining all that was ever applied to these invoices.
    applied = (
        select(_applied.source_id, _applied.amount)
        .where(_applied.account_id == _i.account_id, _applied.invoice_id == _i.id)
        .offset(_NOTHING)
        .lateral("applied")
    )
    source = (
        select(_e.effective_on)
        .where(_e.account_id == _OWN, _e.document_id == applied.c.source_id)
        .order_by(_e.seq)
        .limit(literal_column("1", BigInteger()))
        .lateral("source")
    )
    is_new: ColumnElement[bool] = and_(source.c.effective_on > _DAY, source.c.effective_on <= _TODAY)
    ahead = (
        select(_i.currency, -applied.c.amount, _NOTHING)
        .select_from(invoices.join(applied, _i.issued_on > _DAY).join(source, is_new))
        .where(_i.account_id == _OWN, _i.issued_on > _DAY)
    )
    # The balance of the day is without credits and deposits already.
    part, payment, used = payment_allocations.c, payments.c, payment_credits.c
    reserved = select(_i.currency, _NOTHING, used.amount).where(
        _i.account_id == _OWN,
        _i.status == constant("open"),
        _i.amount_pending != _NOTHING,
        _i.issued_on <= _DAY,
        part.account_id == _OWN,
        part.invoice_id == _i.id,
        payment.account_id == _OWN,
        payment.id == part.payment_id,
        payment.state.in_(_LIVE),
        used.account_id == _OWN,
        used.payment_id == payment.id,
        used.invoice_id == _i.id,
    )
    rows = union_all(moved, ahead, reserved).subquery("rows")
    return Statement(
        select(
            rows.c.currency,
            func.sum(rows.c.paid).cast(BigInteger()).label("paid"),
            func.sum(rows.c.reserved_credits).cast(BigInteger()).label("reserved_credits"),
        ).group_by(rows.c.currency),
        Since,
    )


SINCE = _list_since()
