"""Users: how they sign in, and which accounts they may enter in which role."""

from dataclasses import replace
from uuid import UUID

from billing_api.auth.caller import Role
from billing_api.auth.passwords import StoredPassword
from billing_api.core import Core
from billing_api.kit.ids import new_id
from billing_api.users.errors import AlreadyMemberError, NotMemberError
from billing_api.users.model import Membership, User, UserEmail
from billing_api.users.repository import UserRepository
from billing_api.users.values import Access, AccountUser, LockedUser, Member, PasswordOwner, UserCredentials


class Users:
    """Take addresses in their normal form (kit.email) and passwords as hashes (auth.passwords).

    Changes are a part of the caller's transaction.
    """

    def __init__(self, core: Core, users: UserRepository) -> None:
        self._core = core
        self._users = users

    async def find_credentials(self, email: str) -> UserCredentials | None:
        """Return the stored credentials that a sign-in with this address is checked against."""
        return await self._users.find_credentials(email)

    async def role_of(self, account_id: UUID, user_id: UUID) -> Role | None:
        """Return the user's present role on the account; None for a disabled user."""
        member = await self._users.find_member(account_id, user_id)
        return member.role if member is not None else None

    async def member(self, account_id: UUID, user_id: UUID) -> Member | None:
        """Return the user as a member of the account; None for a disabled user."""
        return await self._users.find_member(account_id, user_id)

    async def find_password_owner(self, user_id: UUID) -> PasswordOwner | None:
        """Return the user with the words that a new password must not be made of."""
        known = await self._users.find_known(user_id)
        if known is None:
            return None
        companies = [(await self._core.accounts.get(account_id)).name for account_id in known.account_ids]
        own_words = (*known.emails, known.name, *companies)
        return PasswordOwner(known.password_hash, known.version, known.is_disabled, own_words)

    async def list_emails(self, user_id: UUID) -> list[str]:
        """Return the addresses with which the user signs in."""
        return await self._users.list_emails(user_id)

    async def find_last_entered(self, user_id: UUID) -> UUID | None:
        """Return the account that the user's next sign-in enters, or None without any."""
        return await self._users.find_last_entered(user_id)

    async def list_on_account(self, account_id: UUID) -> list[AccountUser]:
        """Return the users of an account, once for each of their addresses."""
        return await self._users.list_on_account(account_id)

    async def account_ids(self, user_id: UUID) -> list[UUID]:
        """Return every account that the user is or was on: the accounts of their sessions."""
        return await self._users.list_account_ids(user_id)

    async def lock(self, user_id: UUID) -> LockedUser | None:
        """Take the user's lock until the transaction ends."""
        return await self._users.lock(user_id)

    async def lock_by_email(self, email: str) -> LockedUser | None:
        """Take the lock of the user who signs in with this address."""
        return await self._users.lock_by_email(email)

    async def create(
        self, *, email: str, name: str, password: StoredPassword | None, account_id: UUID, role: Role
    ) -> LockedUser:
        """Create a user who signs in with `email` and may enter the account; without a password they can't yet.

        Raise EmailTakenError.
        """
        now = self._core.clock.now()
        user = User(
            id=new_id(),
            name=name,
            password_hash=password.hash if password is not None else None,
            password_is_long=password is not None and password.is_long,
            password_changed_at=now if password is not None else None,
            password_device_id=None,
            disabled_at=None,
            created_at=now,
            version=1,
        )
        await self._users.add(user)
        await self._users.add_email(UserEmail(email, user.id, verified_at=None))
        locked = LockedUser(user.id, user.password_hash, is_disabled=False, version=user.version)
        await self._add_membership(locked, account_id, role)
        return locked

    async def join(self, user: LockedUser, *, account_id: UUID, role: Role) -> None:
        """Let a user enter another account, or one that they have left. Raise AlreadyMemberError."""
        former = await self._users.lock_membership(user, account_id)
        if former is None:
            await self._add_membership(user, account_id, role)
        elif former.ended_at is None:
            raise AlreadyMemberError
        else:
            await self._change_membership("member.added", replace(former, role=role, ended_at=None))

    async def change_role(self, user: LockedUser, *, account_id: UUID, role: Role) -> None:
        """Give the user another role on the account. Raise NotMemberError."""
        membership = await self._get_membership(user, account_id)
        await self._change_membership("member.role_changed", replace(membership, role=role))

    async def leave(self, user: LockedUser, *, account_id: UUID) -> None:
        """End the user's membership of the account. Raise NotMemberError."""
        membership = await self._get_membership(user, account_id)
        await self._change_membership("member.removed", replace(membership, ended_at=self._core.clock.now()))

    async def disable(self, user: LockedUser, *, disabled: bool) -> None:
        """Refuse the user on every account, or let them sign in again."""
        if user.is_disabled == disabled:
            return
        await self._users.update_disabled(user, self._core.clock.now() if disabled else None)
        action = "user.disabled" if disabled else "user.enabled"
        for account_id in await self._users.list_account_ids(user.id):
            self._core.audit.record(account_id, action, user.id)
            self._core.events.record(account_id, action, user.id)

    async def admit(self, credentials: UserCredentials, rehashed: StoredPassword | None) -> Access | None:
        """Let a user whose password matched into the account that they entered last.

        Return None without an account, or when the password was changed or the user disabled in the meantime.
        `rehashed` replaces the stored hash.
        """
        user = await self._users.lock(credentials.user_id)
        if user is None or user.is_disabled or user.password_hash != credentials.password_hash:
            return None
        access = await self._users.enter(user, self._core.clock.now())
        if access is not None and rehashed is not None:
            await self._users.replace_hash(user, rehashed)
        return access

    async def change_password(
        self, user_id: UUID, *, verified_hash: str, password: StoredPassword, device_id: UUID | None
    ) -> LockedUser | None:
        """Replace the password if it is still the verified one, or return None; the device stays a known one."""
        user = await self._users.lock(user_id)
        if user is None or user.password_hash != verified_hash:
            return None
        await self._users.update_password(user, password, device_id, self._core.clock.now())
        return user

    async def set_password(self, user: LockedUser, password: StoredPassword) -> None:
        """Replace the password, whatever it was."""
        await self._users.update_password(user, password, None, self._core.clock.now())

    async def _get_membership(self, user: LockedUser, account_id: UUID) -> Membership:
        membership = await self._users.lock_membership(user, account_id)
        if membership is None or membership.ended_at is not None:
            raise NotMemberError
        return membership

    async def _add_membership(self, user: LockedUser, account_id: UUID, role: Role) -> None:
        membership = Membership(
            account_id=account_id,
            user_id=user.id,
            role=role,
            created_at=self._core.clock.now(),
            last_entered_at=None,
            ended_at=None,
            version=1,
        )
        await self._users.add_membership(membership)
        self._record("member.added", membership)

    async def _change_membership(self, action: str, membership: Membership) -> None:
        await self._users.update_membership(membership)
        self._record(action, membership)

    def _record(self, action: str, membership: Membership) -> None:
        account_id, user_id, role = membership.account_id, membership.user_id, membership.role
        self._core.audit.record(account_id, action, user_id, role=role)
        self._core.events.record(account_id, action, user_id, role=role)
