"""Tables whose rows have an amount that is left of them: the SQL that credit memos and deposits share."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, Table, Uuid, bindparam, update

from billing_api.db.base import rows_of
from billing_api.db.database import Database
from billing_api.db.statements import Command, Statement, arrays_of, insert_many, parameters, select_by_ids

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class Move:
    """The changes of a row: of the amount that is left, and of the part of it that is reserved; in minor units."""

    unapplied: int
    reserved: int


class UnappliedStatements(Generic[RowT]):
    """The statements of one such table, with the columns `number`, `unapplied`, `reserved` and `version`."""

    def __init__(self, table: Table, row: type[RowT]) -> None:
        c = table.c
        moves = rows_of("moves", account_id=Uuid(), id=Uuid(), unapplied=BigInteger(), reserved=BigInteger())
        self.add = Statement(
            insert_many(table).on_conflict_do_nothing(index_elements=[c.account_id, c.number]).returning(c.id), UUID
        )
        self.lock = Statement(select_by_ids(table, row).with_for_update(key_share=True), row)
        self.update = Command(
            update(table)
            .where(c.account_id == bindparam("account_id"), c.id == bindparam("id"))
            .values(**parameters("unapplied"), version=c.version + 1)
        )
        self.move = Command(
            update(table)
            .where(c.account_id == moves.c.account_id, c.id == moves.c.id)
            .values(
                unapplied=c.unapplied + moves.c.unapplied,
                reserved=c.reserved + moves.c.reserved,
                version=c.version + 1,
            )
        )


class UnappliedRepository(Generic[RowT]):
    """The rows of one such table, of one account at a time."""

    def __init__(self, db: Database, statements: UnappliedStatements[RowT]) -> None:
        self._db = db
        self._statements = statements

    async def lock(self, account_id: UUID, ids: Collection[UUID]) -> list[RowT]:
        """Return those of the rows that exist, under their locks, taken in the order of their ids."""
        return await self._db.fetch(self._statements.lock, account_id=account_id, ids=sorted(ids))

    async def update_all(self, account_id: UUID, unapplied: Mapping[UUID, int]) -> None:
        """Write the amounts that are left, in one round trip; versions count on."""
        rows = [{"account_id": account_id, "id": one, "unapplied": left} for one, left in unapplied.items()]
        await self._db.execute_many(self._statements.update, rows)

    def update_at_end(self, account_id: UUID, moves: Mapping[UUID, Move]) -> None:
        """Have the amounts that are left and reserved moved at the transaction's end; versions count on."""
        self._db.append(
            self._statements.move,
            account_ids=[account_id] * len(moves),
            ids=list(moves),
            unapplieds=[move.unapplied for move in moves.values()],
            reserveds=[move.reserved for move in moves.values()],
        )

    async def _add(self, rows: Sequence[RowT]) -> set[UUID]:
        """Insert rows whose numbers are free, and return the inserted ids."""
        return set(await self._db.fetch(self._statements.add, **arrays_of(rows)))
