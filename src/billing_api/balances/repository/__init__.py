"""The SQL of balances: one statement over the tables of accounts, books, invoices and credit memos.

One statement is one snapshot and one round trip; that is why this feature reads its neighbours' tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Subquery,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
)

from billing_api.accounts.model import accounts
from billing_api.balances.repository.months import BY_MONTH, CurrencyMonth
from billing_api.credits.model import credit_memos
from billing_api.db.database import Database
from billing_api.db.statements import Statement
from billing_api.invoices.model import invoices, open_on
from billing_api.ledger.model import ledger_balances, ledger_entries, totals_through


# Not frozen: each field of a frozen one is set by a call.
@dataclass(slots=True)
class CurrencyBalance:
    """An account's terms, and its figures in one currency; no currency when there are no documents yet."""

    account_currency: str
    credit_limit: int | None
    net_days: int
    discount_basis_points: int
    discount_days: int
    discount_includes_tax: bool
    currency: str | None
    balance: int
    pending: int | None
    current: int
    days_1_30: int
    days_31_60: int
    days_61_90: int
    days_over_90: int
    unapplied_credits: int
    contested_current: int | None
    contested_1_30: int | None
    contested_31_60: int | None
    contested_61_90: int | None
    contested_over_90: int | None


_i, _memo, _entry = invoices.c, credit_memos.c, ledger_entries.c
_OWN = bindparam("account_id", type_=Uuid)
_TODAY, _LATE_30, _LATE_60, _LATE_90 = (
    bindparam(name, type_=Date) for name in ("today", "late_30", "late_60", "late_90")
)
_DAYS = 16  # that are remembered: nearly every balance is that of today
_ON = bindparam("on", type_=Date)
_CONTESTED = ("contested_current", "contested_1_30", "contested_31_60", "contested_61_90", "contested_over_90")
_AGES = ("current", "days_1_30", "days_31_60", "days_61_90", "days_over_90")
# Constants in the text, not parameters: a partial index is found only by its own condition.
_ZERO = literal_column("0", BigInteger)
_IS_OPEN = _i.status == literal_column("'open'")
_IS_CONTESTED = and_(_IS_OPEN, _i.contested.is_not(None))
_CREDIT_KINDS: list[ColumnElement[str]] = [
    literal_column(f"'{kind}'")
    for kind in ("credit_memo", "credit_application", "credit_application_reversal", "credit_refund")
]
# Money of a refund that came back is a credit memo's where the entry names one.
_BACK_TO_MEMO = and_(
    _entry.kind == literal_column("'refund_failed'"),
    select(_memo.id).where(_memo.account_id == _entry.account_id, _memo.id == _entry.document_id).exists(),
)


