"""The SQL of write-offs."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, bindparam, select, update

from billing_api.db.database import Database
from billing_api.db.paging import Listing
from billing_api.db.statements import Command, Statement, arrays_of, columns_of, insert_many, parameters
from billing_api.kit.pagination import Rows
from billing_api.write_offs.model import WriteOff, write_offs
from billing_api.write_offs.schemas import WriteOffQuery

_c = write_offs.c
_OWN = _c.account_id == bindparam("account_id")
_THIS = and_(_OWN, _c.id == bindparam("id"))
_WRITE_OFF = select(*columns_of(write_offs, WriteOff))
_FIND = Statement(_WRITE_OFF.where(_THIS), WriteOff)
_LIST = Listing(_WRITE_OFF.where(_OWN), WriteOff, WriteOffQuery, sorts=[_c.id], unique=_c.id, order="-id")
_LIST_STANDING = Statement(
    _WRITE_OFF.where(_OWN, _c.invoice_id == bindparam("invoice_id"), _c.reversed_on.is_(None)).order_by(_c.id), WriteOff
)
_ADD = Command(insert_many(write_offs))
_UPDATE = Command(update(write_offs).where(_THIS).values(**parameters("reversed_on", "reversal_reason", "updated_at")))


class WriteOffRepository:
    """The write-offs of one account at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, account_id: UUID, write_off_id: UUID) -> WriteOff | None:
        """Return one write-off, or None."""
        return await self._db.fetch_one(_FIND, account_id=account_id, id=write_off_id)

    async def list_page(self, account_id: UUID, query: WriteOffQuery) -> Rows[WriteOff]:
        """Return one page, newest first. Raise BadCursorError."""
        return await _LIST.fetch(self._db, query, account_id=account_id)

    async def list_standing(self, account_id: UUID, invoice_id: UUID) -> list[WriteOff]:
        """Return the write-offs of an invoice that are not undone, the oldest first."""
        return await self._db.fetch(_LIST_STANDING, account_id=account_id, invoice_id=invoice_id)

    async def add(self, new: Sequence[WriteOff]) -> set[UUID]:
        """Insert write-offs, and return their ids."""
        await self._db.execute(_ADD, **arrays_of(new))
        return {one.id for one in new}

    async def update(self, write_off: WriteOff) -> None:
        """Write the day on which a write-off was undone, and why."""
        await self._db.execute(
            _UPDATE,
            account_id=write_off.account_id,
            id=write_off.id,
            reversed_on=write_off.reversed_on,
            reversal_reason=write_off.reversal_reason,
            updated_at=write_off.updated_at,
        )
