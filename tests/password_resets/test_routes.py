"""Setting a password by a one-time link."""

import asyncio
from hashlib import sha256
from typing import Any

import httpx
import pytest

from billing_api.auth.passwords import StoredPassword
from billing_api.users.errors import UserDisabledError
from tests.factories.sessions import PASSWORD, audit_of, sign_in
from tests.factories.users import Member
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import EnterAs

CONFIRM = "/v1/password-resets/confirm"
NEW = "another river at dusk"


async def link(services: Services, member: Member) -> str:
    return await services.members.issue_link(member.email)


async def confirm(client: httpx.AsyncClient, token: str, password: str = NEW) -> httpx.Response:
    return await client.post(CONFIRM, json={"token": token, "new_password": password})


def assert_refused(response: httpx.Response) -> None:
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/token")
    assert response.json()["errors"][0]["code"] == "invalid_token"


async def test_the_token_sets_the_password_and_ends_all_sessions(
    services: Services, client: httpx.AsyncClient, browser: httpx.AsyncClient, member: Member, enter_as: EnterAs
) -> None:
    portal = await enter_as(member)
    response = await confirm(client, await link(services, member))
    assert (response.status_code, response.content) == (204, b"")
    assert (await portal.get("/v1/profile")).status_code == 401
    assert (await sign_in(browser, member)).status_code == 401
    assert (await sign_in(browser, member, password=NEW)).status_code == 201
    (entry,) = await audit_of(services, member.account_id, "password.changed")
    assert (entry.detail, entry.actor_id) == ({"sessions_ended": 1}, str(member.user_id))


async def test_a_new_password_is_an_event(
    services: Services, client: httpx.AsyncClient, member: Member, sql: Sql
) -> None:
    assert (await confirm(client, await link(services, member))).status_code == 204
    kinds = await sql.fetch(
        "SELECT kind FROM outbox_events WHERE account_id = $1 AND subject_id = $2", member.account_id, member.user_id
    )
    assert "password.changed" in [row["kind"] for row in kinds]


async def test_a_token_works_once(services: Services, client: httpx.AsyncClient, member: Member) -> None:
    token = await link(services, member)
    responses = await asyncio.gather(*(confirm(client, token, f"{NEW} {number}") for number in range(5)))
    assert sorted(response.status_code for response in responses) == [204, 422, 422, 422, 422]
    assert_refused(await confirm(client, token))


async def test_a_refused_password_leaves_the_token_valid(
    services: Services, client: httpx.AsyncClient, member: Member
) -> None:
    token = await link(services, member)
    response = await confirm(client, token, member.email)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/new_password")
    assert (await confirm(client, token)).status_code == 204


async def test_a_new_link_replaces_the_one_before(
    services: Services, client: httpx.AsyncClient, member: Member
) -> None:
    first, second = await link(services, member), await link(services, member)
    assert_refused(await confirm(client, first))
    assert (await confirm(client, second)).status_code == 204


class TestWhatEndsALink:
    """An unused one, when the password was changed by other means or the user disabled."""

    async def test_an_operator_who_sets_the_password(
        self, services: Services, client: httpx.AsyncClient, member: Member, stored: StoredPassword
    ) -> None:
        token = await link(services, member)
        await services.members.set_password(member.email, stored)
        assert_refused(await confirm(client, token))

    async def test_the_user_who_changes_it(
        self, services: Services, client: httpx.AsyncClient, member: Member, enter_as: EnterAs
    ) -> None:
        token, portal = await link(services, member), await enter_as(member)
        change = {"current_password": PASSWORD, "new_password": NEW}
        assert (await portal.put("/v1/profile/password", json=change)).status_code == 204
        assert_refused(await confirm(client, token, "a third river at dusk"))

    async def test_disabling(
        self, services: Services, client: httpx.AsyncClient, browser: httpx.AsyncClient, member: Member
    ) -> None:
        """Enabling does not make it valid again, and the response is the same to a password that is easy to guess."""
        token = await link(services, member)
        await services.members.disable(member.email, disabled=True)
        assert_refused(await confirm(client, token))
        assert_refused(await confirm(client, token, "passwordpassword"))
        with pytest.raises(UserDisabledError):
            await link(services, member)
        await services.members.disable(member.email, disabled=False)
        assert_refused(await confirm(client, token))
        assert (await sign_in(browser, member)).status_code == 201
        assert (await confirm(client, await link(services, member))).status_code == 204

    async def test_disabling_while_the_password_is_hashed(
        self, services: Services, client: httpx.AsyncClient, member: Member, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The link was valid when it was looked up; it is looked up again with the user locked."""
        token, accept = await link(services, member), services.passwords.accept

        async def accept_late(*given: Any, **words: Any) -> StoredPassword:
            stored = await accept(*given, **words)
            await services.members.disable(member.email, disabled=True)
            return stored

        monkeypatch.setattr(services.passwords, "accept", accept_late)
        assert_refused(await confirm(client, token))

    async def test_links_of_the_release_before(
        self, services: Services, client: httpx.AsyncClient, member: Member, sql: Sql
    ) -> None:
        """They name no version, so it is unknown whether a later change has ended them."""
        token = await link(services, member)
        await sql.execute("UPDATE password_resets SET person_version = NULL WHERE person_id = $1", member.user_id)
        assert_refused(await confirm(client, token))


async def test_a_link_expires(services: Services, later: Later, client: httpx.AsyncClient, member: Member) -> None:
    later.clock.forward(hours=-25)
    token = await later.services.members.issue_link(member.email)
    assert_refused(await confirm(client, token))


@pytest.mark.parametrize("token", ["pr_unknown", " ", "x" * 200])
async def test_an_unknown_token_is_refused(client: httpx.AsyncClient, token: str) -> None:
    assert_refused(await confirm(client, token))


async def test_only_a_digest_is_stored(services: Services, member: Member, sql: Sql) -> None:
    token = await link(services, member)
    rows = await sql.fetch("SELECT token_hash FROM password_resets WHERE person_id = $1", member.user_id)
    assert [row["token_hash"] for row in rows] == [sha256(token.encode()).digest()]


async def test_a_link_is_in_the_audit_log(services: Services, member: Member) -> None:
    await link(services, member)
    (entry,) = await audit_of(services, member.account_id, "password_reset.issued")
    assert entry.subject_id == member.user_id


async def test_the_company_is_no_password_either(services: Services, client: httpx.AsyncClient, member: Member) -> None:
    response = await confirm(client, await link(services, member), "Sunny Side Ltd 2026")
    assert response.json()["errors"][0]["code"] == "password_too_common"
