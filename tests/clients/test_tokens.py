"""POST /v1/oauth/token as RFC 6749 has it: which requests get a token, and the form of each refusal."""

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, urlencode
from uuid import UUID, uuid4

import httpx
import pytest

from billing_api.auth.partner_tokens import words_of
from billing_api.clients.service import NewSecret
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services

FORM = "application/x-www-form-urlencoded"
GRANT = {"grant_type": "client_credentials"}


def basic(client_id: object, secret: str) -> dict[str, str]:
    """The header of RFC 6749, 2.3.1."""
    both = f"{quote_plus(str(client_id))}:{quote_plus(secret)}"
    return {"Authorization": f"Basic {b64encode(both.encode()).decode()}"}


def in_body(known: NewSecret) -> dict[str, str]:
    return {"client_id": str(known.client_id), "client_secret": known.secret}


async def ask(client: httpx.AsyncClient, known: NewSecret, **parameters: str) -> httpx.Response:
    """Ask for a token by HTTP Basic."""
    return await client.post("/v1/oauth/token", data=GRANT | parameters, headers=basic(known.client_id, known.secret))


def refused(response: httpx.Response, status: int, error: str) -> dict[str, Any]:
    """Return the error, which has the form of RFC 6749, 5.2."""
    assert (response.status_code, response.headers["content-type"]) == (status, "application/json"), response.text
    assert response.headers["cache-control"] == "no-store"
    body: dict[str, Any] = response.json()
    assert body.keys() == {"error", "error_description", "error_uri"}
    assert body["error"] == error
    assert body["error_description"].isascii()
    return body


class TestGiven:
    async def test_by_basic(self, browser: httpx.AsyncClient, services: Services, known: NewSecret) -> None:
        response = await ask(browser, known)
        assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
        body = response.json()
        assert body.keys() == {"access_token", "token_type", "expires_in", "scope"}
        assert (body["token_type"], body["expires_in"]) == ("Bearer", 900)
        assert body["scope"] == "payments:read payments:write"
        client = services.partner_tokens.verify(body["access_token"]).client
        assert (client.client_id, words_of(client.scopes)) == (known.client_id, body["scope"])

    async def test_in_the_body(self, browser: httpx.AsyncClient, known: NewSecret) -> None:
        response = await browser.post("/v1/oauth/token", data=GRANT | in_body(known))
        assert response.status_code == 200

    async def test_with_fewer_scopes(self, browser: httpx.AsyncClient, services: Services, known: NewSecret) -> None:
        body = (await ask(browser, known, scope="payments:read")).json()
        assert body["scope"] == "payments:read"
        assert services.partner_tokens.verify(body["access_token"]).client.scopes == {"payments:read"}

    async def test_unknown_and_empty_parameters_are_ignored(self, browser: httpx.AsyncClient, known: NewSecret) -> None:
        """RFC 6749, 3.2."""
        response = await ask(browser, known, audience="x", scope="", resource="https://example.com")
        assert response.json()["scope"] == "payments:read payments:write"

    async def test_the_id_may_stand_in_both_places(self, browser: httpx.AsyncClient, known: NewSecret) -> None:
        assert (await ask(browser, known, client_id=str(known.client_id))).status_code == 200

    async def test_its_time_is_kept_and_the_secret_is_not(
        self, browser: httpx.AsyncClient, known: NewSecret, sql: Sql
    ) -> None:
        before = datetime.now(UTC)
        await ask(browser, known)
        (row,) = await sql.fetch("SELECT * FROM clients WHERE id = $1", known.client_id)
        assert row["last_used_at"] >= before
        stored = await sql.fetch("SELECT digest FROM client_secrets WHERE client_id = $1", known.client_id)
        assert known.secret.encode() not in b"".join(one["digest"] for one in stored)


