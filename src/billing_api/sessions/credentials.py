"""What wants the password: signing in, and setting a new one."""

from dataclasses import dataclass, field
from uuid import UUID

from billing_api.audit.service import AuditLog
from billing_api.auth.caller import Caller
from billing_api.auth.devices import Devices
from billing_api.auth.passwords import Passwords, StoredPassword
from billing_api.auth.throttle import SignInThrottle
from billing_api.db.database import Database, in_transaction
from billing_api.events.service import Outbox
from billing_api.kit.context import act_as, acting
from billing_api.sessions.errors import WrongCredentialsError, WrongPasswordError
from billing_api.sessions.schemas import PasswordChange, SessionCreate
from billing_api.sessions.service import Grant, Sessions
from billing_api.users.login import Login
from billing_api.users.service import People


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a sign-in gives: the session's tokens, and the token that makes its device known at the next one."""

    grant: Grant
    device_token: str = field(repr=False)


class Credentials:
    """Checks passwords between two transactions, never inside one: a hash takes longer than both."""

    def __init__(
        self,
        db: Database,
        sessions: Sessions,
        people: People,
        *,
        passwords: Passwords,
        throttle: SignInThrottle,
        devices: Devices,
        audit: AuditLog,
        outbox: Outbox,
    ) -> None:
        self.db = db
        self._sessions = sessions
        self._people = people
        self._passwords = passwords
        self._throttle = throttle
        self._devices = devices
        self._audit = audit
        self._outbox = outbox

    async def sign_in(self, given: SessionCreate, device_token: str | None, user_agent: str | None) -> SignIn:
        """Enter the account that the person entered last.

        Known, unknown and disabled addresses cost the same: one lookup, one hash.
        Raise WrongCredentialsError, TooManyTriesError.
        """
        login = await self._people.find_login(given.email)
        async with self._throttle.attempt(
            given.email, acting().ip, self._known_device(given, login, device_token), failure=WrongCredentialsError
        ):
            stored = None if login is None or login.is_disabled else login.password_hash
            verdict = await self._passwords.verify(given.password, stored)
            if login is None or not verdict.matches:
                raise WrongCredentialsError
            device = self._devices.remember(device_token, given.email, version=login.version)
            grant = await self._admit(login, verdict.replacement, user_agent, device.id)
            if grant is None:
                raise WrongCredentialsError
        return SignIn(grant, device.token)

    async def change_password(self, caller: Caller, change: PasswordChange) -> None:
        """Set a new password and end the person's other sessions, on every account.

        Raises WrongPasswordError, TooManyTriesError, InvalidInputError when anyone would guess the new one.
        """
        identity = await self._people.find_identity(caller.person_id)
        stored = identity.password_hash if identity is not None else None
        async with self._throttle.password_change(caller, failure=WrongPasswordError):
            verdict = await self._passwords.verify(change.current_password, stored)
            if identity is None or stored is None or not verdict.matches:
                raise WrongPasswordError
        password = await self._passwords.accept(
            change.new_password, pointer="/new_password", own_words=identity.own_words
        )
        await self._replace(caller, stored, password)

    def _known_device(self, given: SessionCreate, login: Login | None, token: str | None) -> UUID | None:
        if login is None:
            return None
        return self._devices.recognise(token, given.email, version=login.version, kept=login.password_device_id)

    @in_transaction
    async def _admit(
        self, login: Login, rehashed: StoredPassword | None, user_agent: str | None, device_id: UUID
    ) -> Grant | None:
        admitted = await self._people.admit_in(login, rehashed)
        if admitted is None:
            return None
        account_id, role = admitted
        act_as("person", str(login.person_id))
        return await self._sessions.open_in(
            account_id=account_id,
            person_id=login.person_id,
            role=role,
            user_agent=user_agent,
            device_id=device_id,
        )

    @in_transaction
    async def _replace(self, caller: Caller, verified_hash: str, password: StoredPassword) -> None:
        device_id = await self._sessions.device_in(caller)
        if not await self._people.change_password_in(
            caller.person_id, verified_hash=verified_hash, password=password, device_id=device_id
        ):
            raise WrongPasswordError
        ended = await self._sessions.end_others_in(caller.person_id, keep=caller.session_id, reason="password_changed")
        await self._audit.record_in(caller.account_id, "password.changed", caller.person_id, sessions_ended=ended)
        await self._outbox.record_in(caller.account_id, "password.changed", caller.person_id)
