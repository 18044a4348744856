"""The SQL of the books: entries, balances and monthly totals."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    ColumnElement,
    Date,
    Uuid,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from billing_api.accounts.locked import LockedAccount
from billing_api.db.base import rows_of
from billing_api.db.database import Database
from billing_api.db.statements import Command, Statement, columns_of
from billing_api.ledger.model import (
    LedgerEntry,
    ledger_balances,
    ledger_entries,
    ledger_months,
    totals_through,
)
from billing_api.ledger.values import Totals

_MONTH: ColumnElement[str] = literal_column("'month'")
# An entry's columns but the account's, which is the same for all.
_GIVEN = [column.name for column in ledger_entries.c if column.name != "account_id"]
_OWN = bindparam("account_id", type_=Uuid())
_ZERO = literal_column("0", BigInteger())
_PENDING = bindparam("pending", type_=BigInteger())


def _post_command() -> Command:
    """Return the one statement that appends entries, and moves balances and monthly totals by their sums.

    The first entry in a currency inserts its balance. That is no upsert: PostgreSQL checks the proposed row first, and
    refuses a positive customer_credit there.
    """
    given = rows_of("given", **{name: ledger_entries.c[name].type for name in _GIVEN})
    posted = (
        insert(ledger_entries)
        .from_select(["account_id", *_GIVEN], select(_OWN, *given.c))
        .returning(
            ledger_entries.c.currency,
            cast(func.date_trunc(_MONTH, cast(ledger_entries.c.effective_on, TIMESTAMP())), Date()).label("month"),
            ledger_entries.c.receivable,
            ledger_entries.c.customer_credit,
        )
        .cte("posted")
    )
    sums = [_sum(posted.c.receivable).label("receivable"), _sum(posted.c.customer_credit).label("customer_credit")]
    new_months = insert(ledger_months).from_select(
        ["account_id", "currency", "month", "receivable", "customer_credit"],
        select(_OWN, posted.c.currency, posted.c.month, *sums).group_by(posted.c.currency, posted.c.month),
    )
    months = new_months.on_conflict_do_update(
        index_elements=[ledger_months.c.account_id, ledger_months.c.currency, ledger_months.c.month],
        set_={name: ledger_months.c[name] + new_months.excluded[name] for name in ("receivable", "customer_credit")},
    ).cte("months")
    moved = select(posted.c.currency, *sums).group_by(posted.c.currency).cte("moved")
    balances = (
        update(ledger_balances)
        .where(ledger_balances.c.account_id == _OWN, ledger_balances.c.currency == moved.c.currency)
        .values(
            receivable=ledger_balances.c.receivable + moved.c.receivable,
            customer_credit=ledger_balances.c.customer_credit + moved.c.customer_credit,
            pending=ledger_balances.c.pending + _PENDING,
        )
        .returning(ledger_balances.c.currency)
        .cte("balances")
    )
    first = moved.c.currency.not_in(select(balances.c.currency))
    return Command(
        insert(ledger_balances).from_select(
            ["account_id", "currency", "receivable", "customer_credit", "pending"],
            select(_OWN, *moved.c, _PENDING).where(first).add_cte(months),
        )
    )


def _sum(amounts: ColumnElement[int]) -> ColumnElement[int]:
    return func.sum(amounts).cast(BigInteger())


# Its CTEs: `posted` inserts the `given` entries, `months` moves the monthly totals, `moved` has the sums by currency,
# and `balances` moves the balances that exist. The statement itself inserts those that do not.
_POST = _post_command()
_RELEASE = Command(
    update(ledger_balances)
    .where(ledger_balances.c.account_id == _OWN, ledger_balances.c.currency == bindparam("of_currency"))
    .values(pending=ledger_balances.c.pending - _PENDING)
)
_reserved = insert(ledger_balances).values(
    account_id=_OWN, currency=bindparam("of_currency"), receivable=_ZERO, customer_credit=_ZERO, pending=_PENDING
)
# An upsert is good here: nothing of the proposed row is out of bounds.
_RESERVE = Command(
    _reserved.on_conflict_do_update(
        index_elements=[ledger_balances.c.account_id, ledger_balances.c.currency],
        set_={"pending": ledger_balances.c.pending + _reserved.excluded.pending},
    )
)
_through = totals_through()
_AS_OF = Statement(
    select(_through.c.currency, _through.c.receivable, _through.c.customer_credit).order_by(_through.c.currency), Totals
)
_NOW = Statement(
    select(*columns_of(ledger_balances, Totals))
    .where(ledger_balances.c.account_id == _OWN)
    .order_by(ledger_balances.c.currency),
    Totals,
)
_LAST_SEQ = Statement(
    select(func.coalesce(func.max(ledger_entries.c.seq), 0)).where(ledger_entries.c.account_id == _OWN), int
)


class LedgerRepository:
    """The books of one account at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, account_id: UUID, entries: Sequence[LedgerEntry], *, pending_change: int) -> None:
        """Append an account's entries, and move balances and months with them.

        `pending_change` is added to the reserved amount of each balance.
        """
        arrays = {f"{name}s": [getattr(entry, name) for entry in entries] for name in _GIVEN}
        await self._db.execute(_POST, account_id=account_id, pending=pending_change, **arrays)

    def reserve(self, account_id: UUID, currency: str, amount: int) -> None:
        """Have the reserved amount of a balance raised at the transaction's end; the first one makes its row."""
        self._db.append(_RESERVE, account_id=account_id, of_currency=currency, pending=amount)

    async def release(self, account_id: UUID, currency: str, amount: int) -> None:
        """Lower the reserved amount of a balance."""
        await self._db.execute(_RELEASE, account_id=account_id, of_currency=currency, pending=amount)

    async def last_seq(self, account: LockedAccount) -> int:
        """Return the number of the account's last entry, or 0."""
        return await self._db.fetch_one(_LAST_SEQ, account_id=account.id) or 0

    async def totals(self, account_id: UUID) -> list[Totals]:
        """Return the balances now, by currency."""
        return await self._db.fetch(_NOW, account_id=account_id)

    async def totals_as_of(self, account_id: UUID, through: date) -> list[Totals]:
        """Return the balances at the end of a day, by currency, of all that is posted now."""
        return await self._db.fetch(_AS_OF, account_id=account_id, month=through.replace(day=1), through=through)
