"""Download links: one file, one use, one minute, and the rights of the moment."""

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from billing_api.db.exports import Exports
from billing_api.download_links.service import LIFETIME
from tests.factories.invoices import post_invoice
from tests.factories.users import make_member
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import EnterAs, Portal
from tests.http.problem import without_ids

LINKS = "/v1/download-links"
TARGET = "/v1/invoices.csv?status=open&sort=number"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def link_of(portal: Portal, target: str = TARGET) -> str:
    """The address of a new link."""
    response = await portal.post(LINKS, json={"target": target})
    assert response.status_code == 201, response.text
    url: str = response.json()["url"]
    return url


async def grow_old(sql: Sql, portal: Portal, age: timedelta) -> None:
    """Let time go by for the account's link."""
    moved = "UPDATE download_links SET expires_at = expires_at - $2::interval WHERE account_id = $1"
    assert await sql.execute(moved, portal.account_id, age) == "UPDATE 1"


async def test_anonymous_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post(LINKS, json={"target": TARGET})).status_code == 401


class TestCreate:
    async def test_the_link_is_absolute_and_ends_in_a_minute(self, services: Services, viewer: Portal) -> None:
        before = services.clock.now()
        response = await viewer.post(LINKS, json={"target": TARGET})
        body = response.json()
        assert body["url"].startswith("http://billing.test/v1/downloads?token=dl_")
        assert body["target"] == TARGET
        assert body["expires_at"] <= (services.clock.now() + LIFETIME).isoformat()
        assert body["expires_at"] >= (before + LIFETIME).isoformat()[:19]
        assert response.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize(
        "target",
        [
            "/v1/invoices",
            "/v1/profile",
            "/v1/invoices.csv?limit=2",
            "/v1/invoices.csv?status=gone",
            "/v1/invoices.csv?q=a&q=b",
            "/v1/downloads?token=dl_x",
            "/v1/nothing.csv",
            "/metrics",
            "https://evil.example/v1/invoices.csv",
            "//evil.example/v1/invoices.csv",
            "/v1/../metrics",
            "/v1/invoices.csv#x",
            "/v1/invoices%2ecsv",
            "/v1/invoices.csv?q=a b",
        ],
    )
    async def test_other_targets_are_refused(self, portal: Portal, target: str) -> None:
        response = await portal.post(LINKS, json={"target": target})
        assert (response.status_code, response.json()["code"]) == (422, "validation_failed")
        assert response.json()["errors"][0]["pointer"] == "/target"

    @pytest.mark.parametrize(
        "number", ["4111111111111111", "4111+1111+1111+1111", "4111%201111-1111-1111", "%34%311111111111111%31"]
    )
    async def test_a_card_number_is_refused(self, portal: Portal, sql: Sql, number: str) -> None:
        """A target is stored; a list may be searched for anything."""
        response = await portal.post(LINKS, json={"target": f"/v1/invoices.csv?q={number}"})
        assert response.status_code == 422
        [error] = response.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/target", "card_number")
        assert "1111" not in without_ids(response.text)
        assert not await sql.fetchval("SELECT count(*) FROM download_links WHERE account_id = $1", portal.account_id)


