"""Signing out over HTTP."""

from datetime import timedelta

import httpx
import pytest

from tests.factories.sessions import OWN_PAGE, audit_of, bearer, sign_in, tokens_in_body
from tests.factories.users import Member
from tests.fixtures.services import Services

COOKIE = "__Host-refresh"


class TestSignOut:
    async def test_a_sign_out_without_credentials_removes_the_cookie(self, client: httpx.AsyncClient) -> None:
        response = await client.delete("/v1/sessions/current")
        assert response.status_code == 204
        assert response.headers["Set-Cookie"].startswith(f'{COOKIE}=""')

    @pytest.mark.parametrize("query", ["a=1", "a=1&a=2", "a=&a", "origin=1&origin=2", "%ff&%ff=1&%ff=2"])
    async def test_a_query_does_not_keep_the_cookie(self, client: httpx.AsyncClient, query: str) -> None:
        """The route has no parameters: the query's are not looked at."""
        response = await client.delete(f"/v1/sessions/current?{query}")
        assert response.status_code == 204
        assert response.headers["Set-Cookie"].startswith(f'{COOKIE}=""')

    @pytest.mark.parametrize("authorization", ["Bearer x", "Bearer a.b.c", "Basic eDp5", "Bearer"])
    async def test_an_invalid_token_counts_as_none(self, client: httpx.AsyncClient, authorization: str) -> None:
        response = await client.delete("/v1/sessions/current", headers={"Authorization": authorization})
        assert response.status_code == 204

    async def test_an_expired_access_token_is_enough(
        self, browser: httpx.AsyncClient, services: Services, member: Member
    ) -> None:
        tokens = await tokens_in_body(browser, member)
        caller = services.tokens.verify(tokens["access_token"]).caller
        expired = services.tokens.issue(caller, session_end=services.clock.now() - timedelta(days=1))
        assert (await browser.get("/v1/profile", headers={"Authorization": f"Bearer {expired}"})).status_code == 401
        response = await browser.delete("/v1/sessions/current", headers={"Authorization": f"Bearer {expired}"})
        assert response.status_code == 204
        assert (await browser.get("/v1/profile", headers=bearer(tokens))).json()["code"] == "invalid_token"
        (entry,) = await audit_of(services, member.account_id, "session.ended")
        assert (entry.actor_id, entry.detail) == (str(member.user_id), {"reason": "signed_out"})

    async def test_another_deployments_token_ends_nothing(self, browser: httpx.AsyncClient, member: Member) -> None:
        tokens = await tokens_in_body(browser, member)
        header, payload, _ = tokens["access_token"].split(".")
        forged = {"Authorization": f"Bearer {header}.{payload}.{'A' * 86}"}
        assert (await browser.delete("/v1/sessions/current", headers=forged)).status_code == 204
        assert (await browser.get("/v1/profile", headers=bearer(tokens))).status_code == 200

    async def test_the_cookie_alone_is_enough(
        self, browser: httpx.AsyncClient, services: Services, member: Member
    ) -> None:
        tokens = (await sign_in(browser, member)).json()
        response = await browser.delete("/v1/sessions/current", headers=OWN_PAGE)
        assert response.status_code == 204
        assert COOKIE not in browser.cookies
        assert (await browser.get("/v1/profile", headers=bearer(tokens))).json()["code"] == "invalid_token"
        (entry,) = await audit_of(services, member.account_id, "session.ended")
        assert entry.actor_id == str(member.user_id)

    async def test_a_cookie_that_was_refreshed_meanwhile_ends_the_same_session(
        self, browser: httpx.AsyncClient, member: Member
    ) -> None:
        tokens = (await sign_in(browser, member)).json()
        spent = browser.cookies[COOKIE]
        await browser.post("/v1/sessions/refresh", headers=OWN_PAGE)
        browser.cookies.clear()
        response = await browser.delete("/v1/sessions/current", headers=OWN_PAGE | {"Cookie": f"{COOKIE}={spent}"})
        assert response.status_code == 204
        assert (await browser.get("/v1/profile", headers=bearer(tokens))).json()["code"] == "invalid_token"

    async def test_the_cookies_session_ends_beside_that_of_the_token(
        self, browser: httpx.AsyncClient, member: Member
    ) -> None:
        """A portal may still hold the access token of the sign-in before."""
        first, second = (await sign_in(browser, member)).json(), (await sign_in(browser, member)).json()
        response = await browser.delete("/v1/sessions/current", headers=OWN_PAGE | bearer(first))
        assert response.status_code == 204
        codes = [(await browser.get("/v1/profile", headers=bearer(tokens))).status_code for tokens in (first, second)]
        assert codes == [401, 401]

    @pytest.mark.parametrize("headers", [{}, {"X-Requested-With": "fetch", "Origin": "https://evil.example.com"}])
    async def test_a_page_of_another_site_can_not_sign_out(
        self, browser: httpx.AsyncClient, member: Member, headers: dict[str, str]
    ) -> None:
        tokens = (await sign_in(browser, member)).json()
        response = await browser.delete("/v1/sessions/current", headers=headers)
        assert (response.status_code, response.json()["code"]) == (403, "cross_site_request")
        assert COOKIE in browser.cookies
        assert (await browser.get("/v1/profile", headers=bearer(tokens))).status_code == 200

    async def test_a_second_sign_out_is_a_204(
        self, browser: httpx.AsyncClient, services: Services, member: Member
    ) -> None:
        tokens = (await sign_in(browser, member)).json()
        for _ in range(2):
            response = await browser.delete("/v1/sessions/current", headers=bearer(tokens))
            assert (response.status_code, response.headers["Clear-Site-Data"]) == (204, '"cache"')
            assert response.headers["Set-Cookie"].startswith(f'{COOKIE}=""')
        assert len(await audit_of(services, member.account_id, "session.ended")) == 1

    async def test_access_refresh_and_cookie_end_at_once(self, browser: httpx.AsyncClient, member: Member) -> None:
        tokens = (await sign_in(browser, member)).json()
        response = await browser.delete("/v1/sessions/current", headers=bearer(tokens))
        assert (response.status_code, response.headers["Cache-Control"]) == (204, "no-store")
        assert response.headers["Set-Cookie"].startswith(f'{COOKIE}=""')
        assert COOKIE not in browser.cookies
        assert (await browser.get("/v1/profile", headers=bearer(tokens))).json()["code"] == "invalid_token"

    async def test_the_browser_clears_its_cache(self, browser: httpx.AsyncClient, member: Member) -> None:
        tokens = (await sign_in(browser, member)).json()
        response = await browser.delete("/v1/sessions/current", headers=bearer(tokens))
        assert response.headers["Clear-Site-Data"] == '"cache"'

    async def test_the_refresh_token_is_invalid_afterwards(self, browser: httpx.AsyncClient, member: Member) -> None:
        tokens = await tokens_in_body(browser, member)
        await browser.delete("/v1/sessions/current", headers=bearer(tokens))
        response = await browser.post("/v1/sessions/refresh", json={"refresh_token": tokens["refresh_token"]})
        assert response.status_code == 401
