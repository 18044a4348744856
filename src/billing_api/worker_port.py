"""The worker's own /livez, /readyz and /metrics, on a port of its own."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import uvicorn
from fastapi import FastAPI

from billing_api.config import Settings
from billing_api.db.address import DatabaseAddress
from billing_api.db.database import Database
from billing_api.http import health, layers
from billing_api.http.metrics import exposition
from billing_api.http.protocol import BoundedProtocol, Patience
from billing_api.http.readiness import Readiness
from billing_api.parts import Parts

_CLOSE_SECONDS = 2


class WorkerPortError(Exception):
    """The port can't be had; the text says why."""


class _Server(uvicorn.Server):
    """A server beside other work, which leaves the signals to that."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def own_port(settings: Settings, parts: Parts) -> AsyncIterator[None]:
    """Serve on WORKER_PORT while the block runs, if that is set. Raise WorkerPortError."""
    if not settings.worker_port:
        yield
        return
    listener = _listen(settings.host, settings.worker_port)
    server = _Server(
        uvicorn.Config(
            _application(settings, parts[Database]),
            log_config=None,
            access_log=False,
            server_header=False,
            http=partial(BoundedProtocol, Patience(settings.client_timeout_seconds)),  # type: ignore[arg-type] # called
            ws="none",
            timeout_graceful_shutdown=_CLOSE_SECONDS,
        )
    )
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise WorkerPortError(f"{port} on {host}: {error.strerror}") from error


def _application(settings: Settings, database: Database) -> FastAPI:
    async def measure() -> bytes:
        database.measure()
        return await asyncio.to_thread(exposition)

    app = FastAPI(
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.measure = measure
    app.state.readiness = Readiness(DatabaseAddress.parse(settings.database_url))
    app.include_router(health.router)
    layers.install(app, settings)
    return app
