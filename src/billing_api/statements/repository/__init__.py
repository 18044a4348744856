"""The SQL of statements. The rows of a new one never come into this process, however many they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    insert,
    literal_column,
    null,
    select,
)

from billing_api.accounts.locked import LockedAccount
from billing_api.db.base import each_of
from billing_api.db.database import Database
from billing_api.db.paging import Listing
from billing_api.db.statements import Command, Statement, arrays_of, columns_of, insert_many, values_of
from billing_api.kit.pagination import Rows
from billing_api.statements.model import (
    AccountStatement,
    StatementAddressee,
    StatementBalance,
    StatementLine,
    statement_addressees,
    statement_balances,
    statement_lines,
    statements,
)
from billing_api.statements.repository.rows import (
    ACTIVITY,
    ADD_ACTIVITY,
    ADD_OPEN_ITEMS,
    OPEN_ITEMS,
    OPEN_PARTS,
    Figures,
    OpenParts,
    Period,
)
from billing_api.statements.repository.since import SINCE, Since
from billing_api.statements.schemas import StatementLineQuery, StatementQuery


@dataclass(frozen=True, slots=True)
class PreviousStatement:
    """A statement that another one continues."""

    id: UUID
    number: str
    date_to: date
    as_of_seq: int


_s, _l, _balance, _addressee = statements.c, statement_lines.c, statement_balances.c, statement_addressees.c
_OWN, _STATEMENT = bindparam("account_id", type_=Uuid()), bindparam("statement_id", type_=Uuid())
_ONE = literal_column("1", BigInteger())
_IS_ACTIVITY = _s.kind == literal_column("'activity'", Text())
_ADD_LINES = Command(insert_many(statement_lines))
_ADD, _ADD_BALANCES = Command(insert(statements)), Command(insert_many(statement_balances))
_ADD_ADDRESSEE = Command(insert(statement_addressees))

_before = bindparam("day_before", type_=Date())
_PREVIOUS = Statement(
    select(*columns_of(statements, PreviousStatement))
    .where(_s.account_id == _OWN, _IS_ACTIVITY)
    .order_by(
        # To those who get the mails, a statement that was made in between is unknown.
        and_(bindparam("is_scheduled", type_=Boolean()), _s.scheduled_on.is_not(None)).desc(),
        (_s.date_to == _before).desc(),
        (_s.date_to > _before).desc(),
        case((_s.date_to < _before, _s.date_to), else_=cast(null(), Date())).desc().nulls_last(),
        _s.as_of_seq.desc(),
        _s.id.desc(),
    )
    .limit(_ONE),
    PreviousStatement,
)
_FIND = Statement(
    select(*columns_of(statements, AccountStatement)).where(_s.account_id == _OWN, _s.id == bindparam("id")),
    AccountStatement,
)
_LIST = Listing(
    select(*columns_of(statements, AccountStatement)).where(_s.account_id == bindparam("account_id")),
    AccountStatement,
    StatementQuery,
    columns={"type": _s.kind, "date": _s.date_to},
    sorts=[_s.id],
    unique=_s.id,
    order="-id",
)
_LINES = Listing(
    select(*columns_of(statement_lines, StatementLine)).where(
        _l.account_id == bindparam("account_id"), _l.statement_id == bindparam("statement_id")
    ),
    StatementLine,
    StatementLineQuery,
    columns={"type": _l.kind},
    sorts=[_l.position],
    unique=_l.position,
    order="position",
)
_ALL_LINES = Statement(
    select(*columns_of(statement_lines, StatementLine))
    .where(_l.account_id == _OWN, _l.statement_id == _STATEMENT)
    .order_by(_l.position),
    StatementLine,
)
_of = each_of("statement_ids", Uuid())
_BALANCES = Statement(
    select(*columns_of(statement_balances, StatementBalance))
    .join(_of, _balance.statement_id == _of.c.value)
    .where(_balance.account_id == _OWN)
    .order_by(_balance.statement_id, _balance.place, _balance.currency),
    StatementBalance,
)
_ADDRESSEE = Statement(
    select(*columns_of(statement_addressees, StatementAddressee)).where(
        _addressee.account_id == _OWN, _addressee.statement_id == _STATEMENT
    ),
    StatementAddressee,
)


class StatementRepository:
    """The statements of one account at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, account_id: UUID, statement_id: UUID) -> AccountStatement | None:
        """Return one statement, or None."""
        return await self._db.fetch_one(_FIND, account_id=account_id, id=statement_id)

    async def find_previous(
        self, account: LockedAccount, day_before: date, *, is_scheduled: bool
    ) -> PreviousStatement | None:
        """Return the statement that one beginning on the day after `day_before` continues, or None.

        It is the last one made of those that end on that day; else of those that end later, which overlap; else of
        those that end latest, with days between. A scheduled one continues a scheduled one if there is any.
        """
        return await self._db.fetch_one(
            _PREVIOUS, account_id=account.id, day_before=day_before, is_scheduled=is_scheduled
        )

    async def list_page(self, account_id: UUID, query: StatementQuery) -> Rows[AccountStatement]:
        """Return one page, newest first. Raise BadCursorError."""
        return await _LIST.fetch(self._db, query, account_id=account_id)

    async def list_balances(self, account_id: UUID, statement_ids: Sequence[UUID]) -> list[StatementBalance]:
        """Return the figures of these statements, by statement and currency."""
        return await self._db.fetch(_BALANCES, account_id=account_id, statement_ids=list(statement_ids))

    async def list_lines(self, account_id: UUID, statement_id: UUID, query: StatementLineQuery) -> Rows[StatementLine]:
        """Return one page of a statement's lines. Raise BadCursorError."""
        return await _LINES.fetch(self._db, query, account_id=account_id, statement_id=statement_id)

    async def list_all_lines(self, account_id: UUID, statement_id: UUID) -> list[StatementLine]:
        """Return all lines of a statement, for its paper."""
        return await self._db.fetch(_ALL_LINES, account_id=account_id, statement_id=statement_id)

    async def find_addressee(self, account_id: UUID, statement_id: UUID) -> StatementAddressee | None:
        """Return the customer as the statement is addressed, or None."""
        return await self._db.fetch_one(_ADDRESSEE, account_id=account_id, statement_id=statement_id)

    async def list_activity(self, account: LockedAccount, period: Period) -> list[Figures]:
        """Return the sums of the entries of a period, and of those that adjust earlier ones."""
        return await self._db.fetch(ACTIVITY, account_id=account.id, **values_of(period))

    async def list_open_items(self, account: LockedAccount, on: date) -> list[Figures]:
        """Return the sums of the documents that were open at the end of a day."""
        return await self._db.fetch(OPEN_ITEMS, account_id=account.id, on=on)

    async def list_open_parts(self, account: LockedAccount, on: date) -> list[OpenParts]:
        """Return by currency what is contested and under way now, of invoices that were open on a day."""
        return await self._db.fetch(OPEN_PARTS, account_id=account.id, on=on)

    async def list_since(self, account: LockedAccount, on: date, today: date) -> list[Since]:
        """Return by currency what was paid or credited after a day and until today, and what is reserved."""
        return await self._db.fetch(SINCE, account_id=account.id, on=on, today=today)

    async def add(
        self,
        statement: AccountStatement,
        balances: Sequence[StatementBalance],
        addressee: StatementAddressee,
    ) -> None:
        """Insert a statement with its figures and its addressee."""
        await self._db.execute(_ADD, **values_of(statement))
        await self._db.execute(_ADD_BALANCES, **arrays_of(balances))
        await self._db.execute(_ADD_ADDRESSEE, **values_of(addressee))

    async def add_lines(self, lines: Sequence[StatementLine]) -> None:
        """Insert the lines of a summary."""
        if lines:
            await self._db.execute(_ADD_LINES, **arrays_of(lines))

    async def add_activity(self, statement: AccountStatement, period: Period, openings: Mapping[str, int]) -> None:
        """Insert a line for each entry, with the balance after it, which begins with the currency's opening one.

        They stand in the order of these currencies.
        """
        await self._db.execute(
            ADD_ACTIVITY,
            account_id=statement.account_id,
            statement_id=statement.id,
            codes=list(openings),
            openings=list(openings.values()),
            places=list(range(len(openings))),
            **values_of(period),
        )

    async def add_open_items(self, statement: AccountStatement, currencies: Sequence[str]) -> None:
        """Insert a line for each document that was open, with their sum so far, in the order of these currencies."""
        await self._db.execute(
            ADD_OPEN_ITEMS,
            account_id=statement.account_id,
            statement_id=statement.id,
            codes=list(currencies),
            openings=[0] * len(currencies),
            places=list(range(len(currencies))),
            on=statement.date_to,
        )
