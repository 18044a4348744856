"""A response in one message is the response in two, to the byte, by our server over a real socket."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable

import pytest
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from billing_api.http.protocol import BoundedProtocol, Patience
from billing_api.http.whole import WHOLE
from tests.factories.addresses import new_address
from tests.fixtures.signed_in import Portal

_SECONDS = 30
_ORIGIN = "Origin: https://portal.example.com\r\n"
_OF_ITS_OWN = re.compile(rb"(?<=x-request-id: )[-0-9a-f]+|(?<=date: )[^\r]+|(?<=\"request_id\": \")[-0-9a-f]+")
# Requests without their last header, which is the token's.
REQUESTS = {
    "resource": "GET /v1/balance HTTP/1.1\r\n",
    "page": "GET /v1/addresses?limit=1 HTTP/1.1\r\n",
    "head": "HEAD /v1/balance HTTP/1.1\r\n",
    "not modified": "GET /v1/balance HTTP/1.1\r\nIf-None-Match: *\r\n",
    "not found": "GET /v1/invoices/00000000-0000-7000-8000-000000000000 HTTP/1.1\r\n",
    "invalid": "GET /v1/addresses?limit=0 HTTP/1.1\r\n",
    "no path": "GET /v1/nothing HTTP/1.1\r\n",
    "from a portal": f"GET /v1/balance HTTP/1.1\r\n{_ORIGIN}",
    "refused to a portal": f"GET /v1/invoices/00000000-0000-7000-8000-000000000000 HTTP/1.1\r\n{_ORIGIN}",
    "from elsewhere": "GET /v1/balance HTTP/1.1\r\nOrigin: https://elsewhere.example\r\n",
    "old version": "GET /v1/balance HTTP/1.0\r\n",
    "named": "GET /v1/balance HTTP/1.1\r\nX-Request-Id: a-request-of-mine\r\n",
}
EACH = pytest.mark.parametrize("head", REQUESTS.values(), ids=REQUESTS.keys())


class Server:
    """A server of an application on a port of its own, with the extension or without."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self.state = ServerState()
        self.state.default_headers = [(b"date", b"Fri, 27 Nov 2026 04:00:00 GMT")]
        self.port = 0
        self.writes: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if Headers(scope=scope).get("x-in-two") is not None:
            del scope["extensions"][WHOLE]
        await self._app(scope, receive, send)

    def protocol(self) -> BoundedProtocol:
        """Return the protocol of a new connection, whose writes are noted."""
        config = Config(self, ws="none", lifespan="off", log_config=None)
        writes = self.writes

        class Noting(asyncio.Transport):
            def __init__(self, transport: asyncio.Transport) -> None:
                super().__init__()
                self._transport = transport

            def write(self, data: bytes | bytearray | memoryview) -> None:
                writes.append(bytes(data))
                self._transport.write(data)

            def __getattribute__(self, name: str) -> object:
                own = ("_transport", "write", "__class__")
                return object.__getattribute__(self, name) if name in own else getattr(self._transport, name)

        class Noted(BoundedProtocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as above it
                super().connection_made(Noting(transport))

        return Noted(Patience(_SECONDS), config=config, server_state=self.state, app_state={})

    async def send(self, *requests: str) -> bytes:
        """Return all that comes back to the requests, of which the last closes the connection."""
        self.writes.clear()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write("".join(requests).encode())
        received = await asyncio.wait_for(reader.read(), _SECONDS)
        writer.close()
        await writer.wait_closed()
        return _OF_ITS_OWN.sub("…".encode(), received)


@pytest.fixture
async def server(app: FastAPI) -> AsyncIterator[Server]:
    """The application, served."""
    served = Server(app)
    listening = await asyncio.get_running_loop().create_server(served.protocol, "127.0.0.1", 0)
    served.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield served


@pytest.fixture
def signed(portal: Portal) -> Callable[..., str]:
    """A function that completes a request by its token."""

    def complete(head: str, *, body: str = "", more: str = "") -> str:
        framed = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        return f"{head}{more}Host: x\r\nAuthorization: {portal.headers['authorization']}\r\n{framed}\r\n{body}"

    return complete


_CLOSE, _IN_TWO = "Connection: close\r\n", "X-In-Two: 1\r\n"


@EACH
async def test_the_same_bytes(server: Server, signed: Callable[..., str], head: str) -> None:
    whole = await server.send(signed(head, more=_CLOSE))
    assert await server.send(signed(head, more=_CLOSE + _IN_TWO)) == whole
    assert len(server.writes) > 1 or whole.endswith(b"\r\n\r\n")


@EACH
async def test_the_same_bytes_without_a_token(server: Server, head: str) -> None:
    whole = await server.send(f"{head}{_CLOSE}Host: x\r\n\r\n")
    assert await server.send(f"{head}{_CLOSE}{_IN_TWO}Host: x\r\n\r\n") == whole


@pytest.mark.parametrize(
    "head",
    [pytest.param(REQUESTS[name], id=name) for name in ("resource", "page", "head", "from a portal", "not found")],
)
async def test_one_write(server: Server, signed: Callable[..., str], head: str) -> None:
    received = await server.send(signed(head, more=_CLOSE))
    assert [_OF_ITS_OWN.sub("…".encode(), written) for written in server.writes] == [received]


async def test_a_change(server: Server, signed: Callable[..., str]) -> None:
    """It has a body, whose end the server knows before the response."""
    body = json.dumps(new_address())
    received = await server.send(signed("POST /v1/addresses HTTP/1.1\r\n", body=body, more=_CLOSE))
    head, _, content = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 201 Created\r\ndate: ")
    assert b"\r\nlocation: http" in head
    assert json.loads(content)["line1"] == new_address()["line1"]
    assert len(server.writes) == 1


async def test_one_connection_for_many(server: Server, signed: Callable[..., str]) -> None:
    """Sent all at once; the responses come in the order of the requests."""
    heads = [REQUESTS[name] for name in ("resource", "head", "page", "not modified", "not found")]
    one_by_one = [await server.send(signed(head, more=_CLOSE)) for head in heads]
    received = await server.send(*map(signed, heads[:-1]), signed(heads[-1], more=_CLOSE))
    assert received == b"".join(one_by_one).replace(b"connection: close\r\n", b"", len(heads) - 1)
    assert server.state.total_requests == 2 * len(heads)
