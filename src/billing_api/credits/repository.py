"""The SQL of credit memos."""

from collections.abc import Sequence
from uuid import UUID

from billing_api.credits.model import CreditMemo, CreditMemoDraft, credit_memo_taxes, credit_memos
from billing_api.db.database import Database
from billing_api.db.statements import Command, arrays_of, insert_many
from billing_api.db.unapplied import UnappliedRepository, UnappliedStatements

_STATEMENTS = UnappliedStatements(credit_memos, CreditMemo)
_ADD_TAXES = Command(insert_many(credit_memo_taxes))


class CreditMemoRepository(UnappliedRepository[CreditMemo]):
    """The credit memos of one account at a time."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, _STATEMENTS)

    async def add(self, drafts: Sequence[CreditMemoDraft]) -> set[UUID]:
        """Insert memos whose numbers are free, then, if all were, their taxes; return the inserted ids."""
        written = await self._add([draft.memo for draft in drafts])
        taxes = [tax for draft in drafts for tax in draft.taxes]
        if taxes and len(written) == len(drafts):
            await self._db.execute(_ADD_TAXES, **arrays_of(taxes))
        return written
