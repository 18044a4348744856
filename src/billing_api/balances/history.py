"""The balance month by month, for a plot."""

from collections.abc import Iterable, Iterator
from datetime import date
from uuid import UUID

from billing_api.accounts.errors import AccountNotFoundError
from billing_api.balances.repository import BalanceRepository
from billing_api.balances.repository.months import CurrencyMonth
from billing_api.balances.schemas import (
    BalanceHistoryQuery,
    BalanceHistoryRead,
    BalanceMonthRead,
    CurrencyHistoryRead,
)
from billing_api.errors import FieldError, InvalidInputError
from billing_api.kit.clock import Clock

MOST_MONTHS = 120
_USUAL_MONTHS = 12
_YEAR = 12


class BalanceHistory:
    """The months of one account, by currency."""

    def __init__(self, clock: Clock, balances: BalanceRepository) -> None:
        self._clock = clock
        self._balances = balances

    async def get(self, account_id: UUID, query: BalanceHistoryQuery) -> BalanceHistoryRead:
        """Return the months of a range, without a gap, from one snapshot.

        Raise InvalidInputError for a range that ends before it begins or is too long, AccountNotFoundError.
        """
        months = _months(query, self._clock.today())
        rows = await self._balances.list_months(account_id, months[0], _after(months[-1]))
        if not rows:
            raise AccountNotFoundError(account_id)
        found = {row.currency for row in rows if row.currency is not None}
        currencies = query.currency or sorted(found) or [rows[0].account_currency]
        return BalanceHistoryRead(
            currency=rows[0].account_currency,
            histories=[
                _history(currency, months, [row for row in rows if row.currency == currency])
                for currency in dict.fromkeys(currencies)
            ],
        )


def _history(currency: str, months: Iterable[date], rows: list[CurrencyMonth]) -> CurrencyHistoryRead:
    opening = sum(row.balance_effect for row in rows if row.month is None)
    by_month = {row.month: row for row in rows}
    closing, series = opening, []
    for month in months:
        row = by_month.get(month)
        closing += row.balance_effect if row else 0
        series.append(
            BalanceMonthRead(
                month,
                row.invoiced if row else 0,
                row.credited if row else 0,
                row.paid if row else 0,
                row.adjusted if row else 0,
                closing,
            )
        )
    return CurrencyHistoryRead(currency, opening, series)


def _months(query: BalanceHistoryQuery, today: date) -> list[date]:
    """Return the first days of the months. Raise InvalidInputError."""
    last = (query.date_to or max(today, query.date_from or today)).replace(day=1)
    first = query.date_from.replace(day=1) if query.date_from else _minus(last, _USUAL_MONTHS - 1)
    count = (last.year - first.year) * _YEAR + last.month - first.month + 1
    if count < 1:
        raise InvalidInputError(FieldError("?date_to", "ends_before_it_begins", "It is before date_from"))
    if count > MOST_MONTHS:
        raise InvalidInputError(
            FieldError("?date_from", "range_too_long", f"A history has at most {MOST_MONTHS} months")
        )
    return list(_series(first, count))


def _series(first: date, count: int) -> Iterator[date]:
    for place in range(count):
        yield _minus(first, -place)


def _minus(month: date, count: int) -> date:
    """Return the month so many months before, and never one before the calendar begins."""
    years, months = divmod(month.year * _YEAR + month.month - 1 - count, _YEAR)
    return date(years, months + 1, 1) if years >= 1 else date.min


def _after(month: date) -> date:
    """Return the last day of a month."""
    return date.max if (month.year, month.month) == (date.max.year, _YEAR) else _minus(month, -1) - date.resolution
