"""Puts the parts together and serves them."""

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Any, NamedTuple, cast

from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from braintree_sandbox.api import BraintreeApi
from braintree_sandbox.application import ABORT, Application
from braintree_sandbox.client.api import ClientApi
from braintree_sandbox.client.graphql.api import GraphqlApi
from braintree_sandbox.control.api import ControlApi
from braintree_sandbox.courier import Courier
from braintree_sandbox.parts import (
    CLIENT_API,
    CONTROL,
    GRAPHQL,
    PASS_TIME,
    PASSING_KINDS,
    RESOURCES,
    VAULTED_KINDS,
    WATCHES,
)
from braintree_sandbox.sandbox import SandboxGateway
from braintree_sandbox.vault import kinds
from braintree_sandbox.wire.routes import Router

# Braintree's clients use a connection again after up to 60 idle seconds; closing before that would race with them.
KEEP_ALIVE_SECONDS = 75
_BACKLOG = 2048


class AbortableProtocol(HttpToolsProtocol):
    """HTTP whose application may cut the connection, for which ASGI has no message."""

    def on_message_begin(self) -> None:
        """Give the application the means."""
        super().on_message_begin()
        scope = cast("dict[str, Any]", self.scope)
        scope["extensions"] = {ABORT: self.transport.abort}


class Secure(NamedTuple):
    """A second listening socket and its TLS context."""

    listener: socket.socket
    context: ssl.SSLContext


class SandboxServer(Server):
    """A server with a port for TLS beside the plain one, and with the courier that delivers its webhooks."""

    def __init__(self, config: Config, courier: Courier, secure: Secure | None) -> None:
        super().__init__(config)
        self._courier = courier
        self._secure = secure
        self._underway: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then start the courier, which also sends webhooks that waited in the state file."""
        await super().startup(sockets)
        if self._secure is not None:
            await self._listen(self._secure)
        self._underway = asyncio.create_task(self._courier.run())

    async def _listen(self, secure: Secure) -> None:
        """Serve the same application with TLS; a server in `servers` is closed with the others."""

        def protocol() -> AbortableProtocol:
            return AbortableProtocol(self.config, self.server_state, self.lifespan.state)

        loop = asyncio.get_running_loop()
        self.servers.append(await loop.create_server(protocol, sock=secure.listener, ssl=secure.context))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop the courier, then close."""
        if self._underway is not None:
            self._underway.cancel()
            await asyncio.wait([self._underway])
        await super().shutdown(sockets)


def create_application(
    state_file: Path | None = None, *, webhooks_anywhere: bool = False, with_tls: bool = False
) -> Application:
    """Return the whole program but its sockets. Raise StateFileError."""
    kinds.use(VAULTED_KINDS, PASSING_KINDS)
    sandbox = SandboxGateway(
        pass_time=PASS_TIME,
        watches=WATCHES,
        state_file=state_file,
        webhooks_anywhere=webhooks_anywhere,
        with_tls=with_tls,
    )
    return Application(
        sandbox,
        braintree=BraintreeApi(sandbox, Router(RESOURCES)),
        client=ClientApi(sandbox, Router(CLIENT_API)),
        graphql=GraphqlApi(sandbox, GRAPHQL),
        control=ControlApi(sandbox, Router(CONTROL)),
    )


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes any free port. Raise OSError."""
    return socket.create_server((host, port), backlog=_BACKLOG)


def serve(application: Application, listener: socket.socket, secure: Secure | None = None) -> None:
    """Serve until a signal ends it."""
    config = Config(
        application,
        http=AbortableProtocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        # Calls that a fault still holds are not worth waiting for.
        timeout_graceful_shutdown=1,
    )
    SandboxServer(config, application.courier, secure).run(sockets=[listener])
