"""The responses while a database changes under a running service, or takes no writes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from billing_api.config import Settings
from billing_api.db.migrate import upgrade
from billing_api.dev.postgres import EmbeddedPostgres
from billing_api.main import create_app
from braintree_sandbox.testing import Sandbox
from tests.factories.addresses import ADDRESSES, add_address, new_address
from tests.factories.invoices import post_invoice
from tests.factories.payments import if_match, pay, store_card
from tests.fixtures.holding import holding
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal, owner_of
from tests.fixtures.waiting import looks
from tests.http.problem import problem

# Every text becomes a varchar, and back: two types that the service reads alike, and no prepared statement survives.
# PostgreSQL changes no column that a view shows; these views are for the release before this one alone.
_ALTER = """
    DROP VIEW IF EXISTS people, login_identities;
    DO $$ DECLARE found record; BEGIN
        FOR found IN SELECT table_name, string_agg(format('ALTER %I TYPE {type}', column_name), ', ') AS changes
            FROM information_schema.columns
            WHERE table_schema = 'public' AND data_type = '{before}' AND table_name <> 'alembic_version'
            GROUP BY table_name
        LOOP EXECUTE format('ALTER TABLE %I %s', found.table_name, found.changes); END LOOP;
    END $$
"""


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedPostgres]:
    """A server of these tests' own, migrated."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("trouble"), settings={"fsync": "off"}) as server:
        await asyncio.to_thread(upgrade, server.dsn())
        yield server


@pytest.fixture(scope="module")
async def admin(server: EmbeddedPostgres) -> AsyncIterator[Sql]:
    """The operator's connection."""
    connection = await asyncpg.connect(server.dsn())
    yield connection
    await connection.close()


@pytest.fixture(scope="module")
async def shop(server: EmbeddedPostgres, settings: Settings) -> AsyncIterator[FastAPI]:
    """The application on that server; it waits for a lock as long as its operator has said."""
    url = f"{server.dsn()}&options=-c%20lock_timeout%3D200"
    shop = create_app(settings.model_copy(update={"database_url": url}))
    async with shop.router.lifespan_context(shop):
        yield shop


@pytest.fixture
async def customer(shop: FastAPI) -> AsyncIterator[Portal]:
    """An account's owner there."""
    async with owner_of(shop) as customer:
        yield customer


async def change_types(admin: Sql) -> None:
    """Change the type of every column that holds a text."""
    is_text = await admin.fetchval(
        "SELECT atttypid = 'text'::regtype FROM pg_attribute WHERE attrelid = 'accounts'::regclass AND attname = 'name'"
    )
    types = {"type": "varchar", "before": "text"} if is_text else {"type": "text", "before": "character varying"}
    await admin.execute(_ALTER.format(**types))


class TestRollingDeployment:
    """Columns change their types while the service has its statements prepared."""

    async def test_reads_snapshots_and_writes(self, customer: Portal, admin: Sql, logged: list[Any]) -> None:
        """Clients notice nothing, and the log has it."""

        async def use() -> list[int]:
            responses = [
                await customer.get("/v1/overview"),
                await customer.get("/v1/invoices"),
                await customer.get(ADDRESSES),
                await customer.post(ADDRESSES, json=new_address()),
                await customer.patch("/v1/profile", json={"contact_name": "Pat"}, headers={"If-Match": "*"}),
            ]
            return [response.status_code for response in responses]

        for _ in range(3):
            assert await use() == [200, 200, 200, 201, 200]
            await change_types(admin)
            # The first statement that fails renews all that is prepared: now it is a write's, then a read's.
            assert (await customer.post(ADDRESSES, json=new_address())).status_code == 201
            assert (await customer.get("/v1/overview")).status_code == 200
            await change_types(admin)
        repeated = {line["event"] for line in logged if line.get("reason") == "0A000"}
        assert repeated == {"read_repeated", "transaction_repeated"}

    async def test_while_a_card_is_charged(self, shop: FastAPI, customer: Portal, sandbox: Sandbox, admin: Sql) -> None:
        """The money is taken and written down: 201, not 202."""
        card = await store_card(customer)
        first, second = [
            await post_invoice(Services(shop.state.parts), customer.account_id, cents) for cents in (4_321, 5_432)
        ]
        assert (await pay(customer, card, first)).status_code == 201
        async with holding(sandbox, commit=True, path="^/transactions$", body="<amount>54.32</amount>") as held:
            request = asyncio.create_task(pay(customer, card, second))
            await held.by(request)
            await change_types(admin)
            await held.release()
            response = await request
        assert (response.status_code, response.json()["status"]) == (201, "succeeded")

    async def test_while_a_card_is_stored(self, customer: Portal, sandbox: Sandbox, admin: Sql) -> None:
        """It is there, and shown."""
        await store_card(customer)
        nonce = sandbox.card_nonce("5555555555554444")
        async with holding(sandbox, commit=True, path="^/payment_methods$", body=nonce) as held:
            request = asyncio.create_task(store_card(customer, nonce))
            await held.by(request)
            await change_types(admin)
            await held.release()
            card = await request
        assert card["last4"] == "4444"
        assert card["status"] == "active"


