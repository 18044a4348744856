"""The SQL of one-time password tokens."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select, update

from billing_api.db.database import Database
from billing_api.db.reader import Reader, Statement
from billing_api.password_resets.model import PasswordReset

_OWNER = Statement(
    select(PasswordReset.person_id, PasswordReset.person_version).where(
        PasswordReset.token_hash == bindparam("token_hash"),
        PasswordReset.used_at.is_(None),
        PasswordReset.expires_at > bindparam("now"),
    )
)


@dataclass(frozen=True, slots=True)
class Owner:
    """A token's person, and the version of the person that it was issued for."""

    person_id: UUID
    person_version: int | None


class PasswordResetRepository:
    """Tokens by their digest: the token itself is stored nowhere."""

    def __init__(self, db: Database, reader: Reader) -> None:
        self._db = db
        self._reader = reader

    async def find_owner(self, token_hash: bytes, now: datetime) -> Owner | None:
        """Return the person whose unused token this is, read outside a transaction."""
        return await self._reader.fetch_one(_OWNER, Owner, token_hash=token_hash, now=now)

    async def add(self, reset: PasswordReset) -> None:
        """Write a new token; those that the person had before are used up."""
        await self._db.session.execute(
            update(PasswordReset)
            .where(PasswordReset.person_id == reset.person_id, PasswordReset.used_at.is_(None))
            .values(used_at=reset.created_at)
        )
        self._db.session.add(reset)
        await self._db.session.flush()

    async def use(self, token_hash: bytes, person_version: int, now: datetime) -> bool:
        """Use the token up, if it is of this version; of many requests at once exactly one returns True."""
        used = await self._db.session.scalar(
            update(PasswordReset)
            .where(
                PasswordReset.token_hash == token_hash,
                PasswordReset.person_version == person_version,
                PasswordReset.used_at.is_(None),
                PasswordReset.expires_at > now,
            )
            .values(used_at=now)
            .returning(PasswordReset.person_id)
        )
        return used is not None
