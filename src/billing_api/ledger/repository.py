"""The SQL of the books: entries, balances and monthly totals."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from billing_api.db.base import table_of
from billing_api.db.database import Database
from billing_api.db.listing import Listing, Natural
from billing_api.db.reader import Reader, Statement, columns_of
from billing_api.ledger.model import LedgerBalance, LedgerEntry, LedgerMonth, totals_through
from billing_api.ledger.values import EntryRow, Totals

_entries, _balances, _months = table_of(LedgerEntry), table_of(LedgerBalance), table_of(LedgerMonth)

_ADD_TO_BALANCE = (
    update(_balances)
    .where(_balances.c.account_id == bindparam("account"), _balances.c.currency == bindparam("in_currency"))
    .values(
        receivable=_balances.c.receivable + bindparam("more_receivable"),
        customer_credit=_balances.c.customer_credit + bindparam("more_credit"),
        pending=_balances.c.pending + bindparam("more_pending"),
    )
)
_new_month = insert(_months)
_ADD_TO_MONTH = _new_month.on_conflict_do_update(
    index_elements=[_months.c.account_id, _months.c.currency, _months.c.month],
    set_={
        "receivable": _months.c.receivable + _new_month.excluded.receivable,
        "customer_credit": _months.c.customer_credit + _new_month.excluded.customer_credit,
    },
)


_through = totals_through()
_AS_OF = Statement(
    select(_through.c.currency, _through.c.receivable, _through.c.customer_credit).order_by(_through.c.currency)
)
_NOW = Statement(
    select(*columns_of(LedgerBalance, Totals))
    .where(_balances.c.account_id == bindparam("account_id"))
    .order_by(_balances.c.currency)
)

_HISTORY = Listing(
    select(
        *(_entries.c[name] for name in EntryRow.__slots__ if name != "balance_effect"),
        _entries.c.receivable + _entries.c.customer_credit,
    ).where(_entries.c.account_id == bindparam("account_id")),
    filters={
        "kinds": _entries.c.kind == func.any(bindparam("kinds")),
        "date_from": _entries.c.effective_on >= bindparam("date_from"),
        "date_to": _entries.c.effective_on <= bindparam("date_to"),
        "amount_min": _entries.c.amount >= bindparam("amount_min"),
        "amount_max": _entries.c.amount <= bindparam("amount_max"),
        "currency": _entries.c.currency == bindparam("currency"),
        "q": _entries.c.number.ilike(bindparam("q")),
    },
    sorts={
        "date": (_entries.c.effective_on, _entries.c.seq),
        "number": (Natural(_entries.c.number), _entries.c.seq),
        "amount": (_entries.c.amount, _entries.c.seq),
    },
)


class LedgerRepository:
    """The books of one account at a time."""

    def __init__(self, db: Database, reader: Reader) -> None:
        self._db = db
        self._reader = reader

    async def add_entries(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Append entries, in one statement whatever their number."""
        await self._db.session.execute(insert(_entries), entries)

    async def add_to_balance(
        self, account_id: UUID, currency: str, *, receivable: int = 0, customer_credit: int = 0, pending: int = 0
    ) -> None:
        """Move the balance by these amounts; the first document in a currency makes its row.

        Not an upsert: PostgreSQL checks the proposed row first, and a positive customer_credit is refused there.
        """
        moved = await self._db.session.execute(
            _ADD_TO_BALANCE.returning(_balances.c.currency),
            {
                "account": account_id,
                "in_currency": currency,
                "more_receivable": receivable,
                "more_credit": customer_credit,
                "more_pending": pending,
            },
        )
        if moved.scalar_one_or_none() is None:
            await self._db.session.execute(
                insert(_balances),
                {
                    "account_id": account_id,
                    "currency": currency,
                    "receivable": receivable,
                    "customer_credit": customer_credit,
                    "pending": pending,
                },
            )

    async def add_to_months(self, months: Sequence[Mapping[str, Any]]) -> None:
        """Move the totals of months, in one statement; a month stands in the list once."""
        await self._db.session.execute(_ADD_TO_MONTH, months)

    async def totals(self, account_id: UUID) -> list[Totals]:
        """The balances now, by currency."""
        return await self._reader.fetch(_NOW, Totals, account_id=account_id)

    async def totals_as_of(self, account_id: UUID, through: date) -> list[Totals]:
        """The balances at the end of a day, by currency, of what is posted now."""
        return await self._reader.fetch(
            _AS_OF, Totals, account_id=account_id, month=through.replace(day=1), through=through
        )

    async def list_page(
        self,
        account_id: UUID,
        *,
        filters: Mapping[str, Any],
        sort: str,
        after: Sequence[Any] | None,
        limit: int,
    ) -> list[EntryRow]:
        """Up to `limit` entries after a place; filters and sorts as `_HISTORY` names them."""
        return await _HISTORY.fetch(
            self._reader, EntryRow, account_id=account_id, filters=filters, sort=sort, after=after, limit=limit
        )