class TestRefused:
    @pytest.mark.parametrize("secret", ["", "wrong", "bpcs_", "%zz", "ü", "x" * 500])
    async def test_a_wrong_secret(self, browser: httpx.AsyncClient, known: NewSecret, secret: str) -> None:
        response = await browser.post("/v1/oauth/token", data=GRANT, headers=basic(known.client_id, secret))
        refused(response, 401, "invalid_client")
        assert response.headers["www-authenticate"].startswith("Basic ")

    @pytest.mark.parametrize("client_id", [uuid4(), "", "1", "x" * 36, "ü" * 36])
    async def test_an_unknown_client(self, browser: httpx.AsyncClient, known: NewSecret, client_id: object) -> None:
        """In the same words as a wrong secret."""
        response = await browser.post("/v1/oauth/token", data=GRANT, headers=basic(client_id, known.secret))
        wrong = await browser.post("/v1/oauth/token", data=GRANT, headers=basic(known.client_id, "wrong"))
        assert refused(response, 401, "invalid_client") == refused(wrong, 401, "invalid_client")

    @pytest.mark.parametrize("header", ["Basic", "Basic !", "Basic /w==", "Basic eDp5", "Bearer x", "Digest x"])
    async def test_another_header(self, browser: httpx.AsyncClient, header: str) -> None:
        response = await browser.post("/v1/oauth/token", data=GRANT, headers={"Authorization": header})
        refused(response, 401, "invalid_client")

    async def test_no_credentials(self, browser: httpx.AsyncClient, known: NewSecret) -> None:
        refused(await browser.post("/v1/oauth/token", data=GRANT), 401, "invalid_client")
        half = GRANT | {"client_id": str(known.client_id)}
        refused(await browser.post("/v1/oauth/token", data=half), 401, "invalid_client")

    async def test_credentials_in_both_places(self, browser: httpx.AsyncClient, known: NewSecret) -> None:
        """RFC 6749, 2.3: a client uses one way."""
        refused(await ask(browser, known, client_secret=known.secret), 400, "invalid_request")
        refused(await ask(browser, known, client_id=str(uuid4())), 400, "invalid_request")

    async def test_a_secret_in_the_query_counts_for_nothing(self, browser: httpx.AsyncClient, known: NewSecret) -> None:
        """RFC 6749, 2.3.1: addresses are logged."""
        response = await browser.post(f"/v1/oauth/token?{urlencode(in_body(known))}", data=GRANT)
        refused(response, 401, "invalid_client")

    async def test_another_grant_type(self, browser: httpx.AsyncClient, known: NewSecret) -> None:
        for grant in ("password", "authorization_code", "CLIENT_CREDENTIALS"):
            refused(await ask(browser, known, grant_type=grant), 400, "unsupported_grant_type")
        refused(await ask(browser, known, grant_type=""), 400, "invalid_request")

    @pytest.mark.parametrize(
        "scope", ["invoices:write", "payments:read invoices:write", "all", "payments:read  x", " "]
    )
    async def test_a_scope_that_it_has_not(self, browser: httpx.AsyncClient, known: NewSecret, scope: str) -> None:
        body = refused(await ask(browser, known, scope=scope), 400, "invalid_scope")
        assert "payments:read payments:write" in body["error_description"]

    @pytest.mark.parametrize(
        "body", [b"grant_type=client_credentials&grant_type=client_credentials", b"grant_type=%ff", b"\xff"]
    )
    async def test_a_malformed_form(self, browser: httpx.AsyncClient, known: NewSecret, body: bytes) -> None:
        headers = basic(known.client_id, known.secret) | {"Content-Type": FORM}
        refused(await browser.post("/v1/oauth/token", content=body, headers=headers), 400, "invalid_request")

    async def test_json(self, browser: httpx.AsyncClient, known: NewSecret) -> None:
        headers = basic(known.client_id, known.secret)
        refused(await browser.post("/v1/oauth/token", json=GRANT, headers=headers), 400, "invalid_request")

    async def test_a_large_body(self, browser: httpx.AsyncClient) -> None:
        """Refused before it is read, in the same form."""
        body = b"x=" + b"y" * 70_000
        response = await browser.post("/v1/oauth/token", content=body, headers={"Content-Type": FORM})
        refused(response, 413, "invalid_request")

    async def test_another_method_or_path(self, browser: httpx.AsyncClient) -> None:
        refused(await browser.get("/v1/oauth/token"), 405, "invalid_request")
        refused(await browser.post("/v1/oauth/authorize", data=GRANT), 404, "invalid_request")

    async def test_a_disabled_client(self, browser: httpx.AsyncClient, services: Services, known: NewSecret) -> None:
        await services.clients.disable(known.client_id)
        refused(await ask(browser, known), 401, "invalid_client")
        await services.clients.enable(known.client_id)
        assert (await ask(browser, known)).status_code == 200

    async def test_wrong_secrets_are_recorded(self, browser: httpx.AsyncClient, known: NewSecret, sql: Sql) -> None:
        """With the client where its id has the form of one, and never the secret."""
        await browser.post("/v1/oauth/token", data=GRANT, headers=basic(known.client_id, "canary-secret"))
        (entry,) = await sql.fetch(
            "SELECT * FROM security_log WHERE action = 'client.refused' AND detail->>'client_id' = $1",
            str(known.client_id),
        )
        assert entry["ip"] is not None
        assert "canary" not in str(dict(entry))


