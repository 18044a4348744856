"""The people of an account, as the vendor's operators manage them."""

from dataclasses import dataclass
from uuid import UUID

from pydantic import SecretStr

from billing_api.accounts.service import Accounts
from billing_api.auth.caller import Role
from billing_api.auth.passwords import Passwords, StoredPassword
from billing_api.db.database import Database, in_transaction
from billing_api.members.errors import AccountUnknownError
from billing_api.password_resets.service import PasswordResets
from billing_api.sessions.service import Sessions
from billing_api.users.errors import PersonNotFoundError
from billing_api.users.login import MemberRow
from billing_api.users.service import People


@dataclass(frozen=True, slots=True)
class Created:
    """The result of `Members.create`: `token` is that of a one-time link, where one was asked for."""

    person_id: UUID
    is_new: bool
    token: str | None


class Members:
    """Accounts are named by the back office's own id, people by their e-mail address in its normal form."""

    def __init__(
        self,
        db: Database,
        accounts: Accounts,
        people: People,
        sessions: Sessions,
        resets: PasswordResets,
        passwords: Passwords,
    ) -> None:
        self.db = db
        self._accounts = accounts
        self._people = people
        self._sessions = sessions
        self._resets = resets
        self._passwords = passwords

    async def accept_first(self, password: SecretStr, *, email: str, name: str, account: str) -> StoredPassword:
        """Return the password of a person who is to be created, as it is stored.

        Raise InvalidInputError for one that is too long or easy to guess, AccountUnknownError.
        """
        company = (await self._accounts.get(await self._find_account(account))).name
        return await self._passwords.accept(password, pointer="password", own_words=(email, name, company))

    async def accept_next(self, password: SecretStr, *, email: str) -> StoredPassword:
        """Return another password of a person, as it is stored.

        Raise InvalidInputError for one that is too long or easy to guess, PersonNotFoundError.
        """
        login = await self._people.find_login(email)
        identity = await self._people.find_identity(login.person_id) if login is not None else None
        if identity is None:
            raise PersonNotFoundError(email)
        return await self._passwords.accept(password, pointer="password", own_words=identity.own_words)

    async def knows(self, email: str) -> bool:
        """Return whether a person signs in with this address."""
        return await self._people.find_login(email) is not None

    @in_transaction
    async def create(
        self, *, account: str, email: str, name: str, role: Role, password: StoredPassword | None
    ) -> Created:
        """Let a person into the account; one who is not known yet gets the password, or a one-time link without one.

        Raise AccountUnknownError, AlreadyMemberError.
        """
        account_id = await self._account_id_in(account)
        person_id = await self._people.find_person_in(email)
        if person_id is not None:  # they keep the password that they have
            await self._people.join_in(person_id, account_id=account_id, role=role)
            return Created(person_id, is_new=False, token=None)
        person_id = await self._people.create_person_in(
            email=email, name=name, password=password, account_id=account_id, role=role
        )
        token = await self._resets.issue_in(person_id) if password is None else None
        return Created(person_id, is_new=True, token=token)

    @in_transaction
    async def set_password(self, email: str, password: StoredPassword) -> None:
        """Replace the password and end all sessions of the person. Raise PersonNotFoundError."""
        await self._resets.set_password_in(await self._person_id_in(email), password)

    @in_transaction
    async def issue_link(self, email: str) -> str:
        """Return the token of a one-time link; the present password stays until it is used.

        Raise PersonNotFoundError, PersonDisabledError.
        """
        return await self._resets.issue_in(await self._person_id_in(email))

    @in_transaction
    async def change_role(self, email: str, *, account: str, role: Role) -> None:
        """Give the person another role and end their sessions on the account, whose tokens name the old one.

        Raise AccountUnknownError, PersonNotFoundError, NotMemberError.
        """
        account_id, person_id = await self._account_id_in(account), await self._person_id_in(email)
        await self._people.change_role_in(person_id, account_id=account_id, role=role)
        await self._sessions.end_others_in(person_id, keep=None, reason="role_changed", account_id=account_id)

    @in_transaction
    async def remove(self, email: str, *, account: str) -> None:
        """End the person's membership and their sessions on the account.

        Raise AccountUnknownError, PersonNotFoundError, NotMemberError.
        """
        account_id, person_id = await self._account_id_in(account), await self._person_id_in(email)
        await self._people.leave_in(person_id, account_id=account_id)
        await self._sessions.end_others_in(person_id, keep=None, reason="member_removed", account_id=account_id)

    @in_transaction
    async def disable(self, email: str, *, disabled: bool) -> None:
        """Refuse the person on every account and end all their sessions, or let them sign in again.

        Raise PersonNotFoundError.
        """
        person_id = await self._person_id_in(email)
        await self._people.disable_in(person_id, disabled=disabled)
        if disabled:
            await self._sessions.end_others_in(person_id, keep=None, reason="person_disabled")

    async def list(self, account: str) -> list[MemberRow]:
        """Return the people on the account, once for each of their addresses. Raise AccountUnknownError."""
        return await self._people.list_members(await self._find_account(account))

    @in_transaction
    async def _find_account(self, external_id: str) -> UUID:
        return await self._account_id_in(external_id)

    async def _account_id_in(self, external_id: str) -> UUID:
        found = await self._accounts.find_references_in("account", [external_id])
        if external_id not in found:
            raise AccountUnknownError(external_id)
        return found[external_id].account_id

    async def _person_id_in(self, email: str) -> UUID:
        person_id = await self._people.find_person_in(email)
        if person_id is None:
            raise PersonNotFoundError(email)
        return person_id
