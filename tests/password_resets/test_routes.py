"""Setting a password by a one-time link."""

import asyncio
from hashlib import sha256

import httpx
import pytest

from billing_api.bootstrap import Services
from tests.factories.sessions import audit_of, sign_in
from tests.factories.users import Member
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.signed_in import EnterAs

CONFIRM = "/v1/password-resets/confirm"
NEW = "another river at dusk"


async def link(services: Services, member: Member) -> str:
    return await services.members.issue_link(member.email)


async def confirm(client: httpx.AsyncClient, token: str, password: str = NEW) -> httpx.Response:
    return await client.post(CONFIRM, json={"token": token, "new_password": password})


def assert_refused(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/token")
    assert answer.json()["errors"][0]["code"] == "invalid_token"


async def test_the_token_sets_the_password_and_ends_all_sessions(
    services: Services, client: httpx.AsyncClient, browser: httpx.AsyncClient, member: Member, enter_as: EnterAs
) -> None:
    portal = await enter_as(member)
    answer = await confirm(client, await link(services, member))
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await portal.get("/v1/profile")).status_code == 401
    assert (await sign_in(browser, member)).status_code == 401
    assert (await sign_in(browser, member, password=NEW)).status_code == 201
    (entry,) = await audit_of(services, member.account_id, "password.changed")
    assert (entry.detail, entry.actor_id) == ({"sessions_ended": 1}, str(member.person_id))


async def test_a_token_works_once(services: Services, client: httpx.AsyncClient, member: Member) -> None:
    token = await link(services, member)
    answers = await asyncio.gather(*(confirm(client, token, f"{NEW} {number}") for number in range(5)))
    assert sorted(answer.status_code for answer in answers) == [204, 422, 422, 422, 422]
    assert_refused(await confirm(client, token))


async def test_a_refused_password_leaves_the_token_valid(
    services: Services, client: httpx.AsyncClient, member: Member
) -> None:
    token = await link(services, member)
    answer = await confirm(client, token, member.email)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/new_password")
    assert (await confirm(client, token)).status_code == 204


async def test_a_new_link_replaces_the_one_before(
    services: Services, client: httpx.AsyncClient, member: Member
) -> None:
    first, second = await link(services, member), await link(services, member)
    assert_refused(await confirm(client, first))
    assert (await confirm(client, second)).status_code == 204


async def test_a_link_expires(services: Services, later: Later, client: httpx.AsyncClient, member: Member) -> None:
    later.clock.forward(hours=-25)
    token = await later.services.members.issue_link(member.email)
    assert_refused(await confirm(client, token))


@pytest.mark.parametrize("token", ["pr_unknown", " ", "x" * 200])
async def test_an_unknown_token_is_refused(client: httpx.AsyncClient, token: str) -> None:
    assert_refused(await confirm(client, token))


async def test_only_a_digest_is_stored(services: Services, member: Member, sql: Sql) -> None:
    token = await link(services, member)
    rows = await sql.fetch("SELECT token_hash FROM password_resets WHERE person_id = $1", member.person_id)
    assert [row["token_hash"] for row in rows] == [sha256(token.encode()).digest()]


async def test_the_company_is_no_password_either(services: Services, client: httpx.AsyncClient, member: Member) -> None:
    answer = await confirm(client, await link(services, member), "Sunny Side Ltd 2026")
    assert answer.json()["errors"][0]["code"] == "password_too_common"
