"""The users of an account, as the vendor's operators manage them."""

from dataclasses import dataclass
from uuid import UUID

from pydantic import SecretStr

from billing_api.auth.caller import Role
from billing_api.auth.passwords import Passwords, StoredPassword
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.members.errors import AccountUnknownError
from billing_api.password_resets.service import PasswordResets
from billing_api.sessions.service import Sessions
from billing_api.users.errors import UserNotFoundError
from billing_api.users.service import Users
from billing_api.users.values import AccountUser, LockedUser


@dataclass(frozen=True, slots=True)
class CreatedMember:
    """The result of `Members.create`: `token` is that of a one-time link, where one is needed."""

    user_id: UUID
    is_new: bool
    token: str | None


class Members:
    """Take the back office's own id of an account, and a user's e-mail address in its normal form."""

    def __init__(
        self, core: Core, users: Users, sessions: Sessions, resets: PasswordResets, passwords: Passwords
    ) -> None:
        self.db = core.db
        self._core = core
        self._users = users
        self._sessions = sessions
        self._resets = resets
        self._passwords = passwords

    async def accept_first(self, password: SecretStr, *, email: str, name: str, account: str) -> StoredPassword:
        """Return the password of a user who is to be created, as it is stored.

        Raise InvalidInputError for one that is too long or easy to guess, AccountUnknownError.
        """
        company = (await self._core.accounts.get(await self._account_id(account))).name
        return await self._passwords.accept(password, pointer="password", own_words=(email, name, company))

    async def accept_next(self, password: SecretStr, *, email: str) -> StoredPassword:
        """Return another password of a user, as it is stored.

        Raise InvalidInputError for one that is too long or easy to guess, UserNotFoundError.
        """
        found = await self._users.find_credentials(email)
        owner = await self._users.find_password_owner(found.user_id) if found is not None else None
        if owner is None:
            raise UserNotFoundError(email)
        return await self._passwords.accept(password, pointer="password", own_words=owner.own_words)

    async def knows(self, email: str) -> bool:
        """Return whether a user signs in with this address."""
        return await self._users.find_credentials(email) is not None

    @in_transaction
    async def create(
        self, *, account: str, email: str, name: str, role: Role, password: StoredPassword | None
    ) -> CreatedMember:
        """Let a user into the account; a new one gets the password, or a one-time link without one.

        Raise AccountUnknownError, AlreadyMemberError.
        """
        account_id = await self._account_id(account)
        user = await self._users.lock_by_email(email)
        if user is not None:  # they keep their password
            await self._users.join(user, account_id=account_id, role=role)
            return CreatedMember(user.id, is_new=False, token=None)
        user = await self._users.create(email=email, name=name, password=password, account_id=account_id, role=role)
        token = await self._resets.issue(user) if password is None else None
        return CreatedMember(user.id, is_new=True, token=token)

    @in_transaction
    async def set_password(self, email: str, password: StoredPassword) -> None:
        """Replace the password and end all sessions of the user. Raise UserNotFoundError."""
        await self._resets.set_password(await self._lock(email), password)

    @in_transaction
    async def issue_link(self, email: str) -> str:
        """Return the token of a one-time link; the present password stays until it is used.

        Raise UserNotFoundError, UserDisabledError.
        """
        return await self._resets.issue(await self._lock(email))

    @in_transaction
    async def change_role(self, email: str, *, account: str, role: Role) -> None:
        """Give the user another role and end their sessions on the account, whose tokens name the old one.

        Raise AccountUnknownError, UserNotFoundError, NotMemberError.
        """
        account_id, user = await self._account_id(account), await self._lock(email)
        await self._users.change_role(user, account_id=account_id, role=role)
        await self._sessions.end_others(user, [account_id], keep=None, reason="role_changed")

    @in_transaction
    async def remove(self, email: str, *, account: str) -> None:
        """End the user's membership and their sessions on the account.

        Raise AccountUnknownError, UserNotFoundError, NotMemberError.
        """
        account_id, user = await self._account_id(account), await self._lock(email)
        await self._users.leave(user, account_id=account_id)
        await self._sessions.end_others(user, [account_id], keep=None, reason="member_removed")

    @in_transaction
    async def disable(self, email: str, *, disabled: bool) -> None:
        """Refuse the user on every account and end all their sessions, or let them sign in again.

        Raise UserNotFoundError.
        """
        user = await self._lock(email)
        await self._users.disable(user, disabled=disabled)
        if disabled:
            account_ids = await self._users.account_ids(user.id)
            await self._sessions.end_others(user, account_ids, keep=None, reason="user_disabled")

    async def list(self, account: str) -> list[AccountUser]:
        """Return the users of the account, once for each of their addresses. Raise AccountUnknownError."""
        return await self._users.list_on_account(await self._account_id(account))

    async def _account_id(self, external_id: str) -> UUID:
        found = await self._core.accounts.list_references("account", [external_id])
        if external_id not in found:
            raise AccountUnknownError(external_id)
        return found[external_id].account_id

    async def _lock(self, email: str) -> LockedUser:
        user = await self._users.lock_by_email(email)
        if user is None:
            raise UserNotFoundError(email)
        return user
