"""The SQL of credit memos."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, select, update

from billing_api.credits.model import CreditMemo, CreditMemoDraft, credit_memo_taxes, credit_memos
from billing_api.db.database import Database
from billing_api.db.statements import Command, Statement, arrays_of, columns_of, insert_many, parameters

_c = credit_memos.c
_IS_IT = (_c.account_id == bindparam("account_id"), _c.id == bindparam("id"))
_ADD = Statement(
    insert_many(credit_memos).on_conflict_do_nothing(index_elements=[_c.account_id, _c.number]).returning(_c.id), UUID
)
_ADD_TAXES = Command(insert_many(credit_memo_taxes))
_LOCK = Statement(
    select(*columns_of(credit_memos, CreditMemo)).where(*_IS_IT).with_for_update(key_share=True), CreditMemo
)
_UPDATE = Command(update(credit_memos).where(*_IS_IT).values(**parameters("unapplied"), version=_c.version + 1))


class CreditMemoRepository:
    """The credit memos of one account at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, drafts: Sequence[CreditMemoDraft]) -> set[UUID]:
        """Insert memos whose numbers are free, then, if all were, their taxes; return the inserted ids."""
        written = set(await self._db.fetch(_ADD, **arrays_of([draft.memo for draft in drafts])))
        taxes = [tax for draft in drafts for tax in draft.taxes]
        if taxes and len(written) == len(drafts):
            await self._db.execute(_ADD_TAXES, **arrays_of(taxes))
        return written

    async def lock(self, account_id: UUID, credit_memo_id: UUID) -> CreditMemo | None:
        """Return the memo under its lock, or None."""
        return await self._db.fetch_one(_LOCK, account_id=account_id, id=credit_memo_id)

    async def update(self, memo: CreditMemo, *, unapplied: int) -> None:
        """Write what is left of a memo; its version counts on."""
        await self._db.execute(_UPDATE, account_id=memo.account_id, id=memo.id, unapplied=unapplied)
