"""The SQL of the letterheads of statements."""

from sqlalchemy import Text, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from billing_api.db.database import Database
from billing_api.db.statements import Command, Statement, columns_of, values_of
from billing_api.statements.model import StoredLetterhead, statement_letterheads

_FIND = Statement(
    select(*columns_of(statement_letterheads, StoredLetterhead)).where(
        statement_letterheads.c.digest == bindparam("digest", type_=Text())
    ),
    StoredLetterhead,
)
_ADD = Command(insert(statement_letterheads).on_conflict_do_nothing(index_elements=["digest"]))


class LetterheadRepository:
    """The letterheads that statements were made with."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, digest: str) -> StoredLetterhead | None:
        """Return the letterhead with this digest, or None."""
        return await self._db.fetch_one(_FIND, digest=digest)

    async def add(self, letterhead: StoredLetterhead) -> None:
        """Insert a letterhead, unless it is there."""
        await self._db.execute(_ADD, **values_of(letterhead))
