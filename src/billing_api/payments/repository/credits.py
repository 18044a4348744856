"""The SQL of the credits that payments use.

One statement over the tables of credit memos and deposits is one round trip; that is why it reads its neighbours'.
"""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from billing_api.credits.model import credit_memos
from billing_api.db.statements import Statement, constant
from billing_api.deposits.model import deposits
from billing_api.payments.fields import CreditKind
from billing_api.payments.model import payment_credits, payments
from billing_api.payments.values import AvailableCredit, DroppedCredit

_ZERO = literal_column("0", BigInteger())
_c = payment_credits.c


def _left(kind: CreditKind, table: Any, day: ColumnElement[Any]) -> Select[Any]:
    return select(
        constant(kind).label("kind"),
        table.c.id,
        table.c.number,
        day.label("dated_on"),
        (table.c.unapplied - table.c.reserved).label("available"),
    ).where(
        table.c.account_id == bindparam("account_id", type_=Uuid()),
        table.c.currency == bindparam("currency", type_=Text()),
        table.c.unapplied > _ZERO,
        table.c.unapplied > table.c.reserved,
    )


_left_of_all = union_all(
    _left(CreditKind.CREDIT_MEMO, credit_memos, credit_memos.c.issued_on),
    _left(CreditKind.DEPOSIT, deposits, deposits.c.received_on),
).subquery("left_of_all")
_is_chosen = _left_of_all.c.id == any_(bindparam("chosen", type_=ARRAY(Uuid())))
AVAILABLE = Statement(
    select(*_left_of_all.c)
    .order_by(_is_chosen.desc(), _left_of_all.c.dated_on, _left_of_all.c.id)
    .limit(bindparam("limit")),
    AvailableCredit,
)


def _in_order(column: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    return func.array_agg(aggregate_order_by(column, _c.id)).label(name)


# The credits of a payment as arrays, in the order in which they are used.
OF_PAYMENT = (
    select(
        _in_order(_c.invoice_id, "credit_invoice_ids"),
        _in_order(_c.credit_memo_id, "credit_memo_ids"),
        _in_order(_c.deposit_id, "deposit_ids"),
        _in_order(_c.number, "credit_numbers"),
        _in_order(_c.dated_on, "credit_days"),
        _in_order(_c.amount, "credit_amounts"),
    )
    .where(_c.account_id == payments.c.account_id, _c.payment_id == payments.c.id)
    .lateral("used")
)
_LIVE = ("submitting", "processing", "unknown")
_is_live = or_(*(payments.c.state == literal_column(f"'{state}'") for state in _LIVE))


def _drop() -> Statement[DroppedCredit]:
    """Return the one statement that removes a deposit from payments under way, and lowers their sums."""
    own = bindparam("account_id", type_=Uuid())
    of_live = (
        select(_c.id)
        .join(payments, and_(payments.c.account_id == _c.account_id, payments.c.id == _c.payment_id))
        .where(_c.account_id == own, _c.deposit_id == bindparam("deposit_id"), _is_live)
    )
    dropped = (
        delete(payment_credits)
        .where(_c.account_id == own, _c.id.in_(of_live))
        .returning(_c.payment_id, _c.invoice_id, _c.amount)
        .cte("dropped")
    )
    sums = (
        select(dropped.c.payment_id, func.sum(dropped.c.amount).cast(BigInteger()).label("amount"))
        .group_by(dropped.c.payment_id)
        .cte("sums")
    )
    lowered = (
        update(payments)
        .where(payments.c.account_id == own, payments.c.id == sums.c.payment_id)
        .values(
            deposit_applied=payments.c.deposit_applied - sums.c.amount,
            updated_at=bindparam("now"),
            version=payments.c.version + 1,
        )
        .returning(payments.c.id)
        .cte("lowered")
    )
    return Statement(
        select(dropped.c.payment_id, dropped.c.invoice_id, dropped.c.amount).select_from(
            dropped.join(lowered, lowered.c.id == dropped.c.payment_id)
        ),
        DroppedCredit,
    )


DROP = _drop()
