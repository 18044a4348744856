"""The role that serves works with rows and with nothing else; the owner migrates."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from billing_api.config import Settings
from billing_api.core import Core
from billing_api.db import migrate, revisions
from billing_api.db.grants import AppRoleError
from billing_api.events.relay import Relay
from billing_api.housekeeping import WORKED_BY_THE_WORKER
from billing_api.jobs.periodic import Tick, Timetable
from billing_api.jobs.repository import Queue
from billing_api.main import create_app
from billing_api.tables import APPEND_ONLY_TABLES, METADATA
from billing_api.working import make_consumers
from braintree_sandbox.testing import Sandbox
from tests.factories.addresses import ADDRESSES, new_address
from tests.factories.invoices import post_invoice
from tests.factories.payments import if_match, pay, store_bank_account, store_card
from tests.factories.users import make_member, open_session
from tests.fixtures import server
from tests.fixtures.commands import run
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

pytestmark = pytest.mark.slow
FORMER_NAMES = ("login_identities", "people")  # views, for the release before this one


@pytest.fixture(scope="module")
def role(worker_id: str) -> str:
    """The role that serves; its name wants quotes."""
    return f"App of {urlsplit(server.url_of(worker_id)).path[1:]}"


@pytest.fixture(scope="module")
async def owned(worker_id: str, role: str) -> AsyncIterator[str]:
    """The URL, as its owner, who may do nothing special on the server, of a database that was migrated for the role."""
    name, owner = f"billing_owned_{worker_id}", f"owner_of_{urlsplit(server.url_of(worker_id)).path[1:]}"
    await server.recreate(name)
    superuser = await asyncpg.connect(server.url_of(name))
    database = await superuser.fetchval("SELECT quote_ident(current_database())")
    await superuser.execute(f'CREATE ROLE {owner} LOGIN; CREATE ROLE "{role}" LOGIN')
    await superuser.execute(f"ALTER DATABASE {database} OWNER TO {owner}")
    url = _as(owner, server.url_of(name))
    await asyncio.to_thread(migrate.upgrade, url, app_role=role)
    yield url
    await superuser.execute(f"ALTER DATABASE {database} OWNER TO CURRENT_USER")
    for one in (f'"{role}"', owner):
        await superuser.execute(f"DROP OWNED BY {one} CASCADE")
        await superuser.execute(f"DROP ROLE {one}")
    await superuser.close()
    await server.drop(name)


@pytest.fixture(scope="module")
def app_url(owned: str, role: str) -> str:
    """The URL as the role that serves."""
    return _as(role, owned)


@pytest.fixture
async def as_role(app_url: str) -> AsyncIterator[Sql]:
    """A connection as that role."""
    connection = await asyncpg.connect(app_url)
    yield connection
    await connection.close()


@pytest.fixture
async def as_owner(owned: str) -> AsyncIterator[Sql]:
    """A connection as the owner."""
    connection = await asyncpg.connect(owned)
    yield connection
    await connection.close()


class TestRights:
    """The rights of the role."""

    @pytest.mark.parametrize("table", sorted([*METADATA.tables, *FORMER_NAMES]))
    async def test_rows_of_each_table(self, as_owner: Sql, role: str, table: str) -> None:
        """Read and add; change and delete where the table is not append-only; never empty, never refer."""
        kinds = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
        granted = [
            await as_owner.fetchval("SELECT has_table_privilege($1, $2, $3)", role, table, kind) for kind in kinds
        ]
        changes = table not in APPEND_ONLY_TABLES
        assert granted == [True, True, changes, changes, False, False, False]

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TABLE mine (id bigint)",
            "DROP TABLE addresses",
            "ALTER TABLE addresses ADD nickname text",
            "CREATE INDEX ON addresses (label)",
            "DROP TRIGGER refuse_change ON audit_log",
            "ALTER TABLE audit_log DISABLE TRIGGER ALL",
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "TRUNCATE addresses",
            "UPDATE alembic_version SET version_num = '0001'",
            "DELETE FROM ledger_entries",
            "SET session_replication_role = replica",
        ],
    )
    async def test_nothing_else(self, as_role: Sql, statement: str) -> None:
        """Not even where the triggers would refuse it."""
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await as_role.execute(statement)

    async def test_tables_to_come(self, as_owner: Sql, as_role: Sql) -> None:
        """Those that a later migration makes can be used at once."""
        await as_owner.execute("CREATE TABLE later (id bigint GENERATED ALWAYS AS IDENTITY, name text)")
        try:
            assert await as_role.fetchval("INSERT INTO later (name) VALUES ('x') RETURNING id") == 1
        finally:
            await as_owner.execute("DROP TABLE later")

    async def test_earlier_rights_are_taken_back(self, owned: str, as_owner: Sql, role: str) -> None:
        """A second `migrate` changes nothing else."""
        await as_owner.execute(f'GRANT ALL ON addresses, audit_log TO "{role}"')
        await asyncio.to_thread(migrate.upgrade, owned, app_role=role)
        for table in ("addresses", "audit_log"):
            assert not await as_owner.fetchval("SELECT has_table_privilege($1, $2, 'TRUNCATE')", role, table)

    @pytest.mark.parametrize(("wrong", "words"), [("nobody of that name", "no role"), ("", "owns the tables")])
    async def test_roles_that_can_not_be_meant(self, owned: str, as_owner: Sql, wrong: str, words: str) -> None:
        """One that is not there, and the owner himself."""
        name = wrong or await as_owner.fetchval("SELECT current_user")
        with pytest.raises(AppRoleError, match=words):
            await asyncio.to_thread(migrate.upgrade, owned, app_role=name)


class TestService:
    """The whole service as that role."""

    @pytest.fixture
    async def shop(self, app_url: str, settings: Settings) -> AsyncIterator[FastAPI]:
        """The application, connected as the role."""
        shop = create_app(settings.model_copy(update={"database_url": app_url}))
        async with shop.router.lifespan_context(shop):
            yield shop

    async def test_works(self, shop: FastAPI, sandbox: Sandbox) -> None:
        """Every table is read and written by one of these."""
        services = Services(shop.state.parts)
        password = await services.passwords.hash(SecretStr("a quiet river at dawn"))
        member = await make_member(services, password=password)
        grant = await open_session(services, member)
        async with Portal(shop, grant.caller, grant.access_token) as customer:
            assert (await customer.get("/readyz")).status_code == 200
            signed_in = await customer.post(
                "/v1/sessions",
                json={"email": member.email, "password": "a quiet river at dawn", "refresh_token_in": "body"},
            )
            assert signed_in.status_code == 201, signed_in.text
            refused = await customer.post("/v1/sessions", json={"email": member.email, "password": "not this one"})
            assert refused.status_code == 401
            refreshed = await customer.post(
                "/v1/sessions/refresh", json={"refresh_token": signed_in.json()["refresh_token"]}
            )
            assert refreshed.status_code == 200
            added = await customer.post(ADDRESSES, json=new_address(), headers={"Idempotency-Key": "k" * 20})
            assert added.status_code == 201
            gone = await customer.delete(f"{ADDRESSES}/{added.json()['id']}", headers=if_match(added.json()))
            assert gone.status_code in {200, 204}
            card, bank = await store_card(customer), await store_bank_account(customer)
            first, second = [await post_invoice(services, customer.account_id, cents) for cents in (3_210, 6_540)]
            assert (await pay(customer, card, first)).status_code == 201
            assert (await pay(customer, bank, second)).status_code in {201, 202}
            removed = await customer.delete(
                f"/v1/payment-methods/{card['id']}", params={"detach": "true"}, headers=if_match(card)
            )
            assert removed.status_code == 200, removed.text
            for path in ("overview", "profile", "invoices", "balance", "transactions", "payments", "payment-methods"):
                assert (await customer.get(f"/v1/{path}")).status_code == 200
            assert (await customer.delete("/v1/sessions/current")).status_code in {200, 204}
        await services.payment_checks.resolve_due(10)
        await services.check_methods.check_due(10)
        await services.card_expiry.announce_due(10)
        await self.work(shop)

    async def work(self, shop: FastAPI) -> None:
        """Do all that a worker does, but jobs of features: number events, enqueue ticks, prune, run a job."""
        parts = shop.state.parts
        core, queue = parts[Core], parts[Queue]
        assert await Relay(core.db, core.clock).number_all() > 0
        await make_consumers(parts, WORKED_BY_THE_WORKER).consume_all()
        works = {work: make for feature in WORKED_BY_THE_WORKER for work, make in feature.periodic.items()}
        await Timetable(core.db, core.clock, queue, list(works)).enqueue_due()
        lease = timedelta(minutes=1)
        started = await queue.start([work.name for work in works], limit=99, is_idle=True, lease=lease, worker="w")
        assert len(started) == len(works)
        now = core.clock.now()
        for work, make in works.items():
            if work.name.endswith(".prune"):
                await make(parts)(Tick(now, now))
        await queue.renew(started, lease=lease)
        for job in started:
            await core.db.run(partial(queue.finish, job))

    async def test_the_demo_data(self, app_url: str, sandbox: Sandbox) -> None:
        """They need imports, and nearly everything else: methods, payments and their checks, addresses, users."""
        done = await asyncio.to_thread(
            run, module="billing_api.dev.seed", DATABASE_URL=app_url, GATEWAY_PORT=str(sandbox.port)
        )
        assert done.returncode == 0, done.stderr


class TestCommands:
    """`migrate` and `import` want the settings that they use."""

    async def test_migrate_in_production(self, owned: str, role: str) -> None:
        """Without a gateway, keys or an address: of those it uses none."""
        done = await asyncio.to_thread(
            run, "migrate", DATABASE_URL=owned, DATABASE_APP_ROLE=role, ENVIRONMENT="production"
        )
        assert (done.returncode, done.stderr) == (0, "")

    async def test_migrate_names_a_role_that_is_not_there(self, owned: str) -> None:
        """In one line."""
        done = await asyncio.to_thread(run, "migrate", DATABASE_URL=owned, DATABASE_APP_ROLE="nobody")
        assert done.returncode == 2
        assert done.stderr.startswith("billing-api: DATABASE_APP_ROLE: there is no role 'nobody'")
        assert len(done.stderr.splitlines()) == 1

    async def test_migrate_without_the_owners_rights(self, app_url: str, as_owner: Sql) -> None:
        """The role that serves can't migrate; the error is one line."""
        await as_owner.execute("UPDATE alembic_version SET version_num = '0012'")
        try:
            done = await asyncio.to_thread(run, "migrate", DATABASE_URL=app_url)
        finally:
            await as_owner.execute("UPDATE alembic_version SET version_num = $1", revisions.head())
        assert done.returncode == 2
        assert done.stderr.startswith("billing-api: DATABASE_URL: permission denied")
        assert len(done.stderr.splitlines()) == 1

    async def test_import_in_production(self, app_url: str, tmp_path_factory: pytest.TempPathFactory) -> None:
        """Likewise, as the role that serves."""
        file = tmp_path_factory.mktemp("import") / "documents.ndjson"
        file.write_text('{"type": "account", "external_id": "imported", "name": "A", "currency": "USD"}\n')
        done = await asyncio.to_thread(run, "import", str(file), DATABASE_URL=app_url, ENVIRONMENT="production")
        assert done.returncode == 0, done.stderr

    async def test_two_migrations_at_once(self, worker_id: str) -> None:
        """Indexes that are built beside the traffic wait for old snapshots, and the second program has none."""
        name = f"billing_twice_{worker_id}"
        await server.recreate(name)
        try:
            url = server.url_of(name)
            both = await asyncio.gather(*(asyncio.to_thread(run, "migrate", DATABASE_URL=url) for _ in range(2)))
            assert [(done.returncode, done.stderr) for done in both] == [(0, ""), (0, "")]
            connection = await asyncpg.connect(url)
            assert await revisions.current(connection) == revisions.head()
            assert not await connection.fetch("SELECT FROM pg_index WHERE NOT indisvalid")
            await connection.close()
        finally:
            await server.drop(name)


def _as(user: str, url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{quote(user)}@{parts.netloc.rpartition('@')[2]}"))
