"""The SQL of one-time password tokens."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, insert, or_, select, update

from billing_api.db.database import Database
from billing_api.db.pruning import delete_some, prune
from billing_api.db.statements import Command, Statement, columns_of, parameters, values_of
from billing_api.password_resets.model import PasswordReset, password_resets
from billing_api.users.values import LockedUser


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """A token's user, and the version of the user that it was issued for."""

    user_id: UUID
    user_version: int | None


_token = password_resets.c
_is_unused = (_token.used_at.is_(None), _token.expires_at > bindparam("now"))
_FIND_OWNER = Statement(
    select(*columns_of(password_resets, TokenOwner)).where(_token.token_hash == bindparam("token_hash"), *_is_unused),
    TokenOwner,
)
_ADD = Command(insert(password_resets))
_USE_EARLIER = Command(
    update(password_resets)
    .where(
        _token.user_id == bindparam("of_user"),
        _token.used_at.is_(None),
        or_(_token.origin == bindparam("of_origin"), _token.origin.is_(None)),
    )
    .values(**parameters("used_at"))
)
_USE = Command(
    update(password_resets)
    .where(_token.token_hash == bindparam("token_hash"), _token.user_version == bindparam("of_version"), *_is_unused)
    .values(**parameters("used_at"))
)
_REMOVE = delete_some(password_resets, _token.expires_at <= bindparam("before"))


class PasswordResetRepository:
    """Tokens by their digest: the token itself is stored nowhere."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find_owner(self, token_hash: bytes, now: datetime) -> TokenOwner | None:
        """Return the user of an unused token, or None."""
        return await self._db.fetch_one(_FIND_OWNER, token_hash=token_hash, now=now)

    async def add(self, reset: PasswordReset) -> None:
        """Insert a token; the earlier ones of its user and origin are used up."""
        await self._db.execute(_USE_EARLIER, of_user=reset.user_id, of_origin=reset.origin, used_at=reset.created_at)
        await self._db.execute(_ADD, **values_of(reset))

    async def use(self, user: LockedUser, token_hash: bytes, now: datetime) -> bool:
        """Use the token up if it is of the user's version; of many requests at once exactly one returns True."""
        used = await self._db.execute(_USE, token_hash=token_hash, of_version=user.version, now=now, used_at=now)
        return used == 1

    async def prune(self, before: datetime) -> int:
        """Remove the tokens that expired before, and return their number."""
        return await prune(self._db, lambda limit: self._db.execute(_REMOVE, before=before, limit=limit))
