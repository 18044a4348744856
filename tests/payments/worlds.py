"""An API of its own with a gateway and a clock of its own, and customers of it, one for each random order of events."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

import asyncpg
import structlog
from fastapi import FastAPI

from billing_api.config import Settings
from billing_api.logs import configure
from billing_api.main import create_app
from braintree_sandbox.testing import Sandbox
from tests.factories.clock import MovableClock
from tests.factories.payments import store_bank_account, store_card
from tests.factories.users import make_member, open_session
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.clockwork import Clockwork
from tests.payments.office import Office
from tests.payments.world import World

_UNLIMITED = "100000 per minute"


class Worlds:
    """One API with a gateway and a database, and a customer of its own for each run."""

    def __init__(self, app: FastAPI, sandbox: Sandbox, clock: MovableClock, sql: Sql) -> None:
        self._app = app
        self._sandbox = sandbox
        self._clock = clock
        self._sql = sql
        self._services = Services(app.state.parts)

    async def begin(self, clients: AsyncExitStack) -> World:
        """A customer with a card and a bank account; the faults of an earlier run are gone."""
        self._sandbox.control("DELETE", "/faults")
        grant = await open_session(self._services, await make_member(self._services))
        portal = await clients.enter_async_context(Portal(self._app, grant.caller, grant.access_token))
        parts = self._app.state.parts
        world = World(
            parts,
            self._services,
            self._sandbox,
            self._clock,
            self._sql,
            portal,
            Office(parts, portal.account_id),
            Clockwork(parts),
            self._clock.now(),
        )
        # Many runs take years of the clock.
        nonce = self._sandbox.card_nonce(expiration_date="12/2045")
        for method in (await store_card(portal, nonce), await store_bank_account(portal)):
            row = await self._sql.fetchrow(
                "SELECT m.token, c.customer_id FROM payment_methods m JOIN gateway_customers c USING (account_id)"
                " WHERE m.id = $1",
                UUID(method["id"]),
            )
            assert row is not None
            world.methods.append(method | {"customer_id": row["customer_id"]})
            world.tokens.append(row["token"])
        return world


@asynccontextmanager
async def open_worlds(database_url: str, sandbox: Sandbox) -> AsyncIterator[Worlds]:
    """The API over a database and a gateway that nobody else uses; both clocks stand at the same time."""
    clock = MovableClock()
    settings = Settings(
        database_url=database_url,
        gateway_port=sandbox.port,
        public_url="http://billing.test",
        password_hash_threads=1,
        card_declines_per_account=_UNLIMITED,
        card_declines_per_ip=_UNLIMITED,
        methods_verified_per_account=_UNLIMITED,
        quotes_per_user=_UNLIMITED,
        serve_docs=False,  # making the document takes longer than the rest of a start
    )
    if not structlog.is_configured():
        configure(settings)
    app = create_app(settings, clock)
    async with app.router.lifespan_context(app):
        sql = await asyncpg.connect(database_url)
        try:
            yield Worlds(app, sandbox, clock, sql)
        finally:
            await sql.close()
