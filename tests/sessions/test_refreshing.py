"""Refreshing tokens over HTTP."""

import httpx
import pytest

from tests.factories.sessions import ORIGIN, OWN_PAGE, bearer, sign_in, tokens_in_body
from tests.factories.users import Member
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services

COOKIE = "__Host-refresh"


class TestRefresh:
    async def test_a_token_in_the_body_is_refreshed(self, browser: httpx.AsyncClient, member: Member) -> None:
        first = await tokens_in_body(browser, member)
        response = await browser.post("/v1/sessions/refresh", json={"refresh_token": first["refresh_token"]})
        second = response.json()
        assert response.headers["Cache-Control"] == "no-store"
        assert second["refresh_token"] != first["refresh_token"]
        assert second["session_id"] == first["session_id"]
        assert second["session_expires_at"] == first["session_expires_at"]
        assert (await browser.get("/v1/profile", headers=bearer(second))).status_code == 200

    async def test_a_session_is_refreshed_thirty_times_a_minute_at_most(
        self, services: Services, browser: httpx.AsyncClient, member: Member
    ) -> None:
        """A refused refresh uses no token up, and other sessions are counted apart."""

        async def refresh(token: str) -> httpx.Response:
            return await browser.post("/v1/sessions/refresh", json={"refresh_token": token})

        token = first = (await tokens_in_body(browser, member))["refresh_token"]
        other = (await tokens_in_body(browser, member))["refresh_token"]
        for _ in range(30):
            token = (await refresh(token)).json()["refresh_token"]
        for given in (token, first):
            response = await refresh(given)
            assert (response.status_code, response.json()["code"]) == (429, "too_many_requests")
            assert response.headers["RateLimit-Policy"] == '"refreshes";q=30;w=60'
        assert (await refresh(other)).status_code == 200
        services.rates._windows.clear()  # as a minute later
        assert (await refresh(token)).status_code == 200

    async def test_a_token_in_a_cookie_is_refreshed(self, browser: httpx.AsyncClient, member: Member) -> None:
        await sign_in(browser, member)
        before = browser.cookies[COOKIE]
        response = await browser.post("/v1/sessions/refresh", headers=OWN_PAGE)
        assert (response.status_code, response.json()["refresh_token"]) == (200, None)
        assert browser.cookies[COOKIE] != before
        assert (await browser.post("/v1/sessions/refresh", headers=OWN_PAGE)).status_code == 200

    async def test_the_apis_own_pages_may_refresh(self, browser: httpx.AsyncClient, member: Member) -> None:
        await sign_in(browser, member)
        own = {"Origin": "http://billing.test", "X-Requested-With": "fetch"}
        assert (await browser.post("/v1/sessions/refresh", headers=own)).status_code == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Origin": ORIGIN},
            {"X-Requested-With": "fetch"},
            {"X-Requested-With": "", "Origin": ORIGIN},
            {"X-Requested-With": "fetch", "Origin": "https://evil.example.com"},
            {"X-Requested-With": "fetch", "Origin": "null"},
            {"X-Requested-With": "fetch", "Origin": f"{ORIGIN}.evil.example"},
            {"X-Requested-With": "fetch", "Origin": ORIGIN.replace("https", "http")},
            {"X-Requested-With": "fetch", "Origin": f"{ORIGIN}/"},
            {"X-Requested-With": "fetch", "Origin": ORIGIN.upper()},
        ],
    )
    async def test_a_cookie_from_elsewhere_is_refused_and_not_used(
        self, browser: httpx.AsyncClient, member: Member, headers: dict[str, str]
    ) -> None:
        await sign_in(browser, member)
        response = await browser.post("/v1/sessions/refresh", headers=headers)
        assert (response.status_code, response.json()["code"]) == (403, "cross_site_request")
        assert (await browser.post("/v1/sessions/refresh", headers=OWN_PAGE)).status_code == 200

    @pytest.mark.parametrize("token", ["rt_nobody_has_it", "eyJ.eyJ.eyJ", "\u00e9"])
    async def test_an_invalid_refresh_token_is_refused(self, browser: httpx.AsyncClient, token: str) -> None:
        response = await browser.post("/v1/sessions/refresh", json={"refresh_token": token})
        assert (response.status_code, response.json()["code"]) == (401, "invalid_refresh_token")
        assert response.headers["WWW-Authenticate"] == "Bearer"

    async def test_a_refresh_without_a_token_is_refused(self, browser: httpx.AsyncClient) -> None:
        """It says that none came, and why that may be."""
        bodies: tuple[dict[str, str] | None, ...] = (None, {})
        for body in bodies:
            response = await browser.post("/v1/sessions/refresh", json=body, headers=OWN_PAGE)
            assert (response.status_code, response.json()["code"]) == (401, "refresh_token_missing")
            assert 'credentials: "include"' in response.json()["detail"]

    async def test_an_access_token_is_no_refresh_token_nor_the_other_way_round(
        self, browser: httpx.AsyncClient, member: Member
    ) -> None:
        tokens = await tokens_in_body(browser, member)
        as_refresh = await browser.post("/v1/sessions/refresh", json={"refresh_token": tokens["access_token"][:200]})
        as_access = await browser.get("/v1/profile", headers={"Authorization": f"Bearer {tokens['refresh_token']}"})
        assert (as_refresh.status_code, as_access.status_code) == (401, 401)

    async def test_a_role_that_changed_counts_from_the_next_refresh(
        self, browser: httpx.AsyncClient, sql: Sql, member: Member
    ) -> None:
        tokens = await tokens_in_body(browser, member)
        await sql.execute("UPDATE memberships SET role = 'viewer' WHERE person_id = $1", member.user_id)
        response = await browser.post("/v1/sessions/refresh", json={"refresh_token": tokens["refresh_token"]})
        assert response.json()["role"] == "viewer"

    async def test_a_disabled_user_can_not_refresh(self, browser: httpx.AsyncClient, sql: Sql, member: Member) -> None:
        tokens = await tokens_in_body(browser, member)
        await sql.execute("UPDATE users SET disabled_at = now() WHERE id = $1", member.user_id)
        response = await browser.post("/v1/sessions/refresh", json={"refresh_token": tokens["refresh_token"]})
        assert response.status_code == 401
