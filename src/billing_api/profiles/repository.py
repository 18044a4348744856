"""The SQL of profiles."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from billing_api.db.database import Database
from billing_api.db.reader import Reader, Statement, columns_of
from billing_api.profiles.model import Profile


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A profile's own columns."""

    account_id: UUID
    company_name: str
    contact_name: str | None
    phone: str | None
    phone_extension: str | None
    email: str | None
    locale: str
    updated_at: datetime
    version: int


_ONE = Statement(select(*columns_of(Profile, ProfileRow)).where(Profile.account_id == bindparam("account_id")))


class ProfileRepository:
    """One profile for each account."""

    def __init__(self, db: Database, reader: Reader) -> None:
        self._db = db
        self._reader = reader

    async def find(self, account_id: UUID) -> ProfileRow | None:
        """The profile, or None."""
        return await self._reader.fetch_one(_ONE, ProfileRow, account_id=account_id)

    async def find_for_update(self, account_id: UUID) -> Profile | None:
        """The row under its lock, or None."""
        return await self._db.session.scalar(select(Profile).where(Profile.account_id == account_id).with_for_update())

    async def add(self, profile: Profile) -> None:
        """Write a new profile."""
        self._db.session.add(profile)
        await self._db.session.flush()
