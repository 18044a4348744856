"""Two processes of the API and two workers on one database: a customer's journey through all of them."""

from collections import Counter
from uuid import UUID

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from billing_api.auth.keys import new_keys
from billing_api.config import Settings
from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import lose_sale, new_key, of_invoices
from tests.factories.users import make_member, open_session
from tests.fixtures.commands import running
from tests.fixtures.queries import Sql
from tests.fixtures.served import SERVE, served_by
from tests.fixtures.services import Services, open_services
from tests.fixtures.waiting import START_SECONDS, looks
from tests.mail.servers import inbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

_SECONDS = START_SECONDS  # four programs start on two cores


async def token_of(services: Services, account_id: UUID, card: str) -> str:
    """Return the gateway's token of a stored card."""

    async def read() -> str:
        account = await services.accounts.lock(account_id)
        return (await services.payment_methods.get_chargeable(account, UUID(card), "USD")).token

    return await services.database.run(read)


async def until_due(sql: Sql, payment_id: str) -> None:
    """Let the payment's check and the reconciler's next pass be due now."""
    await sql.execute("UPDATE payments SET next_check_at = now() WHERE id = $1", UUID(payment_id))
    await sql.execute("UPDATE periodic_ticks SET next_at = now() WHERE name = 'payments.reconcile'")


async def test_journey(own_database: str, settings: Settings, sandbox: Sandbox) -> None:
    """A payment whose response is lost at one process is resolved by a worker, read at the other, and told of once."""
    keys = new_keys()
    async with inbox() as box:
        shared = {
            "DATABASE_URL": own_database,
            "GATEWAY_PORT": str(settings.gateway_port),
            "SIGNING_KEYS": keys,
            "SMTP_PORT": str(box.port),
            "SMTP_SECURITY": "none",
            "WORKER_POLL_SECONDS": "0.1",
        }
        ours = settings.model_copy(update={"database_url": own_database, "signing_keys": SecretStr(keys)})
        sql = await asyncpg.connect(own_database)
        async with (
            open_services(ours) as services,
            running("worker", **shared),
            running("worker", **shared),
            served_by(ours, SERVE, **shared) as one,
            served_by(ours, SERVE, **shared) as other,
        ):
            await until_consumers_have_begun(sql)
            member = await make_member(services)
            grant = await open_session(services, member)
            headers = {"Authorization": f"Bearer {grant.access_token}"}
            async with (
                httpx.AsyncClient(base_url=one.url, headers=headers, timeout=60) as here,
                httpx.AsyncClient(base_url=other.url, headers=headers, timeout=60) as there,
            ):
                invoice = str(await post_invoice(services, member.account_id))
                stored = await here.post("/v1/payment-methods", json={"type": "card", "nonce": "fake-valid-nonce"})
                card = stored.json()["id"]
                lose_sale(sandbox, await token_of(services, member.account_id, card), commit=True)
                body = {"currency": "USD", "pay": of_invoices({"invoice_id": invoice}), "payment_method_id": card}
                key = new_key()
                lost = await there.post("/v1/payments", json=body, headers=key)
                assert (lost.status_code, lost.json()["status"]) == (202, "unknown")
                await until_due(sql, lost.json()["id"])
                for _ in looks("the worker resolves the payment", seconds=_SECONDS):
                    payment = (await here.get(f"/v1/payments/{lost.json()['id']}")).json()
                    if payment["status"] == "succeeded":
                        break
                paid = (await there.get(f"/v1/invoices/{invoice}")).json()
                assert (paid["status"], paid["amount_due"]) == ("paid", 0)
                again = await here.post("/v1/payments", json=body, headers=key)
                assert again.json()["id"] == payment["id"]
                for _ in looks("the receipt reaches its reader", seconds=_SECONDS):
                    await here.get("/livez")
                    if any("eceipt" in str(mail["Subject"]) for mail in box.mails):
                        break
            await until_nothing_waits(sql)
        ids = Counter(str(mail["Message-ID"]) for mail in box.mails)
        assert set(ids.values()) == {1}
        assert len([mail for mail in box.mails if "eceipt" in str(mail["Subject"])]) == 1
        numbers = [row[0] for row in await sql.fetch("SELECT number FROM outbox_events ORDER BY number")]
        assert numbers == list(range(1, len(numbers) + 1))
        assert await sql.fetchval("SELECT count(*) FROM jobs WHERE state = 'held'") == 0
        await sql.close()


async def until_consumers_have_begun(sql: Sql) -> None:
    """Wait until a worker runs: what occurred before has no mails."""
    for _ in looks("the positions of the consumers", seconds=_SECONDS):
        if await sql.fetchval("SELECT count(*) FROM event_positions WHERE name <> 'relay'"):
            return


async def until_nothing_waits(sql: Sql) -> None:
    """Wait until every event is read and every job that is due has ended."""
    waiting = """
        SELECT (SELECT count(*) FROM outbox_events WHERE number IS NULL)
             + (SELECT count(*) FROM jobs WHERE state = 'running' OR state = 'waiting' AND run_at <= now())
             + (SELECT count(*) FROM event_positions WHERE number < (SELECT max(number) FROM outbox_events))
    """
    for _ in looks("the end of all work", seconds=_SECONDS):
        if not await sql.fetchval(waiting):
            return
