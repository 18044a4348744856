"""Listing and ending sessions, and the public keys, over HTTP."""

from datetime import datetime

import httpx

from billing_api.kit.ids import new_id
from tests.factories.sessions import bearer, sign_in, tokens_in_body
from tests.factories.users import NAME, Member, make_member
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import EnterAs, Portal
from tests.http.problem import problem

COOKIE = "__Host-refresh"


class TestList:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/sessions")).status_code == 401

    async def test_another_users_sessions_are_not_listed(self, portal: Portal, viewer: Portal) -> None:
        assert [s["id"] for s in (await portal.get("/v1/sessions")).json()["data"]] == [str(portal.session_id)]
        assert [s["id"] for s in (await viewer.get("/v1/sessions")).json()["data"]] == [str(viewer.session_id)]

    async def test_the_current_session_is_marked_and_each_shows_its_place(
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

    async def test_sessions_are_listed_by_pages(self, services: Services, enter_as: EnterAs) -> None:
        member = await make_member(services)
        portals = [await enter_as(member) for _ in range(3)]
        seen, path = [], "/v1/sessions?limit=2"
        while path:
            response = await portals[0].get(path)
            seen += [session["id"] for session in response.json()["data"]]
            path = response.links.get("next", {}).get("url", "")
        assert seen == [str(portal.session_id) for portal in reversed(portals)]


class TestCurrent:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/sessions/current")).status_code == 401

    async def test_it_says_who_is_signed_in(self, browser: httpx.AsyncClient, member: Member) -> None:
        tokens = await tokens_in_body(browser, member)
        response = await browser.get("/v1/sessions/current", headers=bearer(tokens))
        found = response.json()
        assert (response.status_code, found["id"], found["current"]) == (200, tokens["session_id"], True)
        assert (found["account_id"], found["role"]) == (str(member.account_id), "owner")
        assert found["user"] == {"id": str(member.user_id), "name": NAME, "email": member.email}
        assert found["user"] == tokens["user"]

    async def test_a_user_who_was_removed_is_refused(self, portal: Portal, sql: Sql) -> None:
        """Access tokens are trusted for some minutes, unless they were revoked."""
        await sql.execute("UPDATE memberships SET ended_at = now() WHERE account_id = $1", portal.account_id)
        problem(await portal.get("/v1/sessions/current"), 401, "invalid_token")

    async def test_the_sign_in_before_stays_with_the_session(
        self, browser: httpx.AsyncClient, member: Member, sql: Sql
    ) -> None:
        first = await tokens_in_body(browser, member)
        entered_at = await sql.fetchval("SELECT last_entered_at FROM memberships WHERE person_id = $1", member.user_id)
        second = await tokens_in_body(browser, member)
        await tokens_in_body(browser, member)
        assert first["previous_sign_in_at"] is None
        current = await browser.get("/v1/sessions/current", headers=bearer(second))
        refreshed = await browser.post("/v1/sessions/refresh", json={"refresh_token": second["refresh_token"]})
        for said in (second, current.json(), refreshed.json()):
            assert datetime.fromisoformat(said["previous_sign_in_at"]) == entered_at


class TestEnd:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.delete(f"/v1/sessions/{new_id()}")).status_code == 401

    async def test_another_accounts_session_is_not_found(self, portal: Portal, stranger: Portal) -> None:
        assert (await portal.delete(f"/v1/sessions/{stranger.session_id}")).status_code == 404
        assert (await stranger.get("/v1/sessions")).status_code == 200

    async def test_another_users_session_on_the_same_account_is_not_found(self, portal: Portal, viewer: Portal) -> None:
        assert (await portal.delete(f"/v1/sessions/{viewer.session_id}")).status_code == 404
        assert (await viewer.get("/v1/sessions")).status_code == 200

    async def test_it_ends_at_once_and_is_listed_no_more(self, services: Services, enter_as: EnterAs) -> None:
        member = await make_member(services)
        laptop, phone = await enter_as(member), await enter_as(member)
        assert (await laptop.delete(f"/v1/sessions/{phone.session_id}")).status_code == 204
        assert (await phone.get("/v1/sessions")).status_code == 401
        assert [s["id"] for s in (await laptop.get("/v1/sessions")).json()["data"]] == [str(laptop.session_id)]
        assert (await laptop.delete(f"/v1/sessions/{phone.session_id}")).status_code == 404

    async def test_ending_the_current_session_signs_out(self, browser: httpx.AsyncClient, member: Member) -> None:
        tokens = (await sign_in(browser, member)).json()
        response = await browser.delete(f"/v1/sessions/{tokens['session_id']}", headers=bearer(tokens))
        assert (response.status_code, response.headers["Clear-Site-Data"]) == (204, '"cache"')
        assert COOKIE not in browser.cookies


class TestKeys:
    async def test_anyone_may_read_the_public_keys_and_keep_them_for_a_while(
        self, client: httpx.AsyncClient, portal: Portal
    ) -> None:
        response = await client.get("/.well-known/jwks.json")
        assert response.headers["Cache-Control"] == "public, max-age=300"
        keys = response.json()["keys"]
        assert len(keys) == 2
        assert all(key.keys() == {"kty", "crv", "alg", "use", "kid", "x", "y"} for key in keys)
