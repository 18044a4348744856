"""A refused sign-in reveals nothing, neither by its response nor by its work."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pytest

from billing_api.auth.passwords import StoredPassword
from billing_api.db.address import Connection
from billing_api.db.pool import _Acquired
from tests.factories.sessions import PASSWORD
from tests.factories.users import Member, make_member
from tests.fixtures.queries import Queries, Sql
from tests.fixtures.services import Services

WRONG = "a quiet river at dusk"
ARGON2_PARAMETERS = "$argon2id$v=19$m=19456,t=2,p=1"


@dataclass
class Work:
    """What one request did, in order."""

    hashes: list[str] = field(default_factory=list)
    queries: Queries = field(default_factory=Queries)

    def clear(self) -> None:
        self.hashes.clear()
        self.queries.clear()

    @property
    def statements(self) -> list[str]:
        return [sql for sql in self.queries if "DELETE FROM rate_counters" not in sql]  # the first of a window sweeps


@pytest.fixture
def work(services: Services, queries: Queries, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Notes every hash and every statement of this process; clear it before the request that counts."""
    work = Work(queries=queries)
    verify = services.passwords._context.verify_and_update

    def noted_verify(text: str, stored: str) -> tuple[bool, str | None]:
        work.hashes.append(stored.rpartition("$")[0].rpartition("$")[0])
        result: tuple[bool, str | None] = verify(text, stored)
        return result

    monkeypatch.setattr(services.passwords._context, "verify_and_update", noted_verify)
    return work


@dataclass
class Refused:
    """The reason of a refusal, which the response must not reveal."""

    email: str
    password: str


async def unknown(services: Services, stored: StoredPassword) -> Refused:
    return Refused(f"{uuid4().hex}@example.com", PASSWORD)


async def wrong_password(services: Services, stored: StoredPassword) -> Refused:
    return Refused((await make_member(services, password=stored)).email, WRONG)


async def no_password_yet(services: Services, stored: StoredPassword) -> Refused:
    return Refused((await make_member(services)).email, PASSWORD)


async def disabled(services: Services, stored: StoredPassword) -> Refused:
    member = await make_member(services, password=stored)
    await services.members.disable(member.email, disabled=True)
    return Refused(member.email, PASSWORD)


@pytest.mark.parametrize("why", [wrong_password, no_password_yet, disabled])
async def test_it_is_refused_as_an_unknown_address_is(
    services: Services, stored: StoredPassword, browser: httpx.AsyncClient, work: Work, why: Any
) -> None:
    """Body, headers, hash and statements are the same, so that there is nothing to measure."""
    seen = []
    for case in (await unknown(services, stored), await why(services, stored)):
        work.clear()
        response = await browser.post("/v1/sessions", json={"email": case.email, "password": case.password})
        body = response.json() | {"request_id": None}
        headers = {name: value for name, value in response.headers.items() if name not in {"x-request-id", "date"}}
        seen.append((response.status_code, body, headers, [*work.hashes], work.statements))
    assert seen[0] == seen[1]
    assert seen[0][0] == 401
    assert seen[0][3] == [ARGON2_PARAMETERS]


async def test_a_user_without_an_account_gets_the_same_refusal(
    sql: Sql, member: Member, browser: httpx.AsyncClient
) -> None:
    """Their password was right, so the work may differ, but not the response."""
    await sql.execute("UPDATE memberships SET ended_at = now() WHERE person_id = $1", member.user_id)
    response = await browser.post("/v1/sessions", json={"email": member.email, "password": PASSWORD})
    assert (response.status_code, response.json()["code"]) == (401, "wrong_credentials")


async def test_the_throttle_knows_no_difference_either(services: Services, browser: httpx.AsyncClient) -> None:
    body = {"email": f"{uuid4().hex}@example.com", "password": WRONG}
    responses = [await browser.post("/v1/sessions", json=body) for _ in range(11)]
    assert [response.status_code for response in responses] == [401] * 10 + [429]


async def test_no_connection_is_kept_while_a_hash_is_computed(
    services: Services, member: Member, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a transaction's nor a read's: a hash takes longer than both."""
    taken: list[_Acquired] = []  # by the request; the watch over revoked tokens takes others meanwhile
    given_back: list[_Acquired] = []
    kept_during_hashes: list[int] = []
    request = asyncio.current_task()
    enter, leave = _Acquired.__aenter__, _Acquired.__aexit__
    verify = services.passwords._context.verify_and_update

    async def noted_enter(self: _Acquired) -> Connection:
        if asyncio.current_task() is request:
            taken.append(self)
        return await enter(self)

    async def noted_leave(self: _Acquired, *error: Any) -> None:
        await leave(self, *error)
        if self in taken:
            given_back.append(self)

    def noted_verify(text: str, stored: str) -> tuple[bool, str | None]:
        kept_during_hashes.append(len(taken) - len(given_back))
        result: tuple[bool, str | None] = verify(text, stored)
        return result

    monkeypatch.setattr(_Acquired, "__aenter__", noted_enter)
    monkeypatch.setattr(_Acquired, "__aexit__", noted_leave)
    monkeypatch.setattr(services.passwords._context, "verify_and_update", noted_verify)
    response = await browser.post("/v1/sessions", json={"email": member.email, "password": PASSWORD})
    assert (response.status_code, kept_during_hashes) == (201, [0])
    assert len(taken) > 1


async def test_a_sign_in_takes_nine_round_trips(member: Member, browser: httpx.AsyncClient, queries: Queries) -> None:
    """Two reads; BEGIN, the user's lock, the account that is entered, session, token, audit and COMMIT."""
    queries.clear()
    response = await browser.post("/v1/sessions", json={"email": member.email, "password": PASSWORD})
    assert (response.status_code, len(queries)) == (201, 9), queries


async def test_a_refresh_takes_eight_round_trips(member: Member, browser: httpx.AsyncClient, queries: Queries) -> None:
    """One read; BEGIN, the token's use, the session's lock, the role, the session, the next token and COMMIT."""
    signed_in = {"email": member.email, "password": PASSWORD, "refresh_token_in": "body"}
    tokens = (await browser.post("/v1/sessions", json=signed_in)).json()
    queries.clear()
    response = await browser.post("/v1/sessions/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert (response.status_code, len(queries)) == (200, 8), queries
