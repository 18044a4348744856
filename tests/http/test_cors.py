"""Portals on other origins: only the listed ones may read responses."""

import httpx
import pytest
from fastapi import FastAPI

from billing_api.config import Environment, Settings
from billing_api.main import create_app
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

PORTAL = "https://portal.example.com"
FOREIGN = [
    "https://evil.example.com",
    "http://portal.example.com",
    "https://portal.example.com.evil.com",
    "https://portal.example.com:444",
    "https://PORTAL.example.com",
    "null",
]
ALLOWED = "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-Id, X-Requested-With"
TRACING = "traceparent, tracestate, baggage, sentry-trace"
EXPOSED = (
    "ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, Idempotent-Replayed, X-Request-Id, "
    "Content-Disposition, Deprecation, Sunset, WWW-Authenticate, Allow"
)


def names(header: str) -> set[str]:
    """The names in a list of them."""
    return {name.strip().lower() for name in header.split(",")}


def preflight(origin: str, method: str = "PATCH", headers: str = ALLOWED) -> dict[str, str]:
    """Send the request that a browser sends before such a request."""
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers.lower(),
    }


class TestPreflight:
    """Browsers send preflights without a token."""

    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
    async def test_listed_origin(self, client: httpx.AsyncClient, method: str) -> None:
        """Its own name comes back, and every header that the API understands."""
        response = await client.options("/v1/addresses", headers=preflight(PORTAL, method))
        assert response.status_code == 200
        assert response.headers["access-control-allow-origin"] == PORTAL
        assert response.headers["access-control-allow-credentials"] == "true"
        assert method in response.headers["access-control-allow-methods"]
        assert names(response.headers["access-control-allow-headers"]) >= names(ALLOWED)
        assert "Origin" in response.headers["vary"]
        assert int(response.headers["access-control-max-age"]) > 0

    async def test_portal_with_tracing(self, client: httpx.AsyncClient) -> None:
        """Browsers' tracing adds these headers to every request."""
        response = await client.options("/v1/addresses", headers=preflight(PORTAL, headers=f"{ALLOWED}, {TRACING}"))
        assert response.status_code == 200
        assert names(response.headers["access-control-allow-headers"]) >= names(TRACING)

    @pytest.mark.parametrize("origin", FOREIGN)
    async def test_foreign_origin(self, client: httpx.AsyncClient, origin: str) -> None:
        """The response has no header that a browser would take for permission."""
        response = await client.options("/v1/addresses", headers=preflight(origin))
        assert response.status_code == 400
        assert "access-control-allow-origin" not in response.headers

    async def test_header_that_the_api_does_not_know(self, client: httpx.AsyncClient) -> None:
        """The list is a list."""
        response = await client.options("/v1/addresses", headers=preflight(PORTAL, headers="X-Anything"))
        assert response.status_code == 400


class TestRequest:
    """The request itself; browsers keep a response from scripts that it does not name."""

    async def test_listed_origin(self, portal: Portal) -> None:
        """A script may read the response and these headers of it."""
        response = await portal.get("/v1/addresses", headers={"Origin": PORTAL})
        assert response.headers["access-control-allow-origin"] == PORTAL
        assert response.headers["access-control-allow-credentials"] == "true"
        assert names(response.headers["access-control-expose-headers"]) == names(EXPOSED)
        assert "Origin" in response.headers["vary"]

    @pytest.mark.parametrize("origin", FOREIGN)
    async def test_foreign_origin(self, portal: Portal, origin: str) -> None:
        """The response is there, and no script sees it."""
        response = await portal.get("/v1/addresses", headers={"Origin": origin})
        assert response.status_code == 200
        assert "access-control-allow-origin" not in response.headers

    @pytest.mark.usefixtures("logged")
    async def test_every_refusal_can_be_read(
        self, app: FastAPI, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A portal shows a problem's words, also when our own layers wrote it."""

        async def fail(*_: object) -> None:
            raise LookupError

        monkeypatch.setattr(Services(app.state.parts).addresses, "get", fail)
        from_portal, json_body = {"Origin": PORTAL}, {"Content-Type": "application/json"}
        responses = {
            400: await portal.post("/v1/addresses", content="{", headers=from_portal | json_body),
            401: await portal.get("/v1/profile", headers=from_portal | {"Authorization": ""}),
            404: await portal.get("/v1/nothing", headers=from_portal),
            405: await portal.put("/v1/profile", headers=from_portal),
            413: await portal.post("/v1/addresses", json={"label": "x" * 1_100_000}, headers=from_portal),
            415: await portal.post("/v1/addresses", content="x", headers=from_portal | {"Content-Type": "text/plain"}),
            422: await portal.post("/v1/addresses", json={}, headers=from_portal),
            428: await portal.patch("/v1/profile", json={}, headers=from_portal),
            500: await portal.get(f"/v1/addresses/{portal.account_id}", headers=from_portal),
        }
        for status, response in responses.items():
            assert response.status_code == status
            assert response.headers["access-control-allow-origin"] == PORTAL


class TestDevelopment:
    """A development server runs on this machine, on a port that it chooses."""

    LOCAL = ("http://localhost:5173", "http://127.0.0.1:4200", "http://localhost", "http://127.0.0.1:65535")

    @pytest.mark.parametrize("origin", LOCAL)
    async def test_every_page_of_this_machine_is_allowed(self, client: httpx.AsyncClient, origin: str) -> None:
        asked = await client.options("/v1/addresses", headers=preflight(origin))
        assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, origin)
        sent = await client.get("/v1/portal-config", headers={"Origin": origin})
        assert sent.headers["access-control-allow-origin"] == origin
        assert sent.headers["access-control-allow-credentials"] == "true"
        assert "Origin" in sent.headers["vary"]

    @pytest.mark.parametrize(
        "origin",
        [
            "http://localhost.evil.example",
            "http://localhost:5173.evil.example",
            "http://evil.example/http://localhost",
            "https://localhost:5173",
            "http://127.0.0.10",
            "http://127x0x0x1",
            "http://localhost:5173\n",
        ],
    )
    async def test_a_name_that_only_looks_local_is_not(self, client: httpx.AsyncClient, origin: str) -> None:
        assert (await client.options("/v1/addresses", headers=preflight(origin))).status_code == 400

    @pytest.mark.parametrize("origin", LOCAL)
    async def test_production_allows_none(self, settings: Settings, origin: str) -> None:
        """Only what is listed: no page of a machine on which a server happens to run."""
        app = create_app(settings.model_copy(update={"environment": Environment.PRODUCTION}))
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://billing.test") as client:
            assert (await client.options("/v1/addresses", headers=preflight(origin))).status_code == 400
            assert (await client.options("/v1/addresses", headers=preflight(PORTAL))).status_code == 200


async def test_public_responses_are_cached_by_origin(client: httpx.AsyncClient) -> None:
    """A response that was cached without an origin would be useless to a portal's script."""
    assert "Origin" in (await client.get("/v1/portal-config")).headers["vary"]
