"""A portal in a real Chromium: its page on one origin, our API on another, the sandbox under Braintree's names."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser, Page, async_playwright
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from billing_api.config import Settings
from billing_api.main import create_app
from braintree_sandbox.testing import Sandbox, run_sandbox
from tests.factories.users import make_account, make_member, open_session
from tests.fixtures.browser import SCRIPTS
from tests.fixtures.services import Services

_PORTAL = Path(__file__).parent / "portal"
_SCRIPTS_PREFIX = "/braintree-web/"


class _PortalFiles(SimpleHTTPRequestHandler):
    """The portal's page and script, and those of braintree-web as npm has them."""

    def translate_path(self, path: str) -> str:
        if path.startswith(_SCRIPTS_PREFIX):
            return str(SCRIPTS / Path(path).name)
        return super().translate_path(path)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Nobody reads it."""


@contextmanager
def _served(handler: Callable[..., SimpleHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="session")
def portal_origin() -> Iterator[str]:
    """Where the portal's page is."""
    with _served(partial(_PortalFiles, directory=str(_PORTAL))) as origin:
        yield origin


@pytest.fixture(scope="session")
def tls_sandbox() -> Iterator[Sandbox]:
    """A sandbox that browsers can reach."""
    with run_sandbox("--tls-port", "0") as running:
        yield running


@pytest.fixture(scope="session")
async def browser(chromium: str, tls_sandbox: Sandbox) -> AsyncIterator[Browser]:
    """A Chromium for which Braintree's hosts are the sandbox, and PayPal's, where analytics go, are nowhere.

    One of PayPal's is the sandbox too: it has the script that looks at the device.
    """
    here = f"{tls_sandbox.host}:{tls_sandbox.tls_port}"
    names = ("*.braintreegateway.com", "*.braintree-api.com", "c.paypal.com")
    hosts = ", ".join([*(f"MAP {name}:443 {here}" for name in names), "MAP *.paypal.com ~NOTFOUND"])
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=chromium,
            args=[f"--host-resolver-rules={hosts}", "--disable-background-networking", "--disable-component-update"],
        )
        yield started
        await started.close()


@pytest.fixture
async def page(browser: Browser, portal_origin: str) -> AsyncIterator[Page]:
    """The portal's page, freshly opened; the sandbox's certificate is signed by nobody that a browser knows."""
    # A browser that hangs fails one test. The signal of pytest-timeout can be lost in a callback, and then all hang.
    async with asyncio.timeout(60):
        context = await browser.new_context(ignore_https_errors=True)
        opened = await context.new_page()
        await opened.goto(portal_origin)
    yield opened
    await context.close()


@dataclass(frozen=True)
class Heard:
    """A read as it came out of the browser, and its status."""

    path: str
    if_none_match: str | None
    status: int


class _Listening:
    """The application, and what the browser asks it: a page does not see what its browser's cache does."""

    def __init__(self, app: ASGIApp, heard: list[Heard]) -> None:
        self._app = app
        self._heard = heard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_and_note(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["method"] == "GET":
                tag = dict(scope["headers"]).get(b"if-none-match")
                self._heard.append(Heard(scope["path"], tag.decode() if tag else None, message["status"]))
            await send(message)

        await self._app(scope, receive, send_and_note)


class Api:
    """Our API as a portal reaches it, access tokens for it, and the reads that it was asked for."""

    def __init__(self, url: str, services: Services, heard: list[Heard]) -> None:
        self.url = url
        self.heard = heard
        self.services = services

    async def access_token(self, *, company: str = "Sunny Side Ltd") -> str:
        """That of somebody who has just signed up, for a company of their own."""
        account_id = await make_account(self.services, name=company)
        grant = await open_session(self.services, await make_member(self.services, account_id))
        return grant.access_token


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Api]:
    """A server in this process, on a free port."""
    app, heard = create_app(settings), list[Heard]()
    listening = _Listening(app, heard)
    server = uvicorn.Server(uvicorn.Config(listening, lifespan="off", log_level="warning", access_log=False))
    async with app.router.lifespan_context(app):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            task = asyncio.create_task(server.serve(sockets=[listener]))
            yield Api(f"http://127.0.0.1:{listener.getsockname()[1]}", Services(app.state.parts), heard)
            server.should_exit = True
            await task


@pytest.fixture(scope="session")
async def api(settings: Settings, tls_sandbox: Sandbox, portal_origin: str) -> AsyncIterator[Api]:
    """Our API on a port of its own, open to the portal's origin."""
    update = {"gateway_port": tls_sandbox.port, "cors_origins": [portal_origin]}
    async with serving(settings.model_copy(update=update)) as running:
        yield running
