"""People, their addresses and the accounts they may enter."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from billing_api.auth.caller import Role
from billing_api.auth.passwords import StoredPassword
from billing_api.kit.ids import new_id
from billing_api.users.errors import AlreadyMemberError, EmailTakenError
from billing_api.users.login import Identity, Login
from billing_api.users.model import Membership
from tests.factories.users import Member, make_account, make_member
from tests.fixtures.services import Services

STORED = StoredPassword(hash="$argon2id$as-it-was", is_long=True)
REHASHED = StoredPassword(hash="$argon2id$as-it-is-now", is_long=True)


async def login_of(services: Services, member: Member) -> Login:
    login = await services.people.find_login(member.email)
    assert login is not None
    return login


async def admit(services: Services, login: Login, rehashed: StoredPassword | None = None) -> object:
    return await services.database.run(lambda: services.people.admit_in(login, rehashed))


class TestCreate:
    async def test_a_person_is_found_by_their_address(self, services: Services) -> None:
        member = await make_member(services, password=STORED)
        assert await services.people.find_login(member.email) == Login(
            member.person_id, STORED.hash, is_disabled=False, version=1, password_device_id=None
        )
        own_words = (member.email, "Pat Example", "Sunny Side Ltd")
        identity = await services.people.find_identity(member.person_id)
        assert identity == Identity(STORED.hash, version=1, is_disabled=False, own_words=own_words)

    async def test_without_a_password_there_is_none_to_match(self, services: Services) -> None:
        assert (await login_of(services, await make_member(services))).password_hash is None

    async def test_an_address_is_one_persons(self, services: Services) -> None:
        member = await make_member(services)
        with pytest.raises(EmailTakenError):
            await make_member(services, email=member.email)

    async def test_nothing_is_left_of_one_that_was_refused(self, services: Services) -> None:
        member, account_id = await make_member(services), await make_account(services)
        with pytest.raises(EmailTakenError):
            await make_member(services, account_id, email=member.email)
        assert await services.people.role_of(account_id, member.person_id) is None

    async def test_an_unknown_address_finds_nobody(self, services: Services) -> None:
        assert await services.people.find_login(f"{uuid4().hex}@example.com") is None


class TestMembership:
    @pytest.mark.parametrize("role", ["owner", "payer", "viewer"])
    async def test_a_role_belongs_to_one_account(self, services: Services, role: Role) -> None:
        member, elsewhere = await make_member(services, role=role), await make_account(services)
        assert await services.people.role_of(member.account_id, member.person_id) == role
        assert await services.people.role_of(elsewhere, member.person_id) is None

    async def test_nobody_is_on_an_account_twice(self, services: Services) -> None:
        member = await make_member(services)
        with pytest.raises(AlreadyMemberError):
            await services.database.run(
                lambda: services.people.join_in(member.person_id, account_id=member.account_id, role="viewer")
            )


class TestAdmit:
    async def test_the_account_that_was_entered_last_is_entered_again(self, services: Services) -> None:
        member, second = await make_member(services, password=STORED), await make_account(services)
        await services.database.run(lambda: services.people.join_in(member.person_id, account_id=second, role="viewer"))
        login = await login_of(services, member)
        assert await admit(services, login) == (member.account_id, "owner")
        await _enter(services, second, member.person_id)
        assert await admit(services, login) == (second, "viewer")
        assert await admit(services, login) == (second, "viewer")

    async def test_a_password_that_changed_meanwhile_admits_nobody(self, services: Services) -> None:
        member = await make_member(services, password=STORED)
        login = await login_of(services, member)
        changed = await services.database.run(
            lambda: services.people.change_password_in(
                member.person_id, verified_hash=STORED.hash, password=REHASHED, device_id=None
            )
        )
        assert changed
        assert await admit(services, login) is None
        assert await admit(services, await login_of(services, member)) == (member.account_id, "owner")

    async def test_a_better_hash_replaces_the_old_one(self, services: Services) -> None:
        member = await make_member(services, password=STORED)
        await admit(services, await login_of(services, member), REHASHED)
        assert (await login_of(services, member)).password_hash == REHASHED.hash

    async def test_nobody_is_admitted_who_is_not_there(self, services: Services) -> None:
        assert await admit(services, Login(new_id(), STORED.hash, False, 1, None)) is None


async def test_a_password_is_replaced_only_where_it_is_the_verified_one(services: Services) -> None:
    member = await make_member(services, password=STORED)
    changed = await services.database.run(
        lambda: services.people.change_password_in(
            member.person_id, verified_hash="another", password=REHASHED, device_id=None
        )
    )
    assert not changed
    assert (await login_of(services, member)).password_hash == STORED.hash


async def _enter(services: Services, account_id: UUID, person_id: UUID) -> None:
    async def mark() -> None:
        await services.database.session.execute(
            update(Membership)
            .where(Membership.account_id == account_id, Membership.person_id == person_id)
            .values(last_entered_at=services.clock.now())
        )

    await services.database.run(mark)