def _sum(amount: ColumnElement[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(amount), _ZERO).cast(BigInteger)


def _aged(source: FromClause, amount: ColumnElement[int], *where: ColumnElement[bool]) -> Subquery:
    """Return the due amounts of invoices by currency and lateness."""
    due_on, whose = source.c.due_on, (source.c.account_id, source.c.currency)
    ages = (
        due_on >= _TODAY,
        and_(due_on < _TODAY, due_on >= _LATE_30),
        and_(due_on < _LATE_30, due_on >= _LATE_60),
        and_(due_on < _LATE_60, due_on >= _LATE_90),
        due_on < _LATE_90,
    )
    sums = [
        func.coalesce(func.sum(amount).filter(age), _ZERO).cast(BigInteger).label(name)
        for name, age in zip(_AGES, ages, strict=True)
    ]
    return select(*whose, *sums).where(source.c.account_id == _OWN, *where).group_by(*whose).subquery()


def _put_together(
    totals: FromClause,
    pending: ColumnElement[int],
    aged: Subquery,
    credits_left: Subquery,
    contested: Subquery | None = None,
) -> Statement[CurrencyBalance]:
    """Return a statement with one row for each currency of `totals`, or one without a currency."""

    def same(part: FromClause) -> ColumnElement[bool]:
        return and_(part.c.account_id == totals.c.account_id, part.c.currency == totals.c.currency)

    source = (
        accounts.outerjoin(totals, totals.c.account_id == accounts.c.id)
        .outerjoin(aged, same(aged))
        .outerjoin(credits_left, same(credits_left))
    )
    if contested is not None:
        source = source.outerjoin(contested, same(contested))
    return Statement(
        select(
            accounts.c.currency.label("account_currency"),
            accounts.c.credit_limit,
            accounts.c.net_days,
            accounts.c.discount_basis_points,
            accounts.c.discount_days,
            accounts.c.discount_includes_tax,
            totals.c.currency,
            func.coalesce(totals.c.receivable + totals.c.customer_credit, _ZERO).label("balance"),
            pending.label("pending"),
            *(func.coalesce(aged.c[name], _ZERO).label(name) for name in _AGES),
            func.coalesce(credits_left.c.amount, _ZERO).label("unapplied_credits"),
            *(
                (cast(null(), BigInteger) if contested is None else contested.c[age]).label(name)
                for name, age in zip(_CONTESTED, _AGES, strict=True)
            ),
        )
        .select_from(source)
        .where(accounts.c.id == _OWN)
        .order_by(totals.c.currency),
        CurrencyBalance,
    )


def _now() -> Statement[CurrencyBalance]:
    """Read the figures that are kept current: the balance's row, open invoices, credit memos that are not used up."""
    credits_left = (
        select(_memo.account_id, _memo.currency, _sum(_memo.unapplied).label("amount"))
        .where(_memo.account_id == _OWN, _memo.unapplied > _ZERO)
        .group_by(_memo.account_id, _memo.currency)
        .subquery()
    )
    pending = func.coalesce(ledger_balances.c.pending, _ZERO)
    contested = _aged(invoices, func.least(_i.contested, _i.amount_due), _IS_CONTESTED)
    return _put_together(ledger_balances, pending, _aged(invoices, _i.amount_due, _IS_OPEN), credits_left, contested)


def _as_of() -> Statement[CurrencyBalance]:
    """Read the documents dated up to the day: entries, invoices less their applications, credits less their use."""
    open_invoices = open_on()
    aged = _aged(open_invoices, open_invoices.c.amount_open)
    credits_left = (
        select(_entry.account_id, _entry.currency, _sum(-_entry.customer_credit).label("amount"))
        .where(
            _entry.account_id == _OWN,
            _entry.customer_credit != _ZERO,  # by the index of such entries
            or_(_entry.kind.in_(_CREDIT_KINDS), _BACK_TO_MEMO),
            _entry.effective_on <= _ON,
        )
        .group_by(_entry.account_id, _entry.currency)
        .subquery()
    )
    return _put_together(totals_through(), cast(null(), BigInteger), aged, credits_left)


_NOW, _AS_OF = _now(), _as_of()


class BalanceRepository:
    """The figures of an account, by currency."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_now(self, account_id: UUID, today: date) -> list[CurrencyBalance]:
        """Return the figures of everything that is posted, aged by `today`; none when there is no such account."""
        return await self._db.fetch(_NOW, account_id=account_id, **_days(today))

    async def list_as_of(self, account_id: UUID, day: date) -> list[CurrencyBalance]:
        """Return the figures at the end of a day; none when there is no such account."""
        days = {"month": day.replace(day=1), "through": day, "on": day, **_days(day)}
        return await self._db.fetch(_AS_OF, account_id=account_id, **days)

    async def list_months(self, account_id: UUID, first: date, last: date) -> list[CurrencyMonth]:
        """Return the months from a first day to a last one; no row when there is no such account."""
        return await self._db.fetch(BY_MONTH, account_id=account_id, first=first, last=last)


@lru_cache(_DAYS)
def _days(today: date) -> Mapping[str, date]:
    """Return the first days of each age, and never one before the calendar begins."""
    late = {f"late_{days}": date.fromordinal(max(1, today.toordinal() - days)) for days in (30, 60, 90)}
    return MappingProxyType({"today": today, **late})
