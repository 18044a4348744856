"""uvicorn, set up as this service wants it."""

import asyncio
import os
import signal
from contextlib import ExitStack
from functools import partial
from tempfile import TemporaryDirectory
from types import FrameType

import uvicorn
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from billing_api.auth.keys import new_keys
from billing_api.config import Settings
from billing_api.http.protocol import BoundedProtocol, Patience
from billing_api.logs import configure
from billing_api.main import create_app
from billing_api.starting import log_start

_FINISH_SECONDS = 60  # for requests under way; a payment's gateway call takes less
_KEEP_ALIVE_SECONDS = 75
# A worker that gives no sign of life for so long is replaced. Importing the application takes seconds on a busy
# machine: with uvicorn's five, workers were killed at their start there.
_ALIVE_SECONDS = 30


def run(settings: Settings, *, workers: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    log_start(settings, workers=workers)
    if workers > 1 and not settings.signing_keys.get_secret_value():
        # Each process would make keys of its own and refuse the tokens of the others.
        os.environ["SIGNING_KEYS"] = new_keys()
    with ExitStack() as stack:
        if workers > 1 and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            folder = stack.enter_context(TemporaryDirectory(prefix="billing-api-metrics-"))
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder  # where the workers share their metrics
        _serve(settings, workers)


def _serve(settings: Settings, workers: int) -> None:
    uvicorn.run(
        "billing_api.server:application",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=workers,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=bool(settings.believed_proxies),
        forwarded_allow_ips=settings.believed_proxies,
        http=partial(BoundedProtocol, Patience(settings.client_timeout_seconds)),  # type: ignore[arg-type] # it is called
        ws="none",
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_FINISH_SECONDS,
        timeout_worker_healthcheck=_ALIVE_SECONDS,
    )


def application() -> "_NoticeOfStopping":
    """Return the application of one of uvicorn's processes, whose log is set up."""
    settings = Settings()
    configure(settings)
    return _NoticeOfStopping(create_app(settings), notice_seconds=settings.shutdown_notice_seconds)


class _NoticeOfStopping:
    """The application, whose /readyz says 503 from SIGTERM on: load balancers have time to see it before the end."""

    def __init__(self, app: FastAPI, *, notice_seconds: float) -> None:
        self._app = app
        assert app.middleware_stack is not None  # create_app has put the layers there
        self._layers = app.middleware_stack
        self._notice = notice_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            # Past FastAPI's own entry, which looks for telemetry that is switched off (main.py).
            scope["app"] = self._app
            await self._layers(scope, receive, send)
            return
        if scope["type"] == "lifespan":
            self._take_over_sigterm()
        await self._app(scope, receive, send)

    def _take_over_sigterm(self) -> None:
        servers_own = signal.getsignal(signal.SIGTERM)
        loop = asyncio.get_running_loop()

        def begin(number: int, frame: FrameType | None) -> None:
            self._app.state.readiness.stopping = True
            if callable(servers_own):
                loop.call_soon_threadsafe(loop.call_later, self._notice, servers_own, number, frame)

        signal.signal(signal.SIGTERM, begin)