class TestColumnThatIsNotThereYet:
    """Whatever error the database raises: once the gateway has acted, the request waits for it."""

    async def test_a_payment(
        self, shop: FastAPI, customer: Portal, sandbox: Sandbox, admin: Sql, logged: list[Any]
    ) -> None:
        """The payment is recorded when the deployment has ended."""
        card = await store_card(customer)
        invoice = await post_invoice(Services(shop.state.parts), customer.account_id, 7_654)
        async with holding(sandbox, commit=True, path="^/transactions$", body="<amount>76.54</amount>") as held:
            request = asyncio.create_task(pay(customer, card, invoice))
            await held.by(request)
            await admin.execute("ALTER TABLE gateway_orders RENAME transaction_id TO not_there")
            await held.release()
            await _until_it_waits(logged, request)
            await admin.execute("ALTER TABLE gateway_orders RENAME not_there TO transaction_id")
            response = await request
        assert (response.status_code, response.json()["status"]) == (201, "succeeded")

    async def test_a_card(self, customer: Portal, sandbox: Sandbox, admin: Sql, logged: list[Any]) -> None:
        """The card is recorded when the deployment has ended."""
        nonce = sandbox.card_nonce("5555555555554444")
        async with holding(sandbox, commit=True, path="^/payment_methods$", body=nonce) as held:
            request = asyncio.create_task(store_card(customer, nonce))
            await held.by(request)
            await admin.execute("ALTER TABLE payment_methods RENAME fingerprint TO not_there")
            await held.release()
            await _until_it_waits(logged, request)
            await admin.execute("ALTER TABLE payment_methods RENAME not_there TO fingerprint")
            assert (await request)["last4"] == "4444"

    async def test_a_removal(self, customer: Portal, sandbox: Sandbox, admin: Sql, logged: list[Any]) -> None:
        """The removal is recorded when the deployment has ended."""
        card = await store_card(customer)
        url = f"/v1/payment-methods/{card['id']}"
        async with holding(sandbox, commit=True, method="DELETE", path="^/payment_methods/") as held:
            request = asyncio.create_task(customer.delete(url, headers=if_match(card)))
            await held.by(request)
            await admin.execute("ALTER TABLE payment_methods RENAME removed_at TO not_there")
            await held.release()
            await _until_it_waits(logged, request)
            await admin.execute("ALTER TABLE payment_methods RENAME not_there TO removed_at")
            assert (await request).status_code == 200


class TestNoWrites:
    """A primary that has become a standby, over connections that are still open."""

    @pytest.fixture
    async def standby(self, admin: Sql) -> AsyncIterator[None]:
        """Every session turns read-only, and back."""
        await _set_read_only(admin, "on")
        yield
        await _set_read_only(admin, "off")

    async def test_writes_come_again_reads_go_on(self, shop: FastAPI, customer: Portal, admin: Sql) -> None:
        """503 with a hint when to come again; /readyz says why; afterwards everything is as it was."""
        await add_address(customer)
        await _set_read_only(admin, "on")
        try:
            response = await customer.post(ADDRESSES, json=new_address())
            problem(response, 503, "unavailable")
            assert int(response.headers["retry-after"]) >= 1
            assert (await customer.get(ADDRESSES)).status_code == 200
            assert (await customer.get("/v1/overview")).status_code == 200
            ready = await customer.get("/readyz")
            assert (ready.status_code, ready.json()["reason"]) == (503, "the database takes no writes")
        finally:
            await _set_read_only(admin, "off")
        assert (await customer.get("/readyz")).status_code == 200
        await add_address(customer)

    async def test_address_that_asks_for_a_server_which_takes_them(
        self, server: EmbeddedPostgres, settings: Settings, standby: None
    ) -> None:
        """It finds none: the same reason."""
        url = f"{server.dsn()}&target_session_attrs=read-write"
        shop = create_app(settings.model_copy(update={"database_url": url}))
        async with (
            shop.router.lifespan_context(shop),
            httpx.AsyncClient(transport=httpx.ASGITransport(app=shop), base_url="http://billing.test") as client,
        ):
            assert (await client.get("/readyz")).json()["reason"] == "the database takes no writes"


async def test_lock_that_is_not_had_in_time(customer: Portal, admin: Sql) -> None:
    """An operator's lock_timeout ends in a 503, and the request can be repeated."""
    async with admin.transaction():
        await admin.execute("SELECT FROM accounts WHERE id = $1 FOR UPDATE", customer.account_id)
        response = await customer.post(ADDRESSES, json=new_address())
    problem(response, 503, "unavailable")
    assert int(response.headers["retry-after"]) >= 1
    await add_address(customer)


async def _set_read_only(admin: Sql, value: str) -> None:
    """Let the whole server say it, and wait until a running session does."""
    await admin.execute("SET default_transaction_read_only = off")
    await admin.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
    await admin.execute("RESET default_transaction_read_only")
    await admin.execute("SELECT pg_reload_conf()")
    for _ in looks("the setting is there"):
        if await admin.fetchval("SHOW default_transaction_read_only") == value:
            return


async def _until_it_waits(logged: list[Any], request: "asyncio.Future[Any]") -> None:
    for _ in looks("the request waits for the database"):
        if any(line["event"] == "recording_waits_for_the_database" for line in logged):
            return
        assert not request.done()
        await asyncio.sleep(0)
