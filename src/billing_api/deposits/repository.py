"""The SQL of deposits."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, select, update

from billing_api.db.database import Database
from billing_api.db.statements import Command, Statement, arrays_of, columns_of, insert_many, parameters
from billing_api.deposits.model import Deposit, deposits

_c = deposits.c
_IS_IT = (_c.account_id == bindparam("account_id"), _c.id == bindparam("id"))
_ADD = Statement(
    insert_many(deposits).on_conflict_do_nothing(index_elements=[_c.account_id, _c.number]).returning(_c.id), UUID
)
_LOCK = Statement(select(*columns_of(deposits, Deposit)).where(*_IS_IT).with_for_update(key_share=True), Deposit)
_UPDATE = Command(update(deposits).where(*_IS_IT).values(**parameters("unapplied"), version=_c.version + 1))


class DepositRepository:
    """The deposits of one account at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, new: Sequence[Deposit]) -> set[UUID]:
        """Insert deposits whose numbers are free, and return the inserted ids."""
        return set(await self._db.fetch(_ADD, **arrays_of(new)))

    async def lock(self, account_id: UUID, deposit_id: UUID) -> Deposit | None:
        """Return the deposit under its lock, or None."""
        return await self._db.fetch_one(_LOCK, account_id=account_id, id=deposit_id)

    async def update(self, deposit: Deposit, *, unapplied: int) -> None:
        """Write what is left of a deposit; its version counts on."""
        await self._db.execute(_UPDATE, account_id=deposit.account_id, id=deposit.id, unapplied=unapplied)
