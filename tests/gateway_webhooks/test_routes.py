"""Webhooks of Braintree are signed, in any order and repeated; other requests are refused without details."""

from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest

from billing_api.gateway_webhooks.service import APPLY
from braintree_sandbox.testing import Sandbox
from tests.factories.payments import Json, store_card
from tests.fixtures.queries import Sql
from tests.fixtures.signed_in import Portal
from tests.gateway_webhooks.conftest import WEBHOOKS, Inbox, notice, send

METHODS = "/v1/payment-methods"


async def token_of(sql: Sql, method: Json) -> str:
    """Return the token, which only the database and the gateway know."""
    (row,) = await sql.fetch("SELECT token FROM payment_methods WHERE id = $1", method["id"])
    return str(row["token"])


class TestMethods:
    async def test_a_method_that_its_owner_revoked_is_removed(
        self, client: httpx.AsyncClient, portal: Portal, sandbox: Sandbox, sql: Sql, inbox: Inbox
    ) -> None:
        card = await store_card(portal)
        token = await token_of(sql, card)
        form = notice(sandbox, "payment_method_revoked_by_customer", token)
        sandbox.control("DELETE", f"/payment-methods/{token}")
        assert (await send(client, form)).status_code == 204
        assert await inbox.work() == ["done"]
        gone = (await portal.get(f"{METHODS}/{card['id']}")).json()
        assert (gone["status"], gone["default"], gone["last4"]) == ("removed", False, card["last4"])
        assert (await portal.get(METHODS)).json()["data"] == []
        events = await sql.fetch(
            "SELECT data FROM outbox_events WHERE account_id = $1 AND kind = 'payment_method.removed'",
            portal.account_id,
        )
        assert len(events) == 1

    async def test_a_repeated_webhook_changes_nothing_more(
        self, client: httpx.AsyncClient, portal: Portal, sandbox: Sandbox, sql: Sql, inbox: Inbox
    ) -> None:
        card = await store_card(portal)
        token = await token_of(sql, card)
        form = notice(sandbox, "payment_method_revoked_by_customer", token)
        sandbox.control("DELETE", f"/payment-methods/{token}")
        for _ in range(2):
            assert (await send(client, form)).status_code == 204
        assert await inbox.work() == ["done"]
        assert (await portal.get(f"{METHODS}/{card['id']}")).json()["version"] == card["version"] + 1

    async def test_a_webhooks_claim_is_checked_at_the_gateway(
        self, client: httpx.AsyncClient, portal: Portal, sandbox: Sandbox, sql: Sql, inbox: Inbox
    ) -> None:
        card = await store_card(portal)
        form = notice(sandbox, "payment_method_revoked_by_customer", await token_of(sql, card))
        assert (await send(client, form)).status_code == 204
        assert await inbox.work() == ["done"]
        assert (await portal.get(f"{METHODS}/{card['id']}")).json()["status"] == "active"

    async def test_a_method_that_is_not_ours(
        self, client: httpx.AsyncClient, sandbox: Sandbox, inbox: Inbox, sql: Sql
    ) -> None:
        token = f"of-another-system-{uuid4()}"
        assert (await send(client, notice(sandbox, "payment_method_revoked_by_customer", token))).status_code == 204
        assert await inbox.work() == ["done"]
        assert await sql.fetchval("SELECT result FROM gateway_notices WHERE subject_id = $1", token) == "unknown"

    async def test_the_webhook_is_taken_while_the_gateway_is_away_and_applied_later(
        self, client: httpx.AsyncClient, portal: Portal, sandbox: Sandbox, sql: Sql, inbox: Inbox
    ) -> None:
        card = await store_card(portal)
        token = await token_of(sql, card)
        form = notice(sandbox, "payment_method_revoked_by_customer", token)
        sandbox.control("DELETE", f"/payment-methods/{token}")
        fault = sandbox.fault("status", status=503, match={"method": "GET", "path": token})
        assert (await send(client, form)).status_code == 204
        assert await inbox.work() == ["failed"]
        assert sandbox.hits(fault) == 1
        assert (await portal.get(f"{METHODS}/{card['id']}")).json()["status"] == "active"
        inbox.clock.forward(minutes=1)
        assert await inbox.work() == ["done"]
        assert (await portal.get(f"{METHODS}/{card['id']}")).json()["status"] == "removed"

    async def test_one_that_can_not_be_applied_stays_visible(
        self, client: httpx.AsyncClient, portal: Portal, sandbox: Sandbox, sql: Sql, inbox: Inbox
    ) -> None:
        token = await token_of(sql, await store_card(portal))
        sandbox.fault("status", status=503, times=APPLY.attempts, match={"method": "GET", "path": token})
        await send(client, notice(sandbox, "payment_method_revoked_by_customer", token))
        outcomes = []
        for _ in range(APPLY.attempts):
            outcomes += await inbox.work()
            inbox.clock.forward(hours=3)
        assert outcomes == ["failed"] * (APPLY.attempts - 1) + ["held"]
        error = await sql.fetchval(
            "SELECT error FROM jobs WHERE task = $1 AND state = 'held' ORDER BY id DESC", APPLY.name
        )
        assert "is not looked up" in error
        assert await sql.fetchval("SELECT applied_at FROM gateway_notices WHERE subject_id = $1", token) is None

    @pytest.mark.parametrize("kind", ["subscription_canceled", "disbursement", "disbursement_exception"])
    async def test_an_unused_kind_is_kept(
        self, client: httpx.AsyncClient, sandbox: Sandbox, inbox: Inbox, kind: str
    ) -> None:
        """A search finds payouts."""
        assert (await send(client, notice(sandbox, kind, str(uuid4())))).status_code == 204
        assert await inbox.work() == []

    async def test_old_notices_go_and_open_ones_stay(
        self, client: httpx.AsyncClient, sandbox: Sandbox, inbox: Inbox, sql: Sql
    ) -> None:
        applied, waiting = str(uuid4()), str(uuid4())
        await send(client, notice(sandbox, "payment_method_revoked_by_customer", applied))
        await inbox.work()
        await send(client, notice(sandbox, "payment_method_revoked_by_customer", waiting))
        inbox.clock.forward(days=31)
        await inbox.prune()
        left = await sql.fetch("SELECT subject_id FROM gateway_notices WHERE subject_id = ANY($1)", [applied, waiting])
        assert [row["subject_id"] for row in left] == [waiting]


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
