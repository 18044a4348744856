"""The policy in a handler's signature, over HTTP."""

import json
from base64 import urlsafe_b64decode
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from billing_api.auth.keys import KeyRing, new_keys
from billing_api.auth.tokens import AccessTokens
from billing_api.kit.clock import Clock
from tests.factories.tokens import hs256, token, unsigned
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

SESSIONS = "/v1/sessions"


async def ask(client: httpx.AsyncClient, authorization: str | None) -> httpx.Response:
    headers = {} if authorization is None else {"Authorization": authorization}
    return await client.get(SESSIONS, headers=headers)


class TestChallenge:
    @pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic cGF0OnNlY3JldA==", "bearer"])
    async def test_without_a_token_the_challenge_names_no_error(
        self, client: httpx.AsyncClient, authorization: str | None
    ) -> None:
        response = await ask(client, authorization)
        assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
        assert response.headers["WWW-Authenticate"] == "Bearer"

    @pytest.mark.parametrize("given", ["x", "a.b.c", "rt_V2hhdCBhIHJlZnJlc2ggdG9rZW4gbG9va3MgbGlrZQ", "\xe9.\xe9.\xe9"])
    async def test_what_is_no_token_is_invalid(self, client: httpx.AsyncClient, given: str) -> None:
        response = await client.get(SESSIONS, headers=[(b"Authorization", f"Bearer {given}".encode("latin-1"))])
        assert (response.status_code, response.json()["code"]) == (401, "invalid_token")
        assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'

    async def test_the_schemes_name_may_be_in_any_case(self, portal: Portal) -> None:
        given = portal.headers["Authorization"].removeprefix("Bearer ")
        assert (await ask(portal, f"bEaReR {given}")).status_code == 200

    async def test_an_expired_one_says_so(
        self, client: httpx.AsyncClient, services: Services, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(services.tokens, "lifetime", -services.tokens.lifetime)
        response = await ask(client, f"Bearer {services.tokens.issue(portal.caller)}")
        assert (response.status_code, response.json()["code"]) == (401, "token_expired")
        assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


class TestForgeries:
    """The refusals of tests/auth/test_tokens.py, through the whole application, with what the public can see."""

    @pytest.fixture
    async def published(self, client: httpx.AsyncClient) -> dict[str, Any]:
        key: dict[str, Any] = (await client.get("/.well-known/jwks.json")).json()["keys"][0]
        return key

    @pytest.fixture
    def claims(self, portal: Portal) -> dict[str, Any]:
        """Those of a token that is accepted, read from the token itself."""
        payload = portal.headers["Authorization"].split(".")[1]
        claims: dict[str, Any] = json.loads(_decoded(payload))
        return claims

    async def test_unsigned(self, client: httpx.AsyncClient, published: dict[str, Any], claims: dict[str, Any]) -> None:
        forged = token({"alg": "none", "typ": "at+jwt", "kid": published["kid"]}, claims, unsigned)
        assert (await ask(client, f"Bearer {forged}")).json()["code"] == "invalid_token"

    async def test_keyed_with_the_published_key(
        self, client: httpx.AsyncClient, published: dict[str, Any], claims: dict[str, Any]
    ) -> None:
        header = {"alg": "HS256", "typ": "at+jwt", "kid": published["kid"]}
        forged = token(header, claims, hs256(json.dumps(published).encode()))
        assert (await ask(client, f"Bearer {forged}")).json()["code"] == "invalid_token"

    async def test_issued_by_another_deployment(
        self, client: httpx.AsyncClient, services: Services, portal: Portal
    ) -> None:
        other = AccessTokens(
            KeyRing(new_keys()),
            Clock(),
            issuer="http://billing.test",
            audience="billing-api",
            lifetime=services.tokens.lifetime,
        )
        assert (await ask(client, f"Bearer {other.issue(portal.caller)}")).json()["code"] == "invalid_token"


class TestRoles:
    async def test_a_role_that_is_not_enough_is_forbidden_and_says_which_would_be(self, viewer: Portal) -> None:
        response = await viewer.post("/v1/addresses", json={})
        assert (response.status_code, response.json()["code"]) == (403, "role_not_sufficient")
        assert (response.json()["role"], response.json()["needed"]) == ("viewer", ["owner", "payer"])


async def test_generated_clients_learn_where_the_token_goes(app: FastAPI) -> None:
    document = app.openapi()
    assert document["components"]["securitySchemes"]["access_token"]["scheme"] == "bearer"
    operation = document["paths"][SESSIONS]["get"]
    assert operation["security"] == [{"access_token": []}]
    assert "authorization" not in {parameter["name"] for parameter in operation.get("parameters", [])}
    assert document["paths"][SESSIONS]["post"]["security"] == []


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
