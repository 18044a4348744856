"""The SQL of profiles."""

from uuid import UUID

from sqlalchemy import bindparam, insert, select, update

from billing_api.accounts.model import accounts
from billing_api.db.database import Database
from billing_api.db.statements import Command, Statement, columns_of, parameters, values_of
from billing_api.profiles.model import Profile, ProfileDetail, profiles

_PROFILE = columns_of(profiles, Profile)
_OWN = profiles.c.account_id == bindparam("account_id")
_OF_ACCOUNT = ("currency", "net_days", "discount_basis_points", "discount_days", "discount_includes_tax")
_FIND = Statement(
    select(*_PROFILE, *(accounts.c[name] for name in _OF_ACCOUNT))
    .join(accounts, accounts.c.id == profiles.c.account_id)
    .where(_OWN),
    ProfileDetail,
)
_LOCK = Statement(select(*_PROFILE).where(_OWN).with_for_update(), Profile)
_ADD = Command(insert(profiles))
_UPDATE = Command(
    update(profiles).where(_OWN).values(**parameters(*(c.name for c in _PROFILE if c.name != "account_id")))
)


class ProfileRepository:
    """One profile for each account."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, account_id: UUID) -> ProfileDetail | None:
        """Return the profile with its account's terms, or None."""
        return await self._db.fetch_one(_FIND, account_id=account_id)

    async def lock(self, account_id: UUID) -> Profile | None:
        """Return the profile under its lock, or None."""
        await self._db.take_turn(account_id)  # an import holds the account's lock and the profile's together
        return await self._db.fetch_one(_LOCK, account_id=account_id)

    async def add(self, profile: Profile) -> None:
        """Insert a profile."""
        await self._db.execute(_ADD, **values_of(profile))

    async def update(self, profile: Profile) -> None:
        """Write a profile's changed values."""
        await self._db.execute(_UPDATE, **values_of(profile))
