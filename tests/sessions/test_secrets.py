"""Canaries: secrets that go through a real process of the API, and must be found in nothing that it prints."""

import json
from pathlib import Path

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from billing_api.auth.keys import new_keys
from billing_api.auth.passwords import Passwords
from billing_api.config import Settings
from tests.factories.sessions import ORIGIN
from tests.factories.users import make_member
from tests.fixtures.process import serving
from tests.fixtures.services import open_services

pytestmark = pytest.mark.slow

PASSWORD = "canary of the right password"
WRONG = "canary of the wrong password"
NEW = "canary of the next password"
GATEWAY_KEY = "canary-of-the-gateway-key"
SIGNING_KEYS = new_keys()
OWN_PAGE = {"Origin": ORIGIN, "X-Requested-With": "fetch"}

DEVELOPMENT = {"ENVIRONMENT": "development"}
PRODUCTION = {
    "ENVIRONMENT": "production",
    "PUBLIC_URL": "https://billing.example.com",
    "GATEWAY_ENVIRONMENT": "sandbox",
    "GATEWAY_PRIVATE_KEY": GATEWAY_KEY,
    "GATEWAY_MERCHANT_ID": "vendor",
    "GATEWAY_PUBLIC_KEY": "vendors_public_key",
    "GATEWAY_MERCHANT_ACCOUNTS": '{"USD": "vendor_usd"}',
    "GATEWAY_ACH_MERCHANT_ACCOUNT": "",
    "TRUSTED_PROXIES": "none",
    "SMTP_HOST": "127.0.0.1",
    "SMTP_SECURITY": "none",
    "MAIL_SENDER": "billing@vendor.com",
    "LOG_LEVEL": "INFO",
}


async def use_everything(client: httpx.AsyncClient, email: str) -> set[str]:
    """Sign in with right and wrong credentials in every way; return the tokens that were issued."""
    right = {"email": email, "password": PASSWORD, "refresh_token_in": "body"}
    tokens = (await client.post("/v1/sessions", json=right)).json()
    into_cookies = await client.post("/v1/sessions", json=right | {"refresh_token_in": "cookie"})
    cookie, device_cookie = into_cookies.headers.get_list("Set-Cookie")
    in_cookie = cookie.split(";")[0].split("=")[1]
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    responses = [
        await client.post("/v1/sessions", json=right | {"password": WRONG}),
        await client.post("/v1/sessions", json=right | {"password": WRONG, "unknown": 1}),
        await client.post("/v1/sessions", json={"email": WRONG, "password": [PASSWORD]}),
        await client.post(
            "/v1/sessions", content=f'{{"password": "{PASSWORD}"', headers={"Content-Type": "application/json"}
        ),
        await client.post(f"/v1/sessions?password={PASSWORD}", json=right | {"password": ""}),
        await client.get("/v1/sessions", headers={"Authorization": f"Bearer {tokens['access_token']}x"}),
        await client.put("/v1/profile/password", json={"current_password": WRONG, "new_password": NEW}, headers=bearer),
        await client.put(
            "/v1/profile/password", json={"current_password": PASSWORD, "new_password": "x"}, headers=bearer
        ),
        await client.post("/v1/sessions/refresh", headers={"Cookie": f"__Host-refresh={in_cookie}"}),
        await client.post("/v1/sessions/refresh", headers={"Cookie": f"__Host-refresh={in_cookie}x", **OWN_PAGE}),
    ]
    assert {response.status_code for response in responses} == {400, 401, 403, 422}
    refreshed = (await client.post("/v1/sessions/refresh", json={"refresh_token": tokens["refresh_token"]})).json()
    changed = await client.put(
        "/v1/profile/password", json={"current_password": PASSWORD, "new_password": NEW}, headers=bearer
    )
    assert changed.status_code == 204
    for response in responses:
        assert not any(secret in response.text for secret in (PASSWORD, WRONG, NEW, tokens["refresh_token"]))
    device_tokens = {tokens["device_token"], device_cookie.split(";")[0].split("=")[1]}
    return {tokens["access_token"], tokens["refresh_token"], in_cookie, refreshed["refresh_token"], *device_tokens}


async def break_down(client: httpx.AsyncClient, database: str, email: str, token: str) -> None:
    """Make the same requests fail in unexpected ways, in which programs tend to print their variables."""
    connection = await asyncpg.connect(database)
    await connection.execute("ALTER TABLE users RENAME TO users_elsewhere")
    await connection.execute("ALTER TABLE refresh_tokens RENAME TO refresh_tokens_elsewhere")
    await connection.close()
    sign_in = await client.post("/v1/sessions", json={"email": email, "password": NEW})
    refresh = await client.post("/v1/sessions/refresh", json={"refresh_token": token})
    assert (sign_in.status_code, refresh.status_code) == (500, 500)


@pytest.mark.parametrize("environment", [DEVELOPMENT, PRODUCTION], ids=["development", "production"])
async def test_no_line_holds_a_secret(own_database: str, tmp_path: Path, environment: dict[str, str]) -> None:
    settings = Settings(database_url=own_database)
    passwords = Passwords(threads=1)
    stored = await passwords.hash(SecretStr(PASSWORD))
    passwords.close()
    async with open_services(settings) as services:
        member = await make_member(services, password=stored)
    process = environment | {
        "DATABASE_URL": own_database,
        "SIGNING_KEYS": SIGNING_KEYS,
        "CORS_ORIGINS": json.dumps([ORIGIN]),
    }
    output = tmp_path / "output"
    async with serving(process, output) as client:
        tokens = await use_everything(client, member.email)
        await break_down(client, own_database, member.email, max(tokens))
    printed = output.read_text()
    assert printed.count("request_failed") == 2, "the test must see what is printed"
    private = {key["d"] for key in json.loads(SIGNING_KEYS)}
    secrets = {PASSWORD, WRONG, NEW, GATEWAY_KEY, stored.hash, *tokens, *private}
    assert [secret for secret in secrets if secret in printed] == []
