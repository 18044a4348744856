"""The SQL of people, their addresses and their memberships."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError

from billing_api.auth.caller import Role
from billing_api.db.base import constraint_of
from billing_api.db.database import Database
from billing_api.db.reader import Reader, Statement
from billing_api.users.errors import AlreadyMemberError, EmailTakenError
from billing_api.users.login import Identity, Login, MemberRow
from billing_api.users.model import LoginIdentity, Membership, Person

_TAKEN = {"pk_login_identities": EmailTakenError, "pk_memberships": AlreadyMemberError}


_LOGIN = Statement(
    select(Person.id, Person.password_hash, Person.disabled_at.is_not(None), Person.version, Person.password_device_id)
    .join(LoginIdentity, LoginIdentity.person_id == Person.id)
    .where(LoginIdentity.email == bindparam("email"))
)
_ROLE_NOW = (
    select(Membership.role)
    .join(Person, Person.id == Membership.person_id)
    .where(
        Membership.account_id == bindparam("account_id"),
        Membership.person_id == bindparam("person_id"),
        Membership.ended_at.is_(None),
        Person.disabled_at.is_(None),
    )
)
_ROLE = Statement(_ROLE_NOW)
_IDENTITY = Statement(
    select(Person.password_hash, Person.version, Person.disabled_at.is_not(None), Person.name, LoginIdentity.email)
    .join(LoginIdentity, LoginIdentity.person_id == Person.id)
    .where(Person.id == bindparam("person_id"))
)
_ENTERS = Statement(
    select(Membership.account_id).where(Membership.person_id == bindparam("person_id"), Membership.ended_at.is_(None))
)


_MEMBERS = Statement(
    select(
        Person.id,
        Person.name,
        LoginIdentity.email,
        Membership.role,
        Person.disabled_at,
        Membership.last_entered_at,
    )
    .join(Person, Person.id == Membership.person_id)
    .join(LoginIdentity, LoginIdentity.person_id == Person.id)
    .where(Membership.account_id == bindparam("account_id"), Membership.ended_at.is_(None))
    .order_by(Membership.created_at, LoginIdentity.email)
)


class PersonRepository:
    """People are global; what they may enter is found by the account, or by the person at sign-in."""

    def __init__(self, db: Database, reader: Reader) -> None:
        self._db = db
        self._reader = reader

    async def find_login(self, email: str) -> Login | None:
        """By the address in its normal form; one round trip, whether there is one or not."""
        return await self._reader.fetch_one(_LOGIN, Login, email=email)

    async def read_role(self, account_id: UUID, person_id: UUID) -> Role | None:
        """The role that an enabled person has now, outside a transaction."""
        return await self._reader.fetch_one(_ROLE, _role, account_id=account_id, person_id=person_id)

    async def read_identity(self, person_id: UUID) -> Identity | None:
        """Return the person with addresses and own name as their words, outside a transaction."""
        rows = await self._reader.fetch(_IDENTITY, _identity, person_id=person_id)
        if not rows:
            return None
        return replace(rows[0], own_words=tuple(dict.fromkeys(word for row in rows for word in row.own_words)))

    async def read_account_ids(self, person_id: UUID) -> list[UUID]:
        """Return the accounts that the person may enter, outside a transaction."""
        return await self._reader.fetch(_ENTERS, _account_id, person_id=person_id)

    async def find_role(self, account_id: UUID, person_id: UUID) -> Role | None:
        """The role that an enabled person has now."""
        found: Role | None = await self._db.session.scalar(
            _ROLE_NOW, {"account_id": account_id, "person_id": person_id}
        )
        return found

    async def find_for_update(self, person_id: UUID) -> Person | None:
        """The person under a lock that does not stop rows that merely refer to them."""
        return await self._db.session.scalar(
            select(Person)
            .where(Person.id == person_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )

    async def find_by_address(self, email: str) -> Person | None:
        """Return the person who signs in with this address, under the lock of `find_for_update`."""
        person_id = await self._db.session.scalar(select(LoginIdentity.person_id).where(LoginIdentity.email == email))
        return None if person_id is None else await self.find_for_update(person_id)

    async def find_membership(self, account_id: UUID, person_id: UUID) -> Membership | None:
        """Return the person's membership, also one that has ended, under a lock."""
        return await self._db.session.scalar(
            select(Membership)
            .where(Membership.account_id == account_id, Membership.person_id == person_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )

    async def list_members(self, account_id: UUID) -> list[MemberRow]:
        """Return the account's people, once for each of their addresses, oldest membership first."""
        return await self._reader.fetch(_MEMBERS, MemberRow, account_id=account_id)

    async def find_last_entered(self, person_id: UUID) -> Membership | None:
        """The membership that was entered last, or the oldest one where none was."""
        return await self._db.session.scalar(
            select(Membership)
            .where(Membership.person_id == person_id, Membership.ended_at.is_(None))
            .order_by(Membership.last_entered_at.desc().nulls_last(), Membership.created_at, Membership.account_id)
            .limit(1)
        )

    async def list_account_ids(self, person_id: UUID) -> list[UUID]:
        """Every account that the person is or was on."""
        found = await self._db.session.scalars(select(Membership.account_id).where(Membership.person_id == person_id))
        return list(found)

    async def add(self, row: Person | LoginIdentity | Membership) -> None:
        """Raises EmailTakenError, AlreadyMemberError."""
        self._db.session.add(row)
        try:
            await self._db.session.flush()
        except IntegrityError as error:
            taken = _TAKEN.get(constraint_of(error))
            if taken is None:
                raise
            raise taken from error


def _role(role: Any) -> Role:
    found: Role = role
    return found


def _identity(password_hash: str | None, version: int, is_disabled: Any, name: str, email: str) -> Identity:
    return Identity(password_hash, version, is_disabled, (email, name))


def _account_id(account_id: UUID) -> UUID:
    return account_id
