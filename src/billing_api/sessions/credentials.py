"""Signing in and setting a new password: both need the present one."""

from dataclasses import dataclass, field
from uuid import UUID

from billing_api.auth.caller import Caller
from billing_api.auth.devices import Devices
from billing_api.auth.passwords import Passwords, StoredPassword
from billing_api.auth.throttle import SignInThrottle
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.kit.context import acting
from billing_api.kit.metrics import SIGN_INS
from billing_api.sessions.errors import WrongCredentialsError, WrongPasswordError
from billing_api.sessions.schemas import PasswordChange, SessionCreate
from billing_api.sessions.service import Grant, Sessions
from billing_api.users.service import Users
from billing_api.users.values import Member, UserCredentials


@dataclass(frozen=True, slots=True)
class SignIn:
    """The result of a sign-in: the session's tokens, and the token that makes its device known at the next one."""

    grant: Grant
    device_token: str = field(repr=False)


class Credentials:
    """Check passwords between two transactions, never inside one: a hash takes longer than both."""

    def __init__(
        self,
        core: Core,
        sessions: Sessions,
        users: Users,
        *,
        passwords: Passwords,
        throttle: SignInThrottle,
        devices: Devices,
    ) -> None:
        self.db = core.db
        self._core = core
        self._sessions = sessions
        self._users = users
        self._passwords = passwords
        self._throttle = throttle
        self._devices = devices

    async def sign_in(self, given: SessionCreate, device_token: str | None, user_agent: str | None) -> SignIn:
        """Enter the account that the user entered last.

        Known, unknown and disabled addresses cost the same: one lookup, one hash.
        Raise WrongCredentialsError, TooManyTriesError.
        """
        found = await self._users.find_credentials(given.email)
        known_device = self._known_device(given, found, device_token)
        async with self._throttle.attempt(given.email, acting().ip, known_device, failure=WrongCredentialsError):
            stored = None if found is None or found.is_disabled else found.password_hash
            verified = await self._passwords.verify(given.password, stored)
            if found is None or not verified.matches:
                raise WrongCredentialsError
            device = self._devices.remember(device_token, given.email, version=found.version)
            grant = await self._admit(
                found, verified.replacement, user_agent, device.id, is_new_device=known_device is None
            )
            if grant is None:
                raise WrongCredentialsError
        SIGN_INS.labels("succeeded").inc()
        return SignIn(grant, device.token)

    async def change_password(self, caller: Caller, change: PasswordChange) -> None:
        """Set a new password and end the user's other sessions, on every account.

        Raise WrongPasswordError, TooManyTriesError, InvalidInputError for a new one that is easy to guess.
        """
        owner = await self._users.find_password_owner(caller.user_id)
        stored = owner.password_hash if owner is not None else None
        async with self._throttle.password_change(caller, failure=WrongPasswordError):
            verified = await self._passwords.verify(change.current_password, stored)
            if owner is None or stored is None or not verified.matches:
                raise WrongPasswordError
        password = await self._passwords.accept(change.new_password, pointer="/new_password", own_words=owner.own_words)
        await self._replace(caller, stored, password)

    def _known_device(self, given: SessionCreate, found: UserCredentials | None, token: str | None) -> UUID | None:
        if found is None:
            return None
        return self._devices.recognise(token, given.email, version=found.version, kept=found.password_device_id)

    @in_transaction
    async def _admit(
        self,
        found: UserCredentials,
        rehashed: StoredPassword | None,
        user_agent: str | None,
        device_id: UUID,
        *,
        is_new_device: bool,
    ) -> Grant | None:
        access = await self._users.admit(found, rehashed)
        if access is None:
            return None
        grant = await self._sessions.start(
            account_id=access.account_id,
            member=Member(found.user_id, found.name, found.email, access.role),
            entered_before_at=access.entered_before_at,
            user_agent=user_agent,
            device_id=device_id,
        )
        if is_new_device and access.entered_before_at is not None:  # the first sign-in of all is not mailed
            caller = grant.caller
            self._core.events.record(
                caller.account_id, "session.new_device", caller.session_id, user_id=str(caller.user_id)
            )
        return grant

    @in_transaction
    async def _replace(self, caller: Caller, verified_hash: str, password: StoredPassword) -> None:
        user = await self._users.change_password(
            caller.user_id,
            verified_hash=verified_hash,
            password=password,
            device_id=await self._sessions.device_of(caller),
        )
        if user is None:
            raise WrongPasswordError
        account_ids = await self._users.account_ids(user.id)
        ended = await self._sessions.end_others(user, account_ids, keep=caller.session_id, reason="password_changed")
        self._core.audit.record(caller.account_id, "password.changed", user.id, sessions_ended=ended)
        changed_at = self._core.clock.now().isoformat()
        self._core.events.record(
            caller.account_id, "password.changed", user.id, user_id=str(user.id), changed_at=changed_at
        )
