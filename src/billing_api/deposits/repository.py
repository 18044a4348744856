"""The SQL of deposits."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from billing_api.db.base import table_of
from billing_api.db.database import Database
from billing_api.deposits.model import Deposit

_deposits = table_of(Deposit)
_ADD = (
    insert(_deposits)
    .on_conflict_do_nothing(index_elements=[_deposits.c.account_id, _deposits.c.number])
    .returning(_deposits.c.id)
)
_LOCK = (
    select(Deposit)
    .where(Deposit.account_id == bindparam("account_id"), Deposit.id == bindparam("id"))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)


class DepositRepository:
    """The deposits of one account at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, deposits: Sequence[Mapping[str, Any]]) -> set[UUID]:
        """Write deposits whose numbers are free, and answer which were written."""
        return set((await self._db.session.execute(_ADD, deposits)).scalars())

    async def find_for_update(self, account_id: UUID, deposit_id: UUID) -> Deposit | None:
        """The row under its lock, or None."""
        return await self._db.session.scalar(_LOCK, {"account_id": account_id, "id": deposit_id})
