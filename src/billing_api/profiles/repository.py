"""The SQL of profiles."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from billing_api.accounts.model import accounts
from billing_api.db.database import Database
from billing_api.db.statements import Command, Statement, columns_of, parameters, values_of
from billing_api.profiles.model import EmailChange, Profile, ProfileDetail, email_changes, profiles

_PROFILE = columns_of(profiles, Profile)
_OWN = profiles.c.account_id == bindparam("account_id")
_OF_ACCOUNT = ("currency", "net_days", "discount_basis_points", "discount_days", "discount_includes_tax")
_change = email_changes.c
_FIND = Statement(
    select(
        *_PROFILE,
        *(accounts.c[name] for name in _OF_ACCOUNT),
        _change.email.label("pending_email"),
        _change.requested_at.label("pending_requested_at"),
        _change.expires_at.label("pending_expires_at"),
    )
    .join(accounts, accounts.c.id == profiles.c.account_id)
    .outerjoin(email_changes, _change.account_id == profiles.c.account_id)
    .where(_OWN),
    ProfileDetail,
)
_LOCK = Statement(select(*_PROFILE).where(_OWN).with_for_update(), Profile)
_ADD = Command(insert(profiles))
_UPDATE = Command(
    update(profiles).where(_OWN).values(**parameters(*(c.name for c in _PROFILE if c.name != "account_id")))
)

_OWN_CHANGE = _change.account_id == bindparam("account_id")
_FIND_CHANGE = Statement(select(*columns_of(email_changes, EmailChange)).where(_OWN_CHANGE), EmailChange)
_LIST_EXPIRED = Statement(
    select(_change.account_id).where(_change.expires_at <= bindparam("now")).limit(bindparam("limit")), UUID
)
_new = insert(email_changes)
_SAVE_CHANGE = Command(
    _new.on_conflict_do_update(
        index_elements=["account_id"],
        set_={name: _new.excluded[name] for name in ("id", "email", "token_hash", "requested_at", "expires_at")},
    )
)
_UPDATE_CHANGE = Command(update(email_changes).where(_OWN_CHANGE).values(**parameters("token_hash")))
_REMOVE_CHANGE = Command(delete(email_changes).where(_OWN_CHANGE))


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

    async def find_email_change(self, account_id: UUID) -> EmailChange | None:
        """Return the address that waits to be confirmed, or None; the profile's lock orders its changes."""
        return await self._db.fetch_one(_FIND_CHANGE, account_id=account_id)

    async def list_expired(self, now: datetime, *, limit: int) -> list[UUID]:
        """Return accounts whose new address was not confirmed in time."""
        return await self._db.fetch(_LIST_EXPIRED, now=now, limit=limit)

    async def save_email_change(self, change: EmailChange) -> None:
        """Insert the address that waits to be confirmed, in place of an earlier one."""
        await self._db.execute(_SAVE_CHANGE, **values_of(change))

    async def update_email_change(self, change: EmailChange) -> None:
        """Write the digest of the token."""
        await self._db.execute(_UPDATE_CHANGE, account_id=change.account_id, token_hash=change.token_hash)

    async def remove_email_change(self, account_id: UUID) -> None:
        """Delete the address that waits to be confirmed."""
        await self._db.execute(_REMOVE_CHANGE, account_id=account_id)