class TestOpen:
    async def test_it_gives_the_file_that_the_caller_would_get(
        self, services: Services, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        await post_invoice(services, portal.account_id, number="INV-2")
        await post_invoice(services, portal.account_id, number="INV-1")
        own = await portal.get(TARGET)
        opened = await client.get(await link_of(portal), headers=BROWSER)
        assert (opened.status_code, opened.content) == (200, own.content)
        assert b"INV-1" in opened.content
        for name in ("Content-Type", "Content-Disposition", "Cache-Control"):
            assert opened.headers[name] == own.headers[name]
        assert opened.headers["Referrer-Policy"] == "no-referrer"

    async def test_it_opens_a_pdf(self, services: Services, portal: Portal, client: httpx.AsyncClient) -> None:
        invoice_id = await post_invoice(services, portal.account_id)
        opened = await client.get(await link_of(portal, f"/v1/invoices/{invoice_id}/pdf"), headers=BROWSER)
        assert (opened.status_code, opened.headers["Content-Type"]) == (200, "application/pdf")
        assert opened.content.startswith(b"%PDF-")

    async def test_another_accounts_file_is_not_found(
        self, services: Services, portal: Portal, stranger: Portal, client: httpx.AsyncClient
    ) -> None:
        invoice_id = await post_invoice(services, stranger.account_id)
        opened = await client.get(await link_of(portal, f"/v1/invoices/{invoice_id}/pdf"))
        assert (opened.status_code, opened.json()["code"]) == (404, "invoice_not_found")

    async def test_it_opens_once(self, portal: Portal, client: httpx.AsyncClient) -> None:
        url = await link_of(portal)
        assert (await client.get(url)).status_code == 200
        again = await client.get(url)
        assert (again.status_code, again.json()["code"]) == (410, "download_link_gone")
        assert again.headers["Cache-Control"] == "no-store"

    async def test_of_fifty_at_once_one_gets_the_file(self, portal: Portal, client: httpx.AsyncClient) -> None:
        url = await link_of(portal)
        statuses = [response.status_code for response in await asyncio.gather(*(client.get(url) for _ in range(50)))]
        assert (statuses.count(200), statuses.count(410)) == (1, 49)

    async def test_head_leaves_the_link_as_it_is(self, app: FastAPI, portal: Portal, client: httpx.AsyncClient) -> None:
        url = await link_of(portal)
        for _ in range(2):
            head = await client.head(url)
            assert (head.status_code, head.content) == (200, b"")
            assert "attachment" in head.headers["Content-Disposition"]
        assert (await client.get(url)).status_code == 200
        assert (await client.head(url)).status_code == 410
        assert app.state.parts[Exports].under_way == 0

    async def test_a_late_link_is_gone(self, portal: Portal, client: httpx.AsyncClient, sql: Sql) -> None:
        url = await link_of(portal)
        await grow_old(sql, portal, LIFETIME)
        assert (await client.get(url)).status_code == 410

    @pytest.mark.parametrize("token", ["dl_unknown", "x", "A" * 200])
    async def test_an_unknown_token_is_gone(self, client: httpx.AsyncClient, token: str) -> None:
        response = await client.get(f"/v1/downloads?token={token}")
        assert (response.status_code, response.json()["code"]) == (410, "download_link_gone")

    async def test_people_get_a_page(self, portal: Portal, client: httpx.AsyncClient) -> None:
        url = await link_of(portal)
        await client.get(url)
        page = await client.get(url, headers=BROWSER)
        assert (page.status_code, page.headers["Content-Type"]) == (410, "text/html; charset=utf-8")
        assert "This download link is no longer valid" in page.text
        assert "token" not in page.text
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")

    async def test_an_error_of_the_file_is_a_page_too(
        self, app: FastAPI, portal: Portal, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = await link_of(portal)
        monkeypatch.setattr("billing_api.db.exports._PATIENCE", 0)
        monkeypatch.setattr(app.state.parts[Exports], "_most", 0)
        page = await client.get(url, headers=BROWSER)
        assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
        assert "Too many exports are under way" in page.text

    async def test_a_file_that_can_not_be_had_now_leaves_the_link_as_it_is(
        self, app: FastAPI, portal: Portal, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, sql: Sql
    ) -> None:
        """Whether the service is busy or the user has asked too often; then it opens the file once."""
        url = await link_of(portal)
        with monkeypatch.context() as busy:
            busy.setattr("billing_api.db.exports._PATIENCE", 0)
            busy.setattr(app.state.parts[Exports], "_most", 0)
            assert (await client.get(url)).status_code == 503
        with monkeypatch.context() as busy:
            busy.setattr(app.state.parts[Exports]._places, "_most", 0)
            assert (await client.get(url)).status_code == 429
        assert [(await client.get(url)).status_code for _ in range(2)] == [200, 410]
        query = "SELECT action FROM audit_log WHERE account_id = $1 AND action LIKE 'download%' ORDER BY id"
        actions = [row["action"].removeprefix("download_link.") for row in await sql.fetch(query, portal.account_id)]
        assert actions == ["created", *["used", "given_back"] * 2, "used"]


class TestRights:
    async def test_a_session_that_has_ended_opens_nothing(self, portal: Portal, client: httpx.AsyncClient) -> None:
        url = await link_of(portal)
        assert (await portal.delete("/v1/sessions/current")).is_success
        assert (await client.get(url)).status_code == 410

    async def test_a_disabled_user_opens_nothing(
        self, services: Services, enter_as: EnterAs, client: httpx.AsyncClient
    ) -> None:
        member = await make_member(services)
        url = await link_of(await enter_as(member))
        await services.members.disable(member.email, disabled=True)
        assert (await client.get(url)).status_code == 410

    async def test_another_role_opens_nothing(self, portal: Portal, client: httpx.AsyncClient, sql: Sql) -> None:
        """The user signs in again with the new one."""
        url = await link_of(portal)
        await sql.execute("UPDATE memberships SET role = 'viewer' WHERE person_id = $1", portal.user_id)
        assert (await client.get(url)).status_code == 410


class TestSecrecy:
    async def test_the_token_is_stored_as_a_digest(self, portal: Portal, sql: Sql) -> None:
        token = parse_qs(urlsplit(await link_of(portal)).query)["token"][0]
        rows = await sql.fetch("SELECT * FROM download_links WHERE account_id = $1", portal.account_id)
        assert len(rows) == 1
        assert token not in str(dict(rows[0]))
        assert token.encode() not in rows[0]["token_hash"]

    async def test_no_log_line_has_it(self, portal: Portal, client: httpx.AsyncClient) -> None:
        with capture_logs() as logged:
            url = await link_of(portal)
            token = parse_qs(urlsplit(url).query)["token"][0]
            await client.get(url)
            await client.get(url)
        lines = [line for line in logged if line.get("route") == "/v1/downloads"]
        assert [line["status"] for line in lines] == [200, 410]
        assert lines[0]["actor"] == str(portal.user_id)
        assert token not in str(logged)

    async def test_making_and_using_it_stand_in_the_audit_log(
        self, portal: Portal, client: httpx.AsyncClient, sql: Sql
    ) -> None:
        await client.get(await link_of(portal, "/v1/invoices.csv?q=secret"))
        query = "SELECT * FROM audit_log WHERE account_id = $1 AND action LIKE 'download%' ORDER BY id"
        rows: list[Any] = await sql.fetch(query, portal.account_id)
        assert [row["action"] for row in rows] == ["download_link.created", "download_link.used"]
        assert {row["actor_id"] for row in rows} == {str(portal.user_id)}
        assert "secret" not in str([row["detail"] for row in rows])


async def test_old_links_are_pruned(services: Services, portal: Portal, client: httpx.AsyncClient, sql: Sql) -> None:
    await client.get(await link_of(portal))
    count = "SELECT count(*) FROM download_links WHERE account_id = $1"
    await services.download_links.prune()
    assert await sql.fetchval(count, portal.account_id) == 1
    await grow_old(sql, portal, timedelta(hours=2))
    await services.download_links.prune()
    assert await sql.fetchval(count, portal.account_id) == 0
