"""Signing in, staying so and signing out over HTTP."""

import json
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest

from billing_api.auth.passwords import StoredPassword
from billing_api.kit.ids import new_id
from tests.factories.sessions import ORIGIN, OWN_PAGE, PASSWORD, audit_of, bearer, sign_in, tokens_in_body
from tests.factories.users import Member, make_member
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import EnterAs, Portal

NEW = "another river at dusk"
COOKIE, DEVICE = "__Host-refresh", "__Host-device"


class TestCreate:
    async def test_the_access_token_is_good(self, browser: httpx.AsyncClient, member: Member) -> None:
        tokens = await tokens_in_body(browser, member)
        assert (tokens["account_id"], tokens["role"]) == (str(member.account_id), "owner")
        assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
        assert (await browser.get("/v1/profile", headers=bearer(tokens))).status_code == 200

    async def test_the_refresh_token_goes_into_a_cookie_that_no_script_and_no_other_site_sees(
        self, browser: httpx.AsyncClient, member: Member
    ) -> None:
        answer = await sign_in(browser, member)
        assert answer.json()["refresh_token"] is None
        assert answer.json()["device_token"] is None
        cookies = [SimpleCookie(text) for text in answer.headers.get_list("Set-Cookie")]
        assert [[*cookie] for cookie in cookies] == [[COOKIE], [DEVICE]]
        for cookie in (cookies[0][COOKIE], cookies[1][DEVICE]):
            assert (cookie["path"], cookie["domain"], cookie["samesite"]) == ("/", "", "strict")
            assert cookie["secure"]
            assert cookie["httponly"]
            assert cookie["expires"]

    async def test_or_into_the_body_and_then_into_no_cookie(self, browser: httpx.AsyncClient, member: Member) -> None:
        answer = await sign_in(browser, member, refresh_token_in="body")
        assert len(answer.json()["refresh_token"]) >= 43
        assert answer.json()["device_token"]
        assert "Set-Cookie" not in answer.headers

    async def test_nothing_keeps_the_tokens(self, browser: httpx.AsyncClient, member: Member) -> None:
        assert (await sign_in(browser, member)).headers["Cache-Control"] == "no-store"

    async def test_the_address_may_be_written_in_any_case(self, browser: httpx.AsyncClient, member: Member) -> None:
        answer = await browser.post("/v1/sessions", json={"email": member.email.upper(), "password": PASSWORD})
        assert answer.status_code == 201

    async def test_the_audit_log_tells_of_it(
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
    async def test_what_can_be_no_sign_in_is_refused_without_repeating_it(
        self, browser: httpx.AsyncClient, body: dict[str, Any], pointer: str
    ) -> None:
        as_json = {"Content-Type": "application/json"}
        answer = await browser.post("/v1/sessions", content=json.dumps(body), headers=as_json)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
        assert PASSWORD not in answer.text
        assert "x" * 257 not in answer.text

    @pytest.mark.parametrize("origin", ["https://evil.example.com", "null"])
    async def test_another_sites_page_signs_nobody_in(
        self, browser: httpx.AsyncClient, member: Member, origin: str
    ) -> None:
        browser.headers["Origin"] = origin
        answer = await sign_in(browser, member)
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request")
        assert "Set-Cookie" not in answer.headers
        assert (await sign_in(browser, member, refresh_token_in="body")).status_code == 201

    async def test_too_many_failures_wait(self, browser: httpx.AsyncClient, member: Member) -> None:
        wrong = {"email": member.email, "password": "a quiet river at dusk"}
        failures = [(await browser.post("/v1/sessions", json=wrong)).status_code for _ in range(10)]
        answer = await sign_in(browser, member)
        assert set(failures) == {401}
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_tries")
        wait = int(answer.headers["Retry-After"])
        assert 0 < wait <= 900
        assert answer.headers["RateLimit"] == f'"sign-in-address-network";r=0;t={wait}'
        assert answer.headers["RateLimit-Policy"] == '"sign-in-address-network";q=10;w=900'


class TestKnownDevice:
    """A stranger behind the same address and network has used up all tries."""

    async def fail_everywhere(self, browser: httpx.AsyncClient, member: Member) -> None:
        wrong = {"email": member.email, "password": "a quiet river at dusk"}
        stranger = httpx.AsyncClient(transport=browser._transport, base_url=browser.base_url)
        codes = [(await stranger.post("/v1/sessions", json=wrong)).status_code for _ in range(11)]
        assert codes == [401] * 10 + [429]
        assert (await stranger.post("/v1/sessions", json=wrong | {"password": PASSWORD})).status_code == 429

    async def test_its_cookie_lets_the_owner_in(self, browser: httpx.AsyncClient, member: Member) -> None:
        await sign_in(browser, member)
        await browser.delete("/v1/sessions/current", headers=OWN_PAGE)
        assert DEVICE in browser.cookies
        await self.fail_everywhere(browser, member)
        assert (await sign_in(browser, member)).status_code == 201

    async def test_or_its_token_in_the_body(self, browser: httpx.AsyncClient, member: Member) -> None:
        """For a portal on another site, which no cookie of ours reaches."""
        device_token = (await tokens_in_body(browser, member))["device_token"]
        await self.fail_everywhere(browser, member)
        assert (await sign_in(browser, member, refresh_token_in="body")).status_code == 429
        again = await sign_in(browser, member, refresh_token_in="body", device_token=device_token)
        assert again.status_code == 201
        assert again.json()["device_token"]

    async def test_a_new_password_forgets_all_but_the_one_that_it_was_changed_from(
        self, browser: httpx.AsyncClient, member: Member
    ) -> None:
        """Whoever knew the old password may have collected devices with it."""
        collected = (await tokens_in_body(browser, member))["device_token"]
        own = await tokens_in_body(browser, member)
        changed = {"current_password": PASSWORD, "new_password": NEW}
        answer = await browser.put("/v1/profile/password", json=changed, headers=bearer(own))
        assert answer.status_code == 204
        await self.fail_everywhere(browser, member)
        for device_token, status in ((collected, 429), (own["device_token"], 201)):
            answer = await sign_in(browser, member, password=NEW, refresh_token_in="body", device_token=device_token)
            assert answer.status_code == status

    async def test_a_password_set_by_an_operator_forgets_every_one(
        self, browser: httpx.AsyncClient, services: Services, member: Member, stored: StoredPassword
    ) -> None:
        await sign_in(browser, member)
        await services.members.set_password(member.email, stored)
        await self.fail_everywhere(browser, member)
        assert (await sign_in(browser, member)).status_code == 429
        assert DEVICE in browser.cookies

    async def test_it_has_as_many_tries_as_anybody(self, browser: httpx.AsyncClient, member: Member) -> None:
        await sign_in(browser, member)
        codes = [(await sign_in(browser, member, password="a quiet river at dusk")).status_code for _ in range(11)]
        assert codes == [401] * 10 + [429]

    async def test_another_users_device_is_unknown(
        self, browser: httpx.AsyncClient, services: Services, stored: StoredPassword, member: Member
    ) -> None:
        await sign_in(browser, await make_member(services, password=stored))
        await self.fail_everywhere(browser, member)
        assert (await sign_in(browser, member)).status_code == 429


class TestRefresh:
    async def test_by_body(self, browser: httpx.AsyncClient, member: Member) -> None:
        first = await tokens_in_body(browser, member)
        answer = await browser.post("/v1/sessions/refresh", json={"refresh_token": first["refresh_token"]})
        second = answer.json()
        assert answer.headers["Cache-Control"] == "no-store"
        assert second["refresh_token"] != first["refresh_token"]
        assert second["session_id"] == first["session_id"]
        assert second["session_expires_at"] == first["session_expires_at"]
        assert (await browser.get("/v1/profile", headers=bearer(second))).status_code == 200

    async def test_thirty_times_a_minute_at_most(
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
            answer = await refresh(given)
            assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
            assert answer.headers["RateLimit-Policy"] == '"refreshes";q=30;w=60'
        assert (await refresh(other)).status_code == 200
        services.rates._windows.clear()  # as a minute later
        assert (await refresh(token)).status_code == 200

    async def test_by_cookie(self, browser: httpx.AsyncClient, member: Member) -> None:
        await sign_in(browser, member)
        before = browser.cookies[COOKIE]
        answer = await browser.post("/v1/sessions/refresh", headers=OWN_PAGE)
        assert (answer.status_code, answer.json()["refresh_token"]) == (200, None)
        assert browser.cookies[COOKIE] != before
        assert (await browser.post("/v1/sessions/refresh", headers=OWN_PAGE)).status_code == 200

    async def test_the_apis_own_pages_may_too(self, browser: httpx.AsyncClient, member: Member) -> None:
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
        answer = await browser.post("/v1/sessions/refresh", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request")
        assert (await browser.post("/v1/sessions/refresh", headers=OWN_PAGE)).status_code == 200

    @pytest.mark.parametrize("token", ["rt_nobody_has_it", "eyJ.eyJ.eyJ", "\u00e9"])
    async def test_what_is_no_refresh_token_is_refused(self, browser: httpx.AsyncClient, token: str) -> None:
        answer = await browser.post("/v1/sessions/refresh", json={"refresh_token": token})
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_refresh_token")
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    async def test_without_any_it_is_refused(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.post("/v1/sessions/refresh", headers=OWN_PAGE)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_refresh_token")

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
        answer = await browser.post("/v1/sessions/refresh", json={"refresh_token": tokens["refresh_token"]})
        assert answer.json()["role"] == "viewer"

    async def test_somebody_who_was_disabled_stays_out(
        self, browser: httpx.AsyncClient, sql: Sql, member: Member
    ) -> None:
        tokens = await tokens_in_body(browser, member)
        await sql.execute("UPDATE people SET disabled_at = now() WHERE id = $1", member.user_id)
        answer = await browser.post("/v1/sessions/refresh", json={"refresh_token": tokens["refresh_token"]})
        assert answer.status_code == 401


class TestList:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/sessions")).status_code == 401

    async def test_another_users_sessions_are_not_listed(self, portal: Portal, viewer: Portal) -> None:
        assert [s["id"] for s in (await portal.get("/v1/sessions")).json()["data"]] == [str(portal.session_id)]
        assert [s["id"] for s in (await viewer.get("/v1/sessions")).json()["data"]] == [str(viewer.session_id)]

    async def test_the_current_one_is_marked_and_each_tells_where_it_is(
        self, browser: httpx.AsyncClient, member: Member
    ) -> None:
        phone = await sign_in(browser, member, refresh_token_in="body")
        browser.headers["User-Agent"] = "Example Browser"
        tokens = await tokens_in_body(browser, member)
        newest, oldest = (await browser.get("/v1/sessions", headers=bearer(tokens))).json()["data"]
        assert (newest["id"], newest["current"], newest["user_agent"]) == (
            tokens["session_id"],
            True,
            "Example Browser",
        )
        assert (oldest["id"], oldest["current"]) == (phone.json()["session_id"], False)
        assert newest["ip"]

    async def test_pages(self, services: Services, enter_as: EnterAs) -> None:
        member = await make_member(services)
        portals = [await enter_as(member) for _ in range(3)]
        seen, path = [], "/v1/sessions?limit=2"
        while path:
            answer = await portals[0].get(path)
            seen += [session["id"] for session in answer.json()["data"]]
            path = answer.links.get("next", {}).get("url", "")
        assert seen == [str(portal.session_id) for portal in reversed(portals)]


class TestSignOut:
    async def test_without_anything_it_removes_the_cookie(self, client: httpx.AsyncClient) -> None:
        answer = await client.delete("/v1/sessions/current")
        assert answer.status_code == 204
        assert answer.headers["Set-Cookie"].startswith(f'{COOKIE}=""')

    @pytest.mark.parametrize("query", ["a=1", "a=1&a=2", "a=&a", "origin=1&origin=2", "%ff&%ff=1&%ff=2"])
    async def test_nor_does_a_query_keep_the_cookie(self, client: httpx.AsyncClient, query: str) -> None:
        """The route has no parameters: the query's are not looked at."""
        answer = await client.delete(f"/v1/sessions/current?{query}")
        assert answer.status_code == 204
        assert answer.headers["Set-Cookie"].startswith(f'{COOKIE}=""')

    @pytest.mark.parametrize("authorization", ["Bearer x", "Bearer a.b.c", "Basic eDp5", "Bearer"])
    async def test_what_is_no_token_is_as_good_as_none(self, client: httpx.AsyncClient, authorization: str) -> None:
        answer = await client.delete("/v1/sessions/current", headers={"Authorization": authorization})
        assert answer.status_code == 204

    async def test_an_expired_access_token_is_enough(
        self, browser: httpx.AsyncClient, services: Services, member: Member
    ) -> None:
        tokens = await tokens_in_body(browser, member)
        caller = services.tokens.verify(tokens["access_token"]).caller
        expired = services.tokens.issue(caller, session_end=services.clock.now() - timedelta(days=1))
        assert (await browser.get("/v1/profile", headers={"Authorization": f"Bearer {expired}"})).status_code == 401
        answer = await browser.delete("/v1/sessions/current", headers={"Authorization": f"Bearer {expired}"})
        assert answer.status_code == 204
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
        answer = await browser.delete("/v1/sessions/current", headers=OWN_PAGE)
        assert answer.status_code == 204
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
        answer = await browser.delete("/v1/sessions/current", headers=OWN_PAGE | {"Cookie": f"{COOKIE}={spent}"})
        assert answer.status_code == 204
        assert (await browser.get("/v1/profile", headers=bearer(tokens))).json()["code"] == "invalid_token"

    async def test_the_cookies_session_ends_beside_that_of_the_token(
        self, browser: httpx.AsyncClient, member: Member
    ) -> None:
        """A portal may still hold the access token of the sign-in before."""
        first, second = (await sign_in(browser, member)).json(), (await sign_in(browser, member)).json()
        answer = await browser.delete("/v1/sessions/current", headers=OWN_PAGE | bearer(first))
        assert answer.status_code == 204
        codes = [(await browser.get("/v1/profile", headers=bearer(tokens))).status_code for tokens in (first, second)]
        assert codes == [401, 401]

    @pytest.mark.parametrize("headers", [{}, {"X-Requested-With": "fetch", "Origin": "https://evil.example.com"}])
    async def test_another_sites_page_signs_nobody_out(
        self, browser: httpx.AsyncClient, member: Member, headers: dict[str, str]
    ) -> None:
        tokens = (await sign_in(browser, member)).json()
        answer = await browser.delete("/v1/sessions/current", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request")
        assert COOKIE in browser.cookies
        assert (await browser.get("/v1/profile", headers=bearer(tokens))).status_code == 200

    async def test_twice_is_as_good_as_once(
        self, browser: httpx.AsyncClient, services: Services, member: Member
    ) -> None:
        tokens = (await sign_in(browser, member)).json()
        for _ in range(2):
            answer = await browser.delete("/v1/sessions/current", headers=bearer(tokens))
            assert (answer.status_code, answer.headers["Clear-Site-Data"]) == (204, '"cache"')
            assert answer.headers["Set-Cookie"].startswith(f'{COOKIE}=""')
        assert len(await audit_of(services, member.account_id, "session.ended")) == 1

    async def test_access_refresh_and_cookie_end_at_once(self, browser: httpx.AsyncClient, member: Member) -> None:
        tokens = (await sign_in(browser, member)).json()
        answer = await browser.delete("/v1/sessions/current", headers=bearer(tokens))
        assert (answer.status_code, answer.headers["Cache-Control"]) == (204, "no-store")
        assert answer.headers["Set-Cookie"].startswith(f'{COOKIE}=""')
        assert COOKIE not in browser.cookies
        assert (await browser.get("/v1/profile", headers=bearer(tokens))).json()["code"] == "invalid_token"

    async def test_the_browser_forgets_what_it_has_kept(self, browser: httpx.AsyncClient, member: Member) -> None:
        tokens = (await sign_in(browser, member)).json()
        answer = await browser.delete("/v1/sessions/current", headers=bearer(tokens))
        assert answer.headers["Clear-Site-Data"] == '"cache"'

    async def test_the_refresh_token_is_dead_too(self, browser: httpx.AsyncClient, member: Member) -> None:
        tokens = await tokens_in_body(browser, member)
        await browser.delete("/v1/sessions/current", headers=bearer(tokens))
        answer = await browser.post("/v1/sessions/refresh", json={"refresh_token": tokens["refresh_token"]})
        assert answer.status_code == 401


class TestEnd:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.delete(f"/v1/sessions/{new_id()}")).status_code == 401

    async def test_another_accounts_session_is_not_found(self, portal: Portal, stranger: Portal) -> None:
        assert (await portal.delete(f"/v1/sessions/{stranger.session_id}")).status_code == 404
        assert (await stranger.get("/v1/sessions")).status_code == 200

    async def test_nor_is_another_users_on_the_same_account(self, portal: Portal, viewer: Portal) -> None:
        assert (await portal.delete(f"/v1/sessions/{viewer.session_id}")).status_code == 404
        assert (await viewer.get("/v1/sessions")).status_code == 200

    async def test_it_ends_at_once_and_is_listed_no_more(self, services: Services, enter_as: EnterAs) -> None:
        member = await make_member(services)
        laptop, phone = await enter_as(member), await enter_as(member)
        assert (await laptop.delete(f"/v1/sessions/{phone.session_id}")).status_code == 204
        assert (await phone.get("/v1/sessions")).status_code == 401
        assert [s["id"] for s in (await laptop.get("/v1/sessions")).json()["data"]] == [str(laptop.session_id)]
        assert (await laptop.delete(f"/v1/sessions/{phone.session_id}")).status_code == 404

    async def test_to_end_the_current_one_is_to_sign_out(self, browser: httpx.AsyncClient, member: Member) -> None:
        tokens = (await sign_in(browser, member)).json()
        answer = await browser.delete(f"/v1/sessions/{tokens['session_id']}", headers=bearer(tokens))
        assert (answer.status_code, answer.headers["Clear-Site-Data"]) == (204, '"cache"')
        assert COOKIE not in browser.cookies


class TestKeys:
    async def test_anyone_may_read_the_public_keys_and_keep_them_for_a_while(
        self, client: httpx.AsyncClient, portal: Portal
    ) -> None:
        answer = await client.get("/.well-known/jwks.json")
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        keys = answer.json()["keys"]
        assert len(keys) == 2
        assert all(key.keys() == {"kty", "crv", "alg", "use", "kid", "x", "y"} for key in keys)
