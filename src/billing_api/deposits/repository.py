"""The SQL of deposits."""

from collections.abc import Sequence
from uuid import UUID

from billing_api.db.database import Database
from billing_api.db.unapplied import UnappliedRepository, UnappliedStatements
from billing_api.deposits.model import Deposit, deposits

_STATEMENTS = UnappliedStatements(deposits, Deposit)


class DepositRepository(UnappliedRepository[Deposit]):
    """The deposits of one account at a time."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, _STATEMENTS)

    async def add(self, new: Sequence[Deposit]) -> set[UUID]:
        """Insert deposits whose numbers are free, and return the inserted ids."""
        return await self._add(new)
