"""One-time links: the token in a link sets its user's password, once."""

import secrets
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from billing_api.auth.passwords import Passwords, StoredPassword
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.kit.context import act_as
from billing_api.password_resets.errors import ResetTokenError
from billing_api.password_resets.model import Origin, PasswordReset
from billing_api.password_resets.repository import PasswordResetRepository
from billing_api.password_resets.schemas import PasswordResetConfirm
from billing_api.sessions.service import Sessions
from billing_api.users.errors import UserDisabledError
from billing_api.users.service import Users
from billing_api.users.values import LockedUser

TOKEN_PREFIX = "pr_"  # noqa: S105 - for scanners that look for leaked secrets
_TOKEN_BYTES = 32
_KEEP = timedelta(days=1)  # after it expired


class PasswordResets:
    """Tokens of 256 random bits, stored as SHA-256; a user has at most one of each origin that is valid.

    A token is of one version of its user: a change of the password, disabling and enabling end it.
    """

    def __init__(
        self,
        core: Core,
        resets: PasswordResetRepository,
        users: Users,
        sessions: Sessions,
        passwords: Passwords,
        *,
        lifetime: timedelta,
    ) -> None:
        """Take the time for which a token is valid."""
        self.db = core.db
        self._core = core
        self._resets = resets
        self._users = users
        self._sessions = sessions
        self._passwords = passwords
        self._lifetime = lifetime

    async def prune(self) -> int:
        """Remove the tokens that expired some time ago, and return their number."""
        return await self._resets.prune(self._core.clock.now() - _KEEP)

    async def issue(self, user: LockedUser) -> str:
        """Return a new token that the vendor hands over; an earlier one of those is no longer valid.

        Raise UserDisabledError.
        """
        token = f"{TOKEN_PREFIX}{secrets.token_urlsafe(_TOKEN_BYTES)}"
        await self.add(user, token, self._lifetime, "vendor")
        return token

    async def add(self, user: LockedUser, token: str, lifetime: timedelta, origin: Origin) -> None:
        """Make this the user's token; an earlier one of its origin is no longer valid. Raise UserDisabledError.

        A stranger who asks for a mail does not end the vendor's link.
        """
        if user.is_disabled:
            raise UserDisabledError
        now = self._core.clock.now()
        await self._resets.add(
            PasswordReset(
                token_hash=_digest(token),
                user_id=user.id,
                user_version=user.version,
                origin=origin,
                created_at=now,
                expires_at=now + lifetime,
                used_at=None,
            )
        )
        for account_id in await self._users.account_ids(user.id):
            self._core.audit.record(account_id, "password_reset.issued", user.id)

    async def is_valid(self, token: str) -> bool:
        """Return whether the token can still be used, as far as its user's version allows."""
        return await self._resets.find_owner(_digest(token), self._core.clock.now()) is not None

    async def confirm(self, given: PasswordResetConfirm) -> None:
        """Set the password, use the token up and end all sessions of the user.

        Raise ResetTokenError, InvalidInputError for a password that is easy to guess.
        """
        token_hash = _digest(given.token.get_secret_value())
        found = await self._resets.find_owner(token_hash, self._core.clock.now())
        if found is None:
            raise ResetTokenError
        owner = await self._users.find_password_owner(found.user_id)
        if owner is None or owner.is_disabled or owner.version != found.user_version:
            raise ResetTokenError
        password = await self._passwords.accept(given.new_password, pointer="/new_password", own_words=owner.own_words)
        await self._use(token_hash, found.user_id, password)

    @in_transaction
    async def _use(self, token_hash: bytes, user_id: UUID, password: StoredPassword) -> None:
        user = await self._users.lock(user_id)
        if user is None or user.is_disabled or not await self._resets.use(user, token_hash, self._core.clock.now()):
            raise ResetTokenError
        act_as("user", str(user_id))
        await self.set_password(user, password)

    async def set_password(self, user: LockedUser, password: StoredPassword) -> None:
        """Replace the password, whatever it was, and end all sessions of the user."""
        await self._users.set_password(user, password)
        account_ids = await self._users.account_ids(user.id)
        ended = await self._sessions.end_others(user, account_ids, keep=None, reason="password_changed")
        # The event of one account names the user, who gets one mail; a first password is their own news.
        told = {"user_id": str(user.id), "changed_at": self._core.clock.now().isoformat()}
        for place, account_id in enumerate(account_ids):
            self._core.audit.record(account_id, "password.changed", user.id, sessions_ended=ended)
            is_told = place == 0 and user.password_hash is not None
            self._core.events.record(account_id, "password.changed", user.id, **(told if is_told else {}))


def _digest(token: str) -> bytes:
    """Return the digest of a token; 256 random bits need no slow hash."""
    return sha256(token.encode()).digest()
