"""Webhooks of Braintree are signed, in any order and repeated; other requests are refused without details."""

from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from braintree_sandbox.testing import Sandbox
from tests.factories.payments import Json, store_card
from tests.fixtures.queries import Sql
from tests.fixtures.signed_in import Portal

WEBHOOKS = "/v1/gateway-webhooks/braintree"
METHODS = "/v1/payment-methods"


async def send(client: httpx.AsyncClient, form: dict[str, str]) -> httpx.Response:
    return await client.post(WEBHOOKS, data={name: form[name] for name in ("bt_signature", "bt_payload")})


async def token_of(sql: Sql, method: Json) -> str:
    """Return the token, which only the database and the gateway know."""
    (row,) = await sql.fetch("SELECT token FROM payment_methods WHERE id = $1", method["id"])
    return str(row["token"])


def notice(sandbox: Sandbox, kind: str, subject_id: str, **settings: Any) -> dict[str, str]:
    """A webhook as the gateway signs it."""
    form: dict[str, str] = sandbox.control("POST", "/webhooks", {"kind": kind, "id": subject_id, **settings})
    return form


class TestMethods:
    async def test_a_method_that_its_owner_revoked_is_removed(
        self, client: httpx.AsyncClient, portal: Portal, sandbox: Sandbox, sql: Sql
    ) -> None:
        card = await store_card(portal)
        token = await token_of(sql, card)
        form = notice(sandbox, "payment_method_revoked_by_customer", token)
        sandbox.control("DELETE", f"/payment-methods/{token}")
        assert (await send(client, form)).status_code == 204
        gone = (await portal.get(f"{METHODS}/{card['id']}")).json()
        assert (gone["status"], gone["default"], gone["last4"]) == ("removed", False, card["last4"])
        assert (await portal.get(METHODS)).json()["data"] == []
        events = await sql.fetch(
            "SELECT data FROM outbox_events WHERE account_id = $1 AND kind = 'payment_method.removed'",
            portal.account_id,
        )
        assert len(events) == 1

    async def test_a_repeated_webhook_changes_nothing_more(
        self, client: httpx.AsyncClient, portal: Portal, sandbox: Sandbox, sql: Sql
    ) -> None:
        card = await store_card(portal)
        token = await token_of(sql, card)
        form = notice(sandbox, "payment_method_revoked_by_customer", token)
        sandbox.control("DELETE", f"/payment-methods/{token}")
        for _ in range(2):
            assert (await send(client, form)).status_code == 204
        assert (await portal.get(f"{METHODS}/{card['id']}")).json()["version"] == card["version"] + 1

    async def test_a_webhooks_claim_is_checked_at_the_gateway(
        self, client: httpx.AsyncClient, portal: Portal, sandbox: Sandbox, sql: Sql
    ) -> None:
        card = await store_card(portal)
        form = notice(sandbox, "payment_method_revoked_by_customer", await token_of(sql, card))
        assert (await send(client, form)).status_code == 204
        assert (await portal.get(f"{METHODS}/{card['id']}")).json()["status"] == "active"

    async def test_a_method_that_is_not_ours(self, client: httpx.AsyncClient, sandbox: Sandbox) -> None:
        form = notice(sandbox, "payment_method_revoked_by_customer", "of-another-system")
        assert (await send(client, form)).status_code == 204

    async def test_a_webhook_is_requested_again_while_the_gateway_is_away(
        self, client: httpx.AsyncClient, portal: Portal, sandbox: Sandbox, sql: Sql
    ) -> None:
        token = await token_of(sql, await store_card(portal))
        form = notice(sandbox, "payment_method_revoked_by_customer", token)
        fault = sandbox.fault("status", status=503, match={"method": "GET", "path": token})
        response = await send(client, form)
        assert (response.status_code, response.json()["code"]) == (503, "webhook_not_handled")
        assert sandbox.hits(fault) == 1
        assert (await send(client, form)).status_code == 204

    async def test_an_unused_kind_is_accepted(self, client: httpx.AsyncClient, sandbox: Sandbox) -> None:
        assert (await send(client, notice(sandbox, "subscription_canceled", "any"))).status_code == 204


class TestRefused:
    @pytest.mark.parametrize(
        "body",
        [
            "",
            "bt_signature=a",
            "bt_payload=a",
            "bt_signature=a|b&bt_signature=a|c&bt_payload=abc",
            "bt_signature=integration_public_key|0123456789abcdef0123456789abcdef01234567&bt_payload=PGE+",
            "bt_signature=a%7Cb%7Cc%26d&bt_payload=%C3%A9",
            "&".join(f"field{number}=1" for number in range(1_000)),
            "{}",
            "\xff\xfe",
        ],
    )
    async def test_an_unsigned_webhook(self, client: httpx.AsyncClient, body: str) -> None:
        response = await client.post(
            WEBHOOKS,
            content=body.encode("latin-1"),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert (response.status_code, response.json()["code"]) == (403, "webhook_refused")

    async def test_one_letter_changed(self, client: httpx.AsyncClient, sandbox: Sandbox) -> None:
        form = notice(sandbox, "check", "any")
        payload = form["bt_payload"]
        form["bt_payload"] = ("Q" if payload[0] != "Q" else "R") + payload[1:]
        assert (await send(client, form)).status_code == 403

    async def test_another_merchants(self, client: httpx.AsyncClient, sandbox: Sandbox) -> None:
        form = notice(sandbox, "check", "any", merchant_id="integration2_merchant_id")
        assert (await send(client, form)).status_code == 403

    async def test_a_webhook_that_is_too_large(self, client: httpx.AsyncClient) -> None:
        body = urlencode({"bt_signature": "a|b", "bt_payload": "A" * 2_000_000})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        assert (await client.post(WEBHOOKS, content=body, headers=headers)).status_code == 413


class TestChallenge:
    async def test_a_challenge_gets_our_signature(self, client: httpx.AsyncClient, sandbox: Sandbox) -> None:
        challenge = "20f9f8ed05f77439fe955c977e4c8a53"
        response = await client.get(WEBHOOKS, params={"bt_challenge": challenge})
        assert (response.status_code, response.text) == (200, sandbox.gateway().webhook_notification.verify(challenge))
        assert response.headers["content-type"].startswith("text/plain")

    @pytest.mark.parametrize("challenge", ["abc", "Z" * 32, "20f9f8ed05f77439fe955c977e4c8a53" * 2])
    async def test_another_text_is_not_signed(self, client: httpx.AsyncClient, challenge: str) -> None:
        response = await client.get(WEBHOOKS, params={"bt_challenge": challenge})
        assert (response.status_code, response.json()["code"]) == (403, "webhook_refused")

    async def test_a_request_without_a_challenge(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(WEBHOOKS)).status_code == 422
