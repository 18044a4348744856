"""Users, their addresses and the accounts they may enter."""

from uuid import uuid4

import pytest

from billing_api.auth.caller import Role
from billing_api.auth.passwords import StoredPassword
from billing_api.kit.ids import new_id
from billing_api.users.errors import AlreadyMemberError, EmailTakenError
from billing_api.users.values import Access, LockedUser, PasswordOwner, UserCredentials
from tests.factories.users import Member, join, make_account, make_member
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services

STORED = StoredPassword(hash="$argon2id$as-it-was", is_long=True)
REHASHED = StoredPassword(hash="$argon2id$as-it-is-now", is_long=True)


async def credentials_of(services: Services, member: Member) -> UserCredentials:
    found = await services.users.find_credentials(member.email)
    assert found is not None
    return found


async def admit(services: Services, found: UserCredentials, rehashed: StoredPassword | None = None) -> Access | None:
    return await services.database.run(lambda: services.users.admit(found, rehashed))


async def change_password(services: Services, member: Member, *, verified_hash: str) -> LockedUser | None:
    return await services.database.run(
        lambda: services.users.change_password(
            member.user_id, verified_hash=verified_hash, password=REHASHED, device_id=None
        )
    )


class TestCreate:
    async def test_a_user_is_found_by_their_address(self, services: Services) -> None:
        member = await make_member(services, password=STORED)
        assert await services.users.find_credentials(member.email) == UserCredentials(
            member.user_id,
            "Pat Example",
            member.email,
            STORED.hash,
            is_disabled=False,
            version=1,
            password_device_id=None,
        )
        own_words = (member.email, "Pat Example", "Sunny Side Ltd")
        owner = await services.users.find_password_owner(member.user_id)
        assert owner == PasswordOwner(STORED.hash, version=1, is_disabled=False, own_words=own_words)

    async def test_without_a_password_there_is_none_to_match(self, services: Services) -> None:
        assert (await credentials_of(services, await make_member(services))).password_hash is None

    async def test_an_address_is_one_users(self, services: Services) -> None:
        member = await make_member(services)
        with pytest.raises(EmailTakenError):
            await make_member(services, email=member.email)

    async def test_a_refused_user_leaves_nothing(self, services: Services) -> None:
        member, account_id = await make_member(services), await make_account(services)
        with pytest.raises(EmailTakenError):
            await make_member(services, account_id, email=member.email)
        assert await services.users.role_of(account_id, member.user_id) is None

    async def test_an_unknown_address_finds_no_user(self, services: Services) -> None:
        assert await services.users.find_credentials(f"{uuid4().hex}@example.com") is None


class TestMembership:
    @pytest.mark.parametrize("role", ["owner", "payer", "viewer"])
    async def test_a_role_belongs_to_one_account(self, services: Services, role: Role) -> None:
        member, elsewhere = await make_member(services, role=role), await make_account(services)
        assert await services.users.role_of(member.account_id, member.user_id) == role
        assert await services.users.role_of(elsewhere, member.user_id) is None

    async def test_a_user_has_one_membership_of_an_account(self, services: Services) -> None:
        member = await make_member(services)
        with pytest.raises(AlreadyMemberError):
            await join(services, member, member.account_id)


class TestAdmit:
    async def test_the_account_that_was_entered_last_is_entered_again(self, services: Services, sql: Sql) -> None:
        member, second = await make_member(services, password=STORED), await make_account(services)
        await join(services, member, second)
        found = await credentials_of(services, member)
        assert await admit(services, found) == Access(member.account_id, "owner", None)
        now, mine = services.clock.now(), (second, member.user_id)
        await sql.execute(
            "UPDATE memberships SET last_entered_at = $1 WHERE account_id = $2 AND person_id = $3", now, *mine
        )
        assert await admit(services, found) == Access(second, "viewer", entered_before_at=now)
        again = await admit(services, found)
        assert again is not None
        assert (again.account_id, again.entered_before_at is not None) == (second, True)

    async def test_a_password_that_changed_meanwhile_is_refused(self, services: Services) -> None:
        member = await make_member(services, password=STORED)
        found = await credentials_of(services, member)
        assert await change_password(services, member, verified_hash=STORED.hash)
        assert await admit(services, found) is None
        assert await admit(services, await credentials_of(services, member)) == Access(member.account_id, "owner", None)

    async def test_a_better_hash_replaces_the_old_one(self, services: Services) -> None:
        member = await make_member(services, password=STORED)
        await admit(services, await credentials_of(services, member), REHASHED)
        assert (await credentials_of(services, member)).password_hash == REHASHED.hash

    async def test_an_unknown_user_is_refused(self, services: Services) -> None:
        unknown = UserCredentials(new_id(), "Pat", "pat@example.com", STORED.hash, False, 1, None)
        assert await admit(services, unknown) is None


async def test_a_password_is_replaced_only_where_it_is_the_verified_one(services: Services) -> None:
    member = await make_member(services, password=STORED)
    assert await change_password(services, member, verified_hash="another") is None
    assert (await credentials_of(services, member)).password_hash == STORED.hash
