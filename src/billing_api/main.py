"""The application: its routes and middleware, and the parts that are opened and closed with it."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

import structlog
from fastapi import FastAPI

from billing_api import v1
from billing_api.auth.revocations import Revocations
from billing_api.bootstrap import open_parts
from billing_api.config import Settings
from billing_api.db.address import DatabaseAddress
from billing_api.errors import UnavailableError
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.gateway.failures import GatewayError, GatewayUnfamiliarError
from billing_api.gateway.port import Gateway
from billing_api.http import contract, docs, health, home, layers, openapi, problem_pages
from billing_api.http.contract import Contract
from billing_api.http.readiness import Readiness
from billing_api.kit.clock import Clock
from billing_api.measures import Measures
from billing_api.parts import Parts
from billing_api.payment_methods.lookups import Lookups

log = structlog.get_logger(__name__)

_RETRY_SECONDS = 30


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """Return the ASGI application; it connects to nothing before its lifespan begins."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_parts(settings, clock) as parts, _background(parts, measures := Measures(parts)):
            parts.make_all()
            app.state.parts = parts
            app.state.measure = measures.text
            app.state.readiness = Readiness(DatabaseAddress.parse(settings.database_url))
            if settings.serve_docs:
                app.state.contract = Contract(app)
            # These objects live as long as the process: after freeze() the garbage collector skips them.
            gc.collect()
            gc.freeze()
            yield

    app = FastAPI(
        title="Billing Portal API",
        version=version("billing-api"),
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},  # http/tracing.py
        openapi_url=None,  # http/contract.py serves it
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        openapi_tags=v1.TAGS,
    )
    app.state.settings = settings
    for router in (
        home.router,
        health.router,
        problem_pages.router,
        v1.well_known,
        v1.router,
        *([docs.router, contract.router] if settings.serve_docs else []),
    ):
        app.include_router(router)
    openapi.install(app, settings, v1.GROUPS)
    layers.install(app, settings)
    return app


@asynccontextmanager
async def _background(parts: Parts, measures: Measures) -> AsyncIterator[None]:
    """Run the tasks that are not part of a request, and end them when the service stops."""
    tasks = [
        asyncio.create_task(parts[Revocations].run()),
        asyncio.create_task(measures.keep_current()),
        asyncio.create_task(_check_merchant(parts[Lookups])),
        asyncio.create_task(_check_merchant_accounts(parts[BraintreeAdapter])),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _check_merchant(lookups: Lookups) -> None:
    """Log an error when the gateway's merchant is not the one that this database's customers belong to."""
    while True:
        try:
            return await lookups.require_own_merchant()
        except GatewayUnfamiliarError as error:
            log.error("gateway_unfamiliar", error=str(error))  # noqa: TRY400 - its words say all
            return None
        except (GatewayError, UnavailableError) as error:
            log.warning("gateway_merchant_not_checked", error=str(error))
        await asyncio.sleep(_RETRY_SECONDS)


async def _check_merchant_accounts(gateway: Gateway) -> None:
    """Compare the merchant accounts with the settings until all agree.

    The service starts without the gateway, and each charge compares them again.
    """
    while True:
        try:
            if await gateway.check_accounts():
                return
        except GatewayError as error:
            log.warning("merchant_accounts_not_checked", error=str(error))
        await asyncio.sleep(_RETRY_SECONDS)
