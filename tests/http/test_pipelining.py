"""A connection is not read on while requests of it wait for their turn: the protocol itself, over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from billing_api.http.protocol import BoundedProtocol, Patience


@dataclass
class Held:
    """An application that begins a request, and sends the response when the test lets it."""

    begun: "asyncio.Queue[str]" = field(default_factory=asyncio.Queue)
    may_respond: "asyncio.Queue[None]" = field(default_factory=asyncio.Queue)
    protocols: list[BoundedProtocol] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        self.begun.put_nowait(scope["path"])
        await self.may_respond.get()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    @property
    def is_read(self) -> bool:
        """Whether the one connection is read."""
        (protocol,) = self.protocols
        return not protocol.flow.read_paused


@pytest.fixture
def held() -> Held:
    """It has sent no response yet."""
    return Held()


@pytest.fixture
async def writer(held: Held) -> AsyncIterator[asyncio.StreamWriter]:
    """A client's end of a connection to it."""
    config = Config(held, ws="none", lifespan="off", log_config=None)

    def protocol() -> BoundedProtocol:
        one = BoundedProtocol(Patience(30), config=config, server_state=ServerState(), app_state={})
        held.protocols.append(one)
        return one

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    async with server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        yield writer
        writer.close()
        await writer.wait_closed()


async def test_reading_goes_on_when_none_waits(held: Held, writer: asyncio.StreamWriter) -> None:
    """Neither a response nor a request for a body makes it go on before."""
    writer.write(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(4)))
    seen = []
    for _ in range(4):
        seen.append((await held.begun.get(), held.is_read))
        held.may_respond.put_nowait(None)
    assert seen == [("/0", False), ("/1", False), ("/2", False), ("/3", True)]
