"""One-time links: whoever holds the token sets the person's password, once."""

import secrets
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from billing_api.audit.service import AuditLog
from billing_api.auth.passwords import Passwords, StoredPassword
from billing_api.db.database import Database, in_transaction
from billing_api.events.service import Outbox
from billing_api.kit.clock import Clock
from billing_api.kit.context import act_as
from billing_api.password_resets.errors import ResetTokenError
from billing_api.password_resets.model import PasswordReset
from billing_api.password_resets.repository import PasswordResetRepository
from billing_api.password_resets.schemas import PasswordResetConfirm
from billing_api.sessions.service import Sessions
from billing_api.users.errors import PersonDisabledError
from billing_api.users.service import People

_TOKEN_BYTES = 32


class PasswordResets:
    """Tokens of 256 random bits, stored as SHA-256; a person has at most one that is valid.

    A token names the person's version: what changes the password, disables or enables the person ends it.
    """

    def __init__(
        self,
        db: Database,
        resets: PasswordResetRepository,
        people: People,
        sessions: Sessions,
        *,
        passwords: Passwords,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
        lifetime: timedelta,
    ) -> None:
        """`lifetime` is how long a token is valid."""
        self.db = db
        self._resets = resets
        self._people = people
        self._sessions = sessions
        self._passwords = passwords
        self._audit = audit
        self._outbox = outbox
        self._clock = clock
        self._lifetime = lifetime

    async def issue_in(self, person_id: UUID) -> str:
        """Return a new token of the person; an earlier one is no longer valid. Raise PersonDisabledError."""
        version = await self._people.lock_version_in(person_id)
        if version is None:
            raise PersonDisabledError
        token = f"pr_{secrets.token_urlsafe(_TOKEN_BYTES)}"  # the prefix is for scanners that look for leaked secrets
        now = self._clock.now()
        await self._resets.add(
            PasswordReset(
                token_hash=_digest(token),
                person_id=person_id,
                person_version=version,
                created_at=now,
                expires_at=now + self._lifetime,
                used_at=None,
            )
        )
        for account_id in await self._people.account_ids_in(person_id):
            await self._audit.record_in(account_id, "password_reset.issued", person_id)
        return token

    async def confirm(self, given: PasswordResetConfirm) -> None:
        """Set the password, use the token up and end all sessions of the person.

        Raise ResetTokenError, InvalidInputError for a password that is easy to guess.
        """
        token_hash = _digest(given.token.get_secret_value())
        owner = await self._resets.find_owner(token_hash, self._clock.now())
        identity = await self._people.find_identity(owner.person_id) if owner is not None else None
        if owner is None or identity is None or identity.is_disabled or identity.version != owner.person_version:
            raise ResetTokenError
        password = await self._passwords.accept(
            given.new_password, pointer="/new_password", own_words=identity.own_words
        )
        await self._set(token_hash, owner.person_id, password)

    @in_transaction
    async def _set(self, token_hash: bytes, person_id: UUID, password: StoredPassword) -> None:
        version = await self._people.lock_version_in(person_id)  # the person before the token, as `issue_in` does
        if version is None or not await self._resets.use(token_hash, version, self._clock.now()):
            raise ResetTokenError
        act_as("person", str(person_id))
        await self.set_password_in(person_id, password)

    async def set_password_in(self, person_id: UUID, password: StoredPassword) -> None:
        """Replace the password, whatever it was, and end all sessions of the person."""
        await self._people.set_password_in(person_id, password)
        ended = await self._sessions.end_others_in(person_id, keep=None, reason="password_changed")
        for account_id in await self._people.account_ids_in(person_id):
            await self._audit.record_in(account_id, "password.changed", person_id, sessions_ended=ended)
            await self._outbox.record_in(account_id, "password.changed", person_id)


def _digest(token: str) -> bytes:
    """A token of 256 random bits needs no slow hash."""
    return sha256(token.encode(errors="replace")).digest()
