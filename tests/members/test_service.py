"""The users of an account, as operators manage them."""

from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr

from billing_api.auth.caller import Role
from billing_api.auth.passwords import StoredPassword
from billing_api.errors import InvalidInputError
from billing_api.members.errors import AccountUnknownError
from billing_api.members.service import CreatedMember
from billing_api.users.errors import AlreadyMemberError, NotMemberError, UserNotFoundError
from tests.factories.sessions import PASSWORD, audit_of, sign_in
from tests.factories.users import Member, make_account
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import EnterAs


@pytest.fixture
async def account(services: Services, sql: Sql) -> str:
    """The external id of an account without users, as an import leaves it."""
    return await external_id_of(sql, await make_account(services))


async def external_id_of(sql: Sql, account_id: UUID) -> str:
    found = await sql.fetchval(
        "SELECT external_id FROM external_references WHERE kind = 'account' AND object_id = $1", account_id
    )
    assert isinstance(found, str)
    return found


def an_address() -> str:
    return f"{uuid4().hex}@example.com"


async def create(
    services: Services,
    account: str,
    email: str,
    *,
    role: Role = "owner",
    password: StoredPassword | None = None,
) -> CreatedMember:
    return await services.members.create(account=account, email=email, name="Pat Example", role=role, password=password)


class TestCreate:
    async def test_a_first_owner_signs_in_with_the_password(
        self, services: Services, account: str, stored: StoredPassword, browser: httpx.AsyncClient
    ) -> None:
        email = an_address()
        created = await create(services, account, email, password=stored)
        assert (created.is_new, created.token) == (True, None)
        response = await browser.post("/v1/sessions", json={"email": email, "password": PASSWORD})
        assert (response.status_code, response.json()["role"]) == (201, "owner")

    async def test_without_a_password_there_is_a_link(
        self, services: Services, account: str, client: httpx.AsyncClient, browser: httpx.AsyncClient
    ) -> None:
        email = an_address()
        created = await create(services, account, email, role="viewer")
        assert (await browser.post("/v1/sessions", json={"email": email, "password": PASSWORD})).status_code == 401
        body = {"token": created.token, "new_password": PASSWORD}
        assert (await client.post("/v1/password-resets/confirm", json=body)).status_code == 204
        response = await browser.post("/v1/sessions", json={"email": email, "password": PASSWORD})
        assert (response.status_code, response.json()["role"]) == (201, "viewer")

    async def test_a_known_user_enters_another_account_with_the_password_that_they_have(
        self, services: Services, account: str, member: Member, stored: StoredPassword, browser: httpx.AsyncClient
    ) -> None:
        created = await create(services, account, member.email, role="payer")
        assert created == CreatedMember(member.user_id, is_new=False, token=None)
        assert (await sign_in(browser, member)).status_code == 201
        with pytest.raises(AlreadyMemberError):
            await create(services, account, member.email)

    async def test_an_unknown_account_makes_no_user(self, services: Services) -> None:
        email = an_address()
        with pytest.raises(AccountUnknownError):
            await create(services, "never-imported", email)
        assert await services.users.find_credentials(email) is None

    @pytest.mark.parametrize("password", ["pat.example@example.com", "Kim Miller 123456", "Sunny Side Ltd 2026"])
    async def test_a_password_that_anyone_would_guess_is_refused(
        self, services: Services, account: str, password: str
    ) -> None:
        """Their address, their name, their company."""
        with pytest.raises(InvalidInputError):
            await services.members.accept_first(
                SecretStr(password), email="pat.example@example.com", name="Kim Miller", account=account
            )


class TestDisable:
    async def test_sessions_end_and_sign_in_is_refused_until_enabled(
        self, services: Services, member: Member, enter_as: EnterAs, browser: httpx.AsyncClient
    ) -> None:
        portal = await enter_as(member)
        await services.members.disable(member.email, disabled=True)
        assert (await portal.get("/v1/profile")).status_code == 401
        assert (await sign_in(browser, member)).status_code == 401
        await services.members.disable(member.email, disabled=False)
        assert (await sign_in(browser, member)).status_code == 201
        actions = [await audit_of(services, member.account_id, f"user.{name}") for name in ("disabled", "enabled")]
        assert [len(entries) for entries in actions] == [1, 1]

    async def test_a_second_call_changes_nothing(self, services: Services, member: Member) -> None:
        for _ in range(2):
            await services.members.disable(member.email, disabled=True)
        assert len(await audit_of(services, member.account_id, "user.disabled")) == 1

    async def test_an_unknown_address(self, services: Services) -> None:
        with pytest.raises(UserNotFoundError):
            await services.members.disable(an_address(), disabled=True)


class TestRole:
    async def test_a_new_role_ends_the_sessions_on_that_account_alone(
        self, services: Services, member: Member, account: str, sql: Sql, enter_as: EnterAs
    ) -> None:
        await create(services, account, member.email)
        elsewhere = await sql.fetchval("SELECT object_id FROM external_references WHERE external_id = $1", account)
        here = await enter_as(member)
        there = await enter_as(Member(elsewhere, member.user_id, member.email, "owner"))
        own = await external_id_of(sql, member.account_id)
        await services.members.change_role(member.email, account=own, role="viewer")
        assert (await here.get("/v1/profile")).status_code == 401
        assert (await there.get("/v1/profile")).status_code == 200
        assert await services.users.role_of(member.account_id, member.user_id) == "viewer"

    async def test_a_user_without_a_membership(self, services: Services, member: Member, account: str) -> None:
        with pytest.raises(NotMemberError):
            await services.members.change_role(member.email, account=account, role="viewer")
        with pytest.raises(NotMemberError):
            await services.members.remove(member.email, account=account)


class TestRemove:
    async def test_a_removed_user_has_no_access_and_can_come_back(
        self, services: Services, member: Member, sql: Sql, enter_as: EnterAs, browser: httpx.AsyncClient
    ) -> None:
        portal, own = await enter_as(member), await external_id_of(sql, member.account_id)
        await services.members.remove(member.email, account=own)
        assert (await portal.get("/v1/profile")).status_code == 401
        assert (await sign_in(browser, member)).status_code == 401
        assert await services.members.list(own) == []
        await create(services, own, member.email, role="viewer")
        assert (await sign_in(browser, member)).json()["role"] == "viewer"
        (row,) = await services.members.list(own)
        assert (row.email, row.role, row.disabled_at) == (member.email, "viewer", None)


async def test_a_set_password_ends_all_sessions(
    services: Services, member: Member, enter_as: EnterAs, browser: httpx.AsyncClient
) -> None:
    portal = await enter_as(member)
    new = await services.members.accept_next(SecretStr("another river at dusk"), email=member.email)
    await services.members.set_password(member.email, new)
    assert (await portal.get("/v1/profile")).status_code == 401
    assert (await sign_in(browser, member)).status_code == 401
    assert (await sign_in(browser, member, password="another river at dusk")).status_code == 201
