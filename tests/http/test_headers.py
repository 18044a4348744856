"""The headers of every response: ids, caches, and restrictions of browsers."""

import re
from uuid import UUID

import httpx
import pytest

from tests.fixtures.signed_in import Portal

NOWHERE = "/v1/nothing"


class TestRequestId:
    """The id of a request in its response and in the log."""

    @pytest.mark.parametrize("given", ["0199f1f0-aaaa-7bbb-8ccc-ddddeeeeffff", "trace:1.2_3-abc", "x" * 128])
    async def test_clients_own_is_used(self, client: httpx.AsyncClient, given: str) -> None:
        """In the header and in a problem."""
        response = await client.get(NOWHERE, headers={"X-Request-Id": given})
        assert response.headers["x-request-id"] == given
        assert response.json()["request_id"] == given

    @pytest.mark.parametrize(
        "given", [None, "", "short", "x" * 129, "two words of it", "<script>alert</script>", "a\tb"]
    )
    async def test_otherwise_one_is_made(self, client: httpx.AsyncClient, given: str | None) -> None:
        """Also for one that has no place in a log line."""
        response = await client.get(NOWHERE, headers={} if given is None else {"X-Request-Id": given})
        assert UUID(response.headers["x-request-id"]).version == 7
        assert response.json()["request_id"] == response.headers["x-request-id"]

    async def test_two_are_as_good_as_none(self, client: httpx.AsyncClient) -> None:
        """Neither is preferred."""
        given = "0199f1f0-aaaa-7bbb-8ccc-ddddeeeeffff"
        response = await client.get(NOWHERE, headers=[("X-Request-Id", given), ("X-Request-Id", given)])
        assert response.headers["x-request-id"] != given


@pytest.mark.parametrize(
    "path", ["/v1/addresses", "/v1/portal-config", "/v1/nothing", "/livez", "/metrics", "/openapi.json"]
)
async def test_every_response_restricts_browsers(portal: Portal, path: str) -> None:
    """No guessing of types, no frames, no referrer, only https, and nothing may be loaded or run from a response."""
    headers = (await portal.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert re.fullmatch(r"max-age=\d{8,}; includeSubDomains", headers["strict-transport-security"])
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "server" not in headers


class TestCaches:
    """The caches that may keep a response."""

    @pytest.mark.parametrize("path", ["/v1/addresses", "/v1/profile", "/v1/sessions", "/v1/invoices", "/v1/overview"])
    async def test_an_accounts_data_are_private_and_revalidated(self, portal: Portal, path: str) -> None:
        """The browser may keep them, and asks whether they still hold."""
        assert (await portal.get(path)).headers["cache-control"] == "private, no-cache"

    async def test_a_304_says_the_same(self, portal: Portal) -> None:
        """RFC 9110, 15.4.5: the headers that the 200 would have."""
        first = await portal.get("/v1/profile")
        again = await portal.get("/v1/profile", headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304
        assert again.headers["cache-control"] == first.headers["cache-control"]
        assert again.headers["etag"] == first.headers["etag"]

    @pytest.mark.parametrize("origin", [None, "https://portal.example.com"])
    async def test_an_accounts_data_are_kept_for_one_token(self, portal: Portal, origin: str | None) -> None:
        """Also where the response depends on the portal's origin, and in a 304."""
        headers = {} if origin is None else {"Origin": origin}
        first = await portal.get("/v1/profile", headers=headers)
        again = await portal.get("/v1/profile", headers=headers | {"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304
        assert first.headers["vary"] == again.headers["vary"] == "Origin, Authorization"

    @pytest.mark.parametrize("path", ["/v1/portal-config", "/.well-known/jwks.json"])
    async def test_public_data_may_be_cached(self, client: httpx.AsyncClient, path: str) -> None:
        """Any cache may keep them for minutes, since a vendor's logo may change."""
        response = await client.get(path)
        assert response.headers["cache-control"] == "public, max-age=300"
        assert response.headers["vary"] == "Origin"

    async def test_tokens_are_never_cached(self, client: httpx.AsyncClient) -> None:
        """Neither are the refusals on the way to one."""
        response = await client.post(
            "/v1/sessions", json={"email": "nobody@example.com", "password": "not the right one"}
        )
        assert response.status_code == 401
        assert response.headers["cache-control"] == "no-store"
