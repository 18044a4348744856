"""The SQL of deposits."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import BigInteger, Uuid, bindparam, update

from billing_api.db.base import rows_of
from billing_api.db.database import Database
from billing_api.db.statements import Command, Statement, arrays_of, insert_many, parameters, select_by_ids
from billing_api.deposits.model import Deposit, deposits
from billing_api.invoices.values import Move

_c = deposits.c
_ADD = Statement(
    insert_many(deposits).on_conflict_do_nothing(index_elements=[_c.account_id, _c.number]).returning(_c.id), UUID
)
_LOCK = Statement(select_by_ids(deposits, Deposit).with_for_update(key_share=True), Deposit)
_UPDATE = Command(
    update(deposits)
    .where(_c.account_id == bindparam("account_id"), _c.id == bindparam("id"))
    .values(**parameters("unapplied"), version=_c.version + 1)
)
_moves = rows_of("moves", account_id=Uuid(), id=Uuid(), unapplied=BigInteger(), reserved=BigInteger())
_MOVE = Command(
    update(deposits)
    .where(_c.account_id == _moves.c.account_id, _c.id == _moves.c.id)
    .values(
        unapplied=_c.unapplied + _moves.c.unapplied,
        reserved=_c.reserved + _moves.c.reserved,
        version=_c.version + 1,
    )
)


class DepositRepository:
    """The deposits of one account at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, new: Sequence[Deposit]) -> set[UUID]:
        """Insert deposits whose numbers are free, and return the inserted ids."""
        return set(await self._db.fetch(_ADD, **arrays_of(new)))

    async def lock(self, account_id: UUID, ids: Collection[UUID]) -> list[Deposit]:
        """Return those of the deposits that exist, under their locks, taken in the order of their ids."""
        return await self._db.fetch(_LOCK, account_id=account_id, ids=sorted(ids))

    async def update_all(self, account_id: UUID, unapplied: Mapping[UUID, int]) -> None:
        """Write the amounts that are left of deposits, in one round trip; their versions count on."""
        rows = [{"account_id": account_id, "id": one, "unapplied": left} for one, left in unapplied.items()]
        await self._db.execute_many(_UPDATE, rows)

    def update_at_end(self, account_id: UUID, moves: Mapping[UUID, Move]) -> None:
        """Have the amounts that are left and reserved moved at the transaction's end; versions count on."""
        self._db.append(
            _MOVE,
            account_ids=[account_id] * len(moves),
            ids=list(moves),
            unapplieds=[move.unapplied for move in moves.values()],
            reserveds=[move.reserved for move in moves.values()],
        )
