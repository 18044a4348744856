"""POST /v1/oauth/revoke as RFC 7009 has it."""

import httpx
import pytest

from billing_api.auth.authenticator import ClientAuthenticator
from billing_api.auth.errors import InvalidTokenError
from billing_api.auth.revocations import Revocations
from billing_api.clients.service import NewSecret
from tests.clients.test_tokens import ask, basic, in_body, refused
from tests.factories.clock import MovableClock
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal


async def token_of(browser: httpx.AsyncClient, known: NewSecret) -> str:
    return str((await ask(browser, known)).json()["access_token"])


async def revoke(browser: httpx.AsyncClient, known: NewSecret, token: str, **more: str) -> httpx.Response:
    headers = basic(known.client_id, known.secret)
    return await browser.post("/v1/oauth/revoke", data={"token": token} | more, headers=headers)


def is_revoked(services: Services, token: str) -> bool:
    return services.revocations.includes(services.partner_tokens.verify(token))


async def test_one_token_ends_and_the_others_stay(
    browser: httpx.AsyncClient, services: Services, known: NewSecret
) -> None:
    first, second = [await token_of(browser, known) for _ in range(2)]
    response = await revoke(browser, known, first, token_type_hint="access_token")
    assert (response.status_code, response.json()) == (200, {"revoked": True})
    assert is_revoked(services, first)
    assert not is_revoked(services, second)


async def test_the_secret_may_be_in_the_body(browser: httpx.AsyncClient, services: Services, known: NewSecret) -> None:
    token = await token_of(browser, known)
    response = await browser.post("/v1/oauth/revoke", data={"token": token, **in_body(known)})
    assert response.status_code == 200
    assert is_revoked(services, token)


@pytest.mark.parametrize("token", ["x", "eyJ.eyJ.eyJ", "ü", "a" * 5000])
async def test_what_is_no_token_is_revoked_already(browser: httpx.AsyncClient, known: NewSecret, token: str) -> None:
    """RFC 7009, 2.2: the client wants it to hold no more, and it does not."""
    assert (await revoke(browser, known, token)).status_code == 200


async def test_revoking_twice_succeeds(browser: httpx.AsyncClient, known: NewSecret) -> None:
    token = await token_of(browser, known)
    assert [(await revoke(browser, known, token)).status_code for _ in range(2)] == [200, 200]


async def test_another_clients_token_stays(browser: httpx.AsyncClient, services: Services, known: NewSecret) -> None:
    other = await services.clients.create("Other", ["payments:read"])
    token = await token_of(browser, known)
    refused(await revoke(browser, other, token), 400, "unauthorized_client")
    assert not is_revoked(services, token)


async def test_a_users_token_stays(browser: httpx.AsyncClient, known: NewSecret, portal: Portal) -> None:
    """It is none of a client's, and so nothing that a client could revoke."""
    token = portal.headers["Authorization"].removeprefix("Bearer ")
    assert (await revoke(browser, known, token)).status_code == 200
    assert (await portal.get("/v1/sessions/current")).status_code == 200


async def test_without_a_good_secret(browser: httpx.AsyncClient, services: Services, known: NewSecret) -> None:
    token = await token_of(browser, known)
    wrong = NewSecret(known.client_id, "wrong")
    refused(await revoke(browser, wrong, token), 401, "invalid_client")
    assert not is_revoked(services, token)


async def test_without_a_token(browser: httpx.AsyncClient, known: NewSecret) -> None:
    refused(await revoke(browser, known, ""), 400, "invalid_request")


async def test_another_process_reads_the_row_when_its_copy_is_old(
    browser: httpx.AsyncClient, services: Services, known: NewSecret
) -> None:
    """As with sessions: a copy of the revocations that is not fresh is not trusted."""
    clock = MovableClock()
    elsewhere = Revocations(services.database, clock, token_lifetime=services.partner_tokens.lifetime)
    authenticator = ClientAuthenticator(services.partner_tokens, elsewhere)
    first, second = [await token_of(browser, known) for _ in range(2)]
    await revoke(browser, known, first)
    with pytest.raises(InvalidTokenError):
        await authenticator.authenticate(f"Bearer {first}")
    assert (await authenticator.authenticate(f"Bearer {second}")).client_id == known.client_id
    await services.clients.disable(known.client_id)
    with pytest.raises(InvalidTokenError):
        await authenticator.authenticate(f"Bearer {second}")


async def test_metadata_names_the_endpoints(client: httpx.AsyncClient) -> None:
    """RFC 8414: libraries configure themselves from it."""
    response = await client.get("/.well-known/oauth-authorization-server")
    assert response.headers["cache-control"] == "public, max-age=3600"
    body = response.json()
    assert body["issuer"] == "http://billing.test"
    assert body["grant_types_supported"] == ["client_credentials"]
    assert body["response_types_supported"] == []
    assert "payments:write" in body["scopes_supported"]
    for name in ("token_endpoint", "revocation_endpoint"):
        answered = await client.post(body[name], data={"token": "x"})
        assert (answered.status_code, answered.json()["error"]) == (401, "invalid_client")
    assert (await client.get(body["jwks_uri"])).status_code == 200
