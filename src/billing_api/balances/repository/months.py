"""The SQL of the balance month by month."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Date,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    not_,
    select,
)

from billing_api.accounts.model import accounts
from billing_api.db.statements import Statement
from billing_api.ledger.model import ledger_entries, ledger_months


@dataclass(frozen=True, slots=True)
class CurrencyMonth:
    """The movements of an account in one currency and month; without a month: all that is before the range.

    balance_effect = invoiced - credited - paid - adjusted, which are 0 without a month
    """

    account_currency: str
    currency: str | None
    month: date | None  # its first day
    balance_effect: int
    invoiced: int
    credited: int
    paid: int
    adjusted: int


_entry, _month = ledger_entries.c, ledger_months.c
_OWN = bindparam("account_id", type_=Uuid)
_ZERO = literal_column("0", BigInteger)
_FLOWS = ("invoiced", "credited", "paid", "adjusted")


def _by_month() -> Statement[CurrencyMonth]:
    """Read the months of a range, and all before it as one; a row without a currency when there is no entry.

    How the balance moved is in the monthly totals, and why it moved in the entries of the range.
    """
    first, last = bindparam("first", type_=Date), bindparam("last", type_=Date)
    month = case((_month.month >= first, _month.month))
    totals = (
        select(
            _month.account_id,
            _month.currency,
            month.label("month"),
            func.sum(_month.receivable + _month.customer_credit).cast(BigInteger).label("balance_effect"),
        )
        .where(_month.account_id == _OWN, _month.month <= last)
        .group_by(_month.account_id, _month.currency, month)
        .subquery("totals")
    )
    billed, is_credit = _entry.revenue + _entry.tax, _entry.kind == literal_column("'credit_memo'")
    entry_month = cast(func.date_trunc(literal_column("'month'"), cast(_entry.effective_on, TIMESTAMP)), Date)
    flows = (
        select(
            _entry.currency,
            entry_month.label("month"),
            func.sum(-billed).filter(not_(is_credit)).label("invoiced"),
            func.sum(billed).filter(is_credit).label("credited"),
            func.sum(_entry.cash_clearing).label("paid"),
            func.sum(_entry.discounts + _entry.write_offs).label("adjusted"),
        )
        .where(_entry.account_id == _OWN, _entry.effective_on >= first, _entry.effective_on <= last)
        .group_by(_entry.currency, entry_month)
        .subquery("flows")
    )
    same = and_(flows.c.currency == totals.c.currency, flows.c.month == totals.c.month)
    return Statement(
        select(
            accounts.c.currency.label("account_currency"),
            totals.c.currency,
            totals.c.month,
            func.coalesce(totals.c.balance_effect, _ZERO).label("balance_effect"),
            *(cast(func.coalesce(flows.c[name], _ZERO), BigInteger).label(name) for name in _FLOWS),
        )
        .select_from(accounts.outerjoin(totals, totals.c.account_id == accounts.c.id).outerjoin(flows, same))
        .where(accounts.c.id == _OWN),
        CurrencyMonth,
    )


BY_MONTH = _by_month()
