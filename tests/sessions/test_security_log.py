"""Failed sign-ins and refusals leave a row and a line, for known and unknown addresses alike."""

from hashlib import sha256
from ipaddress import ip_address
from typing import Any
from uuid import uuid4

import httpx
import pytest
from structlog.testing import capture_logs

from tests.factories.sessions import PASSWORD, sign_in
from tests.factories.users import Member
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import EnterAs

WRONG = "a quiet river at dusk"


async def rows_of(sql: Sql, email: str) -> list[dict[str, Any]]:
    digest = sha256(email.encode()).hexdigest()
    rows = await sql.fetch("SELECT * FROM security_log WHERE email_digest = $1 ORDER BY id", digest)
    return [dict(row) for row in rows]


async def test_a_failed_sign_in_is_recorded(browser: httpx.AsyncClient, sql: Sql, member: Member) -> None:
    response = await sign_in(browser, member, password=WRONG)
    (row,) = await rows_of(sql, member.email)
    assert row["action"] == "sign_in.failed"
    assert row["request_id"] == response.headers["X-Request-Id"]
    assert ip_address(row["ip"]).version == 6
    assert (row["account_id"], row["actor_id"]) == (None, None)


async def test_an_unknown_address_leaves_the_same(browser: httpx.AsyncClient, sql: Sql, member: Member) -> None:
    """A row must not show who is a customer."""
    unknown = f"{uuid4().hex}@example.com"
    for email in (member.email, unknown):
        await browser.post("/v1/sessions", json={"email": email, "password": WRONG})
    known_row, unknown_row = (*await rows_of(sql, member.email), *await rows_of(sql, unknown))
    differ = {name for name, value in known_row.items() if value != unknown_row[name]}
    assert differ == {"id", "occurred_at", "email_digest", "request_id"}


async def test_neither_the_address_nor_the_password_is_kept(
    browser: httpx.AsyncClient, sql: Sql, member: Member
) -> None:
    with capture_logs() as lines:
        await sign_in(browser, member, password=WRONG)
    (row,) = await rows_of(sql, member.email)
    assert [line["event"] for line in lines] == ["sign_in.failed", "request"]
    assert lines[0]["log_level"] == "warning"
    assert (lines[0]["email_digest"], lines[0]["ip"]) == (row["email_digest"], row["ip"])
    for kept in (str(row), str(lines)):
        assert member.email not in kept
        assert WRONG not in kept


async def test_a_sign_in_that_succeeds_leaves_no_row(browser: httpx.AsyncClient, sql: Sql, member: Member) -> None:
    assert (await sign_in(browser, member)).status_code == 201
    assert await rows_of(sql, member.email) == []


async def test_a_refusal_is_recorded_once_in_a_window_and_logged_each_time(
    browser: httpx.AsyncClient, sql: Sql, member: Member
) -> None:
    """A flood of requests must not fill the table."""
    for _ in range(10):
        await sign_in(browser, member, password=WRONG)
    with capture_logs() as lines:
        codes = [(await sign_in(browser, member)).status_code for _ in range(3)]
    assert codes == [429] * 3
    rows = await rows_of(sql, member.email)
    assert [row["action"] for row in rows] == ["sign_in.failed"] * 10 + ["throttle.refused"]
    assert rows[-1]["detail"] == '{"policy": "sign-in-address-network"}'
    throttled = [line for line in lines if line["event"] == "throttled"]
    assert [line["policy"] for line in throttled] == ["sign-in-address-network"] * 3
    assert {line["email_digest"] for line in throttled} == {rows[0]["email_digest"]}


async def test_a_wrong_present_password_is_recorded_with_the_account(
    services: Services, sql: Sql, member: Member, enter_as: EnterAs
) -> None:
    portal = await enter_as(member)
    body = {"current_password": WRONG, "new_password": "another river at dusk"}
    codes = [(await portal.put("/v1/profile/password", json=body)).status_code for _ in range(11)]
    assert codes == [422] * 10 + [429]
    rows = await sql.fetch("SELECT * FROM security_log WHERE account_id = $1 ORDER BY id", member.account_id)
    assert [row["action"] for row in rows] == ["password.change_failed"] * 10 + ["throttle.refused"]
    assert {row["actor_id"] for row in rows} == {str(member.user_id)}


@pytest.mark.parametrize("given", [PASSWORD, WRONG])
async def test_the_address_is_digested_in_its_normal_form(
    browser: httpx.AsyncClient, sql: Sql, member: Member, given: str
) -> None:
    """One address has one digest, however it is written."""
    response = await browser.post("/v1/sessions", json={"email": member.email.upper(), "password": given})
    assert len(await rows_of(sql, member.email)) == (response.status_code == 401)
