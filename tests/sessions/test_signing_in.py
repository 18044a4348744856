"""Signing in over HTTP."""

import json
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest

from tests.factories.sessions import ORIGIN, PASSWORD, audit_of, bearer, sign_in, tokens_in_body
from tests.factories.users import Member
from tests.fixtures.services import Services

COOKIE, DEVICE = "__Host-refresh", "__Host-device"


class TestCreate:
    async def test_a_wrong_field_is_named_once(self, browser: httpx.AsyncClient) -> None:
        response = await browser.post("/v1/sessions", json={"email": "pat", "password": PASSWORD})
        assert [error["pointer"] for error in response.json()["errors"]] == ["/email"]

    async def test_the_access_token_is_good(self, browser: httpx.AsyncClient, member: Member) -> None:
        tokens = await tokens_in_body(browser, member)
        assert (tokens["account_id"], tokens["role"]) == (str(member.account_id), "owner")
        assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
        assert (await browser.get("/v1/profile", headers=bearer(tokens))).status_code == 200

    async def test_the_refresh_token_goes_into_a_cookie_that_no_script_and_no_other_site_sees(
        self, browser: httpx.AsyncClient, member: Member
    ) -> None:
        response = await sign_in(browser, member)
        assert response.json()["refresh_token"] is None
        assert response.json()["device_token"] is None
        cookies = [SimpleCookie(text) for text in response.headers.get_list("Set-Cookie")]
        assert [[*cookie] for cookie in cookies] == [[COOKIE], [DEVICE]]
        for cookie in (cookies[0][COOKIE], cookies[1][DEVICE]):
            assert (cookie["path"], cookie["domain"], cookie["samesite"]) == ("/", "", "strict")
            assert cookie["secure"]
            assert cookie["httponly"]
            assert cookie["expires"]

    async def test_the_refresh_token_goes_into_the_body_and_into_no_cookie(
        self, browser: httpx.AsyncClient, member: Member
    ) -> None:
        response = await sign_in(browser, member, refresh_token_in="body")
        assert len(response.json()["refresh_token"]) >= 43
        assert response.json()["device_token"]
        assert "Set-Cookie" not in response.headers

    async def test_tokens_are_not_to_be_cached(self, browser: httpx.AsyncClient, member: Member) -> None:
        assert (await sign_in(browser, member)).headers["Cache-Control"] == "no-store"

    async def test_the_address_may_be_written_in_any_case(self, browser: httpx.AsyncClient, member: Member) -> None:
        response = await browser.post("/v1/sessions", json={"email": member.email.upper(), "password": PASSWORD})
        assert response.status_code == 201

    async def test_a_sign_in_is_in_the_audit_log(
        self, browser: httpx.AsyncClient, services: Services, member: Member
    ) -> None:
        tokens = await tokens_in_body(browser, member)
        (entry,) = await audit_of(services, member.account_id, "session.started")
        assert (entry.actor_id, str(entry.subject_id)) == (str(member.user_id), tokens["session_id"])
        assert entry.ip

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"email": "pat", "password": PASSWORD}, "/email"),
            ({"email": "pat@example.com"}, "/password"),
            ({"email": "pat@example.com", "password": ""}, "/password"),
            ({"email": "pat@example.com", "password": "x" * 257}, "/password"),
            ({"email": "pat@example.com", "password": 5}, "/password"),
            ({"email": "pat@example.com", "password": "\ud800"}, "/password"),
            ({"email": "pat@example.com", "password": PASSWORD, "refresh_token_in": "url"}, "/refresh_token_in"),
            ({"email": "pat@example.com", "password": PASSWORD, "otp": "1"}, "/otp"),
        ],
    )
    async def test_an_invalid_body_is_refused_without_repeating_its_secrets(
        self, browser: httpx.AsyncClient, body: dict[str, Any], pointer: str
    ) -> None:
        as_json = {"Content-Type": "application/json"}
        response = await browser.post("/v1/sessions", content=json.dumps(body), headers=as_json)
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, pointer)
        assert PASSWORD not in response.text
        assert "x" * 257 not in response.text

    @pytest.mark.parametrize("origin", ["https://evil.example.com", "null"])
    async def test_a_page_of_another_site_can_not_sign_in(
        self, browser: httpx.AsyncClient, member: Member, origin: str
    ) -> None:
        browser.headers["Origin"] = origin
        response = await sign_in(browser, member)
        assert (response.status_code, response.json()["code"]) == (403, "cross_site_request")
        assert "Set-Cookie" not in response.headers
        assert (await sign_in(browser, member, refresh_token_in="body")).status_code == 201

    async def test_a_cookie_that_the_browser_would_drop_is_refused(
        self, browser: httpx.AsyncClient, member: Member
    ) -> None:
        """The response says what to send instead, and that works."""
        browser.headers.update({"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"})
        response = await sign_in(browser, member)
        assert (response.status_code, response.json()["code"]) == (409, "cookie_on_another_site")
        assert '"refresh_token_in": "body"' in response.json()["detail"]
        assert "Set-Cookie" not in response.headers
        assert (await sign_in(browser, member, refresh_token_in="body")).json()["refresh_token"]

    @pytest.mark.parametrize("site", ["same-origin", "same-site", "none"])
    async def test_a_page_of_the_same_site_gets_the_cookie(
        self, browser: httpx.AsyncClient, member: Member, site: str
    ) -> None:
        browser.headers.update({"Origin": ORIGIN, "Sec-Fetch-Site": site})
        assert "Set-Cookie" in (await sign_in(browser, member)).headers

    async def test_too_many_failures_are_a_429(self, browser: httpx.AsyncClient, member: Member) -> None:
        wrong = {"email": member.email, "password": "a quiet river at dusk"}
        failures = [(await browser.post("/v1/sessions", json=wrong)).status_code for _ in range(10)]
        response = await sign_in(browser, member)
        assert set(failures) == {401}
        assert (response.status_code, response.json()["code"]) == (429, "too_many_tries")
        wait = int(response.headers["Retry-After"])
        assert 0 < wait <= 900
        assert response.headers["RateLimit"] == f'"sign-in-address-network";r=0;t={wait}'
        assert response.headers["RateLimit-Policy"] == '"sign-in-address-network";q=10;w=900'
