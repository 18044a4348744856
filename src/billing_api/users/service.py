"""People: who signs in, and which accounts they may enter in which role."""

from dataclasses import replace
from uuid import UUID

from billing_api.accounts.service import Accounts
from billing_api.audit.service import AuditLog
from billing_api.auth.caller import Role
from billing_api.auth.passwords import StoredPassword
from billing_api.db.database import Database
from billing_api.events.service import Outbox
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id
from billing_api.users.errors import AlreadyMemberError, NotMemberError
from billing_api.users.login import Identity, Login, MemberRow
from billing_api.users.model import LoginIdentity, Membership, Person
from billing_api.users.repository import PersonRepository


class People:
    """Addresses are given in their normal form (kit.email) and passwords hashed already (auth.passwords)."""

    def __init__(
        self,
        db: Database,
        people: PersonRepository,
        accounts: Accounts,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self.db = db
        self._people = people
        self._accounts = accounts
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    async def find_login(self, email: str) -> Login | None:
        """What a sign-in with this address is checked against."""
        return await self._people.find_login(email)

    async def role_of(self, account_id: UUID, person_id: UUID) -> Role | None:
        """The role that the person has on the account now; None for a disabled person."""
        return await self._people.read_role(account_id, person_id)

    async def find_identity(self, person_id: UUID) -> Identity | None:
        """Return the stored hash, and the words that a new password must not be made of."""
        identity = await self._people.read_identity(person_id)
        if identity is None:
            return None
        account_ids = await self._people.read_account_ids(person_id)
        companies = [(await self._accounts.get(account_id)).name for account_id in account_ids]
        return replace(identity, own_words=(*identity.own_words, *companies))

    async def lock_version_in(self, person_id: UUID) -> int | None:
        """Return the person's version, which stays until the transaction ends; None for a disabled person."""
        person = await self._people.find_for_update(person_id)
        return person.version if person is not None and person.disabled_at is None else None

    async def create_person_in(
        self, *, email: str, name: str, password: StoredPassword | None, account_id: UUID, role: Role
    ) -> UUID:
        """Make a person who signs in with `email` and enters the account; without a password nobody can yet.

        Raises EmailTakenError.
        """
        now = self._clock.now()
        person = Person(
            id=new_id(),
            name=name,
            password_hash=None,
            password_is_long=False,
            password_changed_at=None,
            password_device_id=None,
            disabled_at=None,
            created_at=now,
            version=1,
        )
        if password is not None:
            self._store(person, password)
        await self._people.add(person)
        await self._people.add(LoginIdentity(email=email, person_id=person.id, verified_at=None))
        await self.join_in(person.id, account_id=account_id, role=role)
        return person.id

    async def join_in(self, person_id: UUID, *, account_id: UUID, role: Role) -> None:
        """Let a person enter another account, or one that they have left. Raise AlreadyMemberError."""
        former = await self._people.find_membership(account_id, person_id)
        if former is None:
            membership = Membership(
                account_id=account_id,
                person_id=person_id,
                role=role,
                created_at=self._clock.now(),
                last_entered_at=None,
                ended_at=None,
                version=1,
            )
            await self._people.add(membership)
        elif former.ended_at is None:
            raise AlreadyMemberError
        else:
            membership = former
            membership.ended_at, membership.role = None, role
            membership.version += 1
        await self._record_member_in("member.added", membership)

    async def change_role_in(self, person_id: UUID, *, account_id: UUID, role: Role) -> None:
        """Give the person another role on the account. Raise NotMemberError."""
        membership = await self._get_membership(account_id, person_id)
        membership.role = role
        membership.version += 1
        await self._record_member_in("member.role_changed", membership)

    async def leave_in(self, person_id: UUID, *, account_id: UUID) -> None:
        """End the person's membership of the account. Raise NotMemberError."""
        membership = await self._get_membership(account_id, person_id)
        membership.ended_at = self._clock.now()
        membership.version += 1
        await self._record_member_in("member.removed", membership)

    async def disable_in(self, person_id: UUID, *, disabled: bool) -> None:
        """Refuse the person on every account, or let them sign in again."""
        person = await self._people.find_for_update(person_id)
        assert person is not None  # people are never deleted
        if (person.disabled_at is not None) == disabled:
            return
        person.disabled_at = self._clock.now() if disabled else None
        person.version += 1
        action = "person.disabled" if disabled else "person.enabled"
        for account_id in await self._people.list_account_ids(person_id):
            await self._audit.record_in(account_id, action, person_id)
            await self._outbox.record_in(account_id, action, person_id)

    async def find_person_in(self, email: str) -> UUID | None:
        """Return the person who signs in with this address."""
        person = await self._people.find_by_address(email)
        return None if person is None else person.id

    async def list_members(self, account_id: UUID) -> list[MemberRow]:
        """Return the people on an account, once for each of their addresses."""
        return await self._people.list_members(account_id)

    async def admit_in(self, login: Login, rehashed: StoredPassword | None) -> tuple[UUID, Role] | None:
        """Let somebody whose password was right into the account that they entered last.

        None when the password was changed or the person disabled in the meantime, or when there is no account.
        `rehashed` replaces the stored hash.
        """
        person = await self._people.find_for_update(login.person_id)
        if person is None or person.disabled_at is not None or person.password_hash != login.password_hash:
            return None
        membership = await self._people.find_last_entered(person.id)
        if membership is None:
            return None
        membership.last_entered_at = self._clock.now()
        if rehashed is not None:
            person.password_hash = rehashed.hash
        role: Role = membership.role  # type: ignore[assignment] # the table's CHECK
        return membership.account_id, role

    async def role_in(self, account_id: UUID, person_id: UUID) -> Role | None:
        """The role that the person has on the account now; None for a disabled person."""
        return await self._people.find_role(account_id, person_id)

    async def change_password_in(
        self, person_id: UUID, *, verified_hash: str, password: StoredPassword, device_id: UUID | None
    ) -> bool:
        """Replace the password, if it is still the one that was verified; the device stays a known one."""
        person = await self._people.find_for_update(person_id)
        if person is None or person.password_hash != verified_hash:
            return False
        self._store(person, password, device_id)
        person.version += 1
        return True

    async def set_password_in(self, person_id: UUID, password: StoredPassword) -> None:
        """Replace the password, whatever it was."""
        person = await self._people.find_for_update(person_id)
        assert person is not None  # people are never deleted
        self._store(person, password)
        person.version += 1

    async def account_ids_in(self, person_id: UUID) -> list[UUID]:
        """Every account that the person is or was on: where their sessions are."""
        return await self._people.list_account_ids(person_id)

    async def _get_membership(self, account_id: UUID, person_id: UUID) -> Membership:
        membership = await self._people.find_membership(account_id, person_id)
        if membership is None or membership.ended_at is not None:
            raise NotMemberError
        return membership

    async def _record_member_in(self, action: str, membership: Membership) -> None:
        account_id, person_id, role = membership.account_id, membership.person_id, membership.role
        await self._audit.record_in(account_id, action, person_id, role=role)
        await self._outbox.record_in(account_id, action, person_id, role=role)

    def _store(self, person: Person, password: StoredPassword, device_id: UUID | None = None) -> None:
        person.password_hash = password.hash
        person.password_is_long = password.is_long
        person.password_changed_at = self._clock.now()
        person.password_device_id = device_id
