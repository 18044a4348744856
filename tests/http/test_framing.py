"""Requests end where their framing says: the protocol itself, over real sockets, before an application that echoes."""

import asyncio
import gc
import json
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from billing_api.http.protocol import BoundedProtocol, Patience

UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
BODY = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n"
_SECONDS = 30


@dataclass
class Echo:
    """An application that responds with each request, and the server that it runs in."""

    port: int = 0
    failures: list[str] = field(default_factory=list)
    read: "asyncio.Queue[int]" = field(default_factory=asyncio.Queue)  # bytes of each segment
    lost: "asyncio.Queue[None]" = field(default_factory=asyncio.Queue)  # connections
    connections: "list[weakref.ref[BoundedProtocol]]" = field(default_factory=list)
    gone: "asyncio.Queue[object]" = field(default_factory=asyncio.Queue)  # connections that nothing refers to

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return
        except Exception as error:
            self.failures.append(repr(error))
            raise
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        seen = {"method": scope["method"], "path": scope["path"], "headers": headers, "body": body.decode()}
        content = json.dumps(seen).encode() + b"\n"
        length = (b"content-length", str(len(content)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": content})

    async def exchange(self, *segments: bytes) -> tuple[list[dict[str, Any]], bytes]:
        """Send the segments one after the other, each read by itself; return the echoes and all that came."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for segment in segments:
            writer.write(segment)
            await writer.drain()
            left = len(segment)
            while left:
                left -= await asyncio.wait_for(self.read.get(), _SECONDS)
        received = await asyncio.wait_for(reader.read(), _SECONDS)
        writer.close()
        await writer.wait_closed()
        await asyncio.wait_for(self.lost.get(), _SECONDS)
        return [json.loads(line) for line in received.splitlines() if line.startswith(b'{"method"')], received


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    """The application, served."""
    echo = Echo()
    config = Config(echo, ws="none", lifespan="off", log_config=None)

    class Counting(BoundedProtocol):
        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            echo.read.put_nowait(len(data))

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            echo.lost.put_nowait(None)

    def protocol() -> BoundedProtocol:
        one = Counting(Patience(_SECONDS), config=config, server_state=ServerState(), app_state={})
        echo.connections.append(weakref.ref(one, echo.gone.put_nowait))
        return one

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    echo.port = server.sockets[0].getsockname()[1]
    async with server:
        yield echo


class TestUpgrade:
    """A request for another protocol is served in this one (RFC 9110, 7.8), and its body is a body."""

    @pytest.mark.parametrize("framed", [LENGTH, CHUNKS], ids=["length", "chunks"])
    async def test_its_body_is_no_request(self, echo: Echo, framed: bytes) -> None:
        head, _, body = framed.partition(b"\r\n\r\n")
        begun = b"POST /first HTTP/1.1\r\nHost: x\r\n" + UPGRADE + head + b"\r\n\r\n"
        for segments in ([begun + body + LAST], [begun, body, LAST], [begun + body[:9], body[9:] + LAST]):
            echoes, _ = await echo.exchange(*segments)
            assert [(one["path"], one["body"]) for one in echoes] == [("/first", BODY.decode()), ("/last", "")]

    async def test_another_follows_in_the_same_segment(self, echo: Echo) -> None:
        """Also one that asks for the upgrade again, and a GET without a body."""
        one = b"POST /1 HTTP/1.1\r\nHost: x\r\n" + UPGRADE + LENGTH
        two = b"GET /2 HTTP/1.1\r\nHost: x\r\n" + UPGRADE + b"\r\n"
        echoes, _ = await echo.exchange(one + two + one + LAST)
        assert [one["path"] for one in echoes] == ["/1", "/2", "/1", "/last"]

    async def test_a_bad_chunk_is_refused(self, echo: Echo) -> None:
        begun = b"POST /1 HTTP/1.1\r\nHost: x\r\n" + UPGRADE + b"Transfer-Encoding: chunked\r\n\r\n"
        echoes, received = await echo.exchange(begun + b"no chunk\r\n" + LAST)
        assert (echoes, received[:12]) == ([], b"HTTP/1.1 400")


class TestTrailers:
    """A field behind the last chunk is no header (RFC 9110, 6.5.1)."""

    @pytest.mark.parametrize("at", [0, 1])
    async def test_is_dropped(self, echo: Echo, at: int) -> None:
        begun = b"POST /1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
        end = b"0\r\nAuthorization: Bearer x\r\nIf-Match: *\r\n\r\n"
        echoes, _ = await echo.exchange(*([begun + end + LAST], [begun, end, LAST])[at])
        assert [one["headers"].keys() & {"authorization", "if-match"} for one in echoes] == [set(), set()]

    @pytest.mark.parametrize(
        "fields", [b"X-A: %s\r\n" % (b"b" * 33_000) * 2, b"X-A: " + b"b" * 42_000], ids=["two", "no end"]
    )
    async def test_too_many_are_refused(self, echo: Echo, fields: bytes) -> None:
        begun = b"POST /1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        echoes, received = await echo.exchange(begun, fields)
        assert (echoes, received[:12]) == ([], b"HTTP/1.1 431")


async def test_refusal_before_100_continue(echo: Echo) -> None:
    """The application waits for the body of a request that has been refused: it learns that there is none."""
    begun = b"POST /1 HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
    echoes, received = await echo.exchange(begun + b"ZZ\r\n")
    assert (echoes, received[:12], echo.failures) == ([], b"HTTP/1.1 400", [])


@pytest.mark.parametrize(
    "request_",
    [
        b"POST /1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + LENGTH,
        b"POST /1 HTTP/1.1\r\nHost: x\r\n" + LENGTH + LAST,
        b"POST /1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n",
    ],
    ids=["a body", "two requests", "a refused body"],
)
async def test_a_connection_that_is_gone_leaves_nothing(echo: Echo, request_: bytes) -> None:
    """Nothing waits for the garbage collector: many short connections would fill the memory."""
    with _without_collector():
        await echo.exchange(request_)
        await asyncio.wait_for(echo.gone.get(), _SECONDS)


@contextmanager
def _without_collector() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