class TestThrottled:
    async def test_a_network_that_guesses(
        self, browser: httpx.AsyncClient, client: httpx.AsyncClient, known: NewSecret
    ) -> None:
        """It has to wait, and a client on another network does not."""
        wrong = basic(known.client_id, "wrong")
        for _ in range(60):
            refused(await browser.post("/v1/oauth/token", data=GRANT, headers=wrong), 401, "invalid_client")
        response = await ask(browser, known)
        refused(response, 429, "temporarily_unavailable")
        assert response.headers["ratelimit-policy"] == '"partner-tries-network";q=60;w=900'
        assert int(response.headers["retry-after"]) > 0
        assert (await ask(client, known)).status_code == 200

    async def test_a_client_that_keeps_no_token(self, browser: httpx.AsyncClient, known: NewSecret) -> None:
        for _ in range(60):
            assert (await ask(browser, known)).status_code == 200
        response = await ask(browser, known)
        refused(response, 429, "temporarily_unavailable")
        assert response.headers["ratelimit-policy"] == '"partner-tokens";q=60;w=60'


class TestRotated:
    async def test_two_secrets_are_valid(
        self, browser: httpx.AsyncClient, services: Services, known: NewSecret
    ) -> None:
        second = await services.clients.rotate(known.client_id)
        for secret in (known, second):
            assert (await ask(browser, secret)).status_code == 200

    async def test_the_oldest_of_three_ends(
        self, browser: httpx.AsyncClient, services: Services, known: NewSecret
    ) -> None:
        second, third = [await services.clients.rotate(known.client_id) for _ in range(2)]
        refused(await ask(browser, known), 401, "invalid_client")
        for secret in (second, third):
            assert (await ask(browser, secret)).status_code == 200

    async def test_one_that_leaked_ends_with_its_tokens(
        self, browser: httpx.AsyncClient, services: Services, known: NewSecret
    ) -> None:
        token = (await ask(browser, known)).json()["access_token"]
        new = await services.clients.rotate(known.client_id, end_others=True)
        refused(await ask(browser, known), 401, "invalid_client")
        assert services.revocations.includes(services.partner_tokens.verify(token))
        assert (await ask(browser, new)).status_code == 200


async def test_changes_are_recorded(services: Services, known: NewSecret, sql: Sql) -> None:
    """Each with what was changed, and none with a secret."""
    second = await services.clients.rotate(known.client_id)
    await services.clients.disable(known.client_id)
    entries = await sql.fetch(
        "SELECT action, detail FROM security_log WHERE detail->>'client_id' = $1 ORDER BY id", str(known.client_id)
    )
    assert [entry["action"] for entry in entries] == ["client.created", "client.rotated", "client.disabled"]
    assert "payments:write" in str(entries[0]["detail"])
    assert not any(one.secret in str(entry) for one in (known, second) for entry in entries)


async def test_listed_clients_have_no_secrets(services: Services, known: NewSecret) -> None:
    (listed,) = [one for one in await services.clients.list() if one.id == known.client_id]
    assert (listed.name, listed.status, listed.secrets, listed.last_used_at) == ("ERP", "active", 1, None)
    assert known.secret not in repr(listed) + repr(known)
    assert isinstance(listed.id, UUID)
