"""The SQL of credit memos."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from billing_api.credits.model import CreditMemo, CreditMemoTax
from billing_api.db.base import table_of
from billing_api.db.database import Database

_memos, _taxes = table_of(CreditMemo), table_of(CreditMemoTax)
_ADD = (
    insert(_memos).on_conflict_do_nothing(index_elements=[_memos.c.account_id, _memos.c.number]).returning(_memos.c.id)
)
_LOCK = (
    select(CreditMemo)
    .where(CreditMemo.account_id == bindparam("account_id"), CreditMemo.id == bindparam("id"))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)


class CreditMemoRepository:
    """The credit memos of one account at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, memos: Sequence[Mapping[str, Any]], taxes: Sequence[Mapping[str, Any]]) -> set[UUID]:
        """Write memos whose numbers are free, then, if all were, their taxes; answer which were written."""
        written = set((await self._db.session.execute(_ADD, memos)).scalars())
        if taxes and len(written) == len(memos):
            await self._db.session.execute(insert(_taxes), taxes)
        return written

    async def find_for_update(self, account_id: UUID, credit_memo_id: UUID) -> CreditMemo | None:
        """The row under its lock, or None."""
        return await self._db.session.scalar(_LOCK, {"account_id": account_id, "id": credit_memo_id})
