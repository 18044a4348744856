"""A bounded load: a number of requests over a few kept connections of loopback, and never for longer than a limit."""

import asyncio
import ipaddress
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import cast

CONNECTIONS = 16

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length: "
_PATIENCE_SECONDS = 30.0


class LoadError(RuntimeError):
    """The target may not be loaded, or did not respond as it should."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server on this machine. Raise LoadError for an address that is not loopback's."""

    host: str
    port: int

    def __post_init__(self) -> None:
        try:
            is_loopback = ipaddress.ip_address(self.host).is_loopback
        except ValueError:  # a name: others decide where it leads
            is_loopback = False
        if not is_loopback:
            raise LoadError(f"{self.host} is no address of loopback: load is for this machine alone")


@dataclass(frozen=True, slots=True)
class Burst:
    """The measurements of one load; latencies in seconds, sorted, and the number of tolerated refusals."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def rate(self) -> float:
        """The responses per second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: int) -> float:
        """Return the latency that this many percent of the requests stayed within."""
        return self.latencies[max(0, -(-len(self.latencies) * percent // 100) - 1)]


async def load(
    target: Target,
    requests: Iterator[bytes],
    *,
    count: int,
    limit_seconds: float,
    connections: int = CONNECTIONS,
    tolerated: Collection[int] = (),
    goes_on: Callable[[], bool] = lambda: True,
) -> Burst:
    """Send `count` requests; begin no more after the limit, or once `goes_on` is false.

    Each connection sends its next request when the last one has its response. Raise LoadError for a response that is
    neither a success nor of a tolerated status.
    """
    todo = islice(requests, count)
    latencies: list[float] = []
    refused = 0

    async def work(connection: Connection) -> None:
        nonlocal refused
        for request in todo:
            sent_at = time.perf_counter()
            if sent_at > until or not goes_on():
                break
            status, body = await connection.send(request)
            if status >= 300:
                if status not in tolerated:
                    raise LoadError(_complaint(request, status, body))
                refused += 1
            latencies.append(time.perf_counter() - sent_at)

    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(connected(target)) for _ in range(min(connections, count))]
        started = time.perf_counter()  # an event loop's own time has milliseconds
        until = started + limit_seconds
        await asyncio.gather(*map(work, opened))
        seconds = time.perf_counter() - started
    return Burst(seconds, sorted(latencies), refused)


@asynccontextmanager
async def connected(target: Target) -> AsyncIterator["Connection"]:
    """Open a connection, and close it at the end."""
    loop = asyncio.get_running_loop()
    transport, connection = await loop.create_connection(Connection, target.host, target.port)
    try:
        yield connection
    finally:
        transport.close()


async def ask(target: Target, request: bytes) -> bytes:
    """Return the body of the response to one request. Raise LoadError."""
    async with connected(target) as connection:
        return await connection.exchange(request)


class Connection(asyncio.Protocol):
    """HTTP/1.1 with one request under way, as far as our own servers speak it: responses have a length."""

    def __init__(self) -> None:
        self._received = b""
        self._expected = 0  # bytes of the response, once its head is there
        self._response: asyncio.Future[bytes] | None = None

    async def exchange(self, request: bytes) -> bytes:
        """Send a request and return the response's body. Raise LoadError when it is no success."""
        status, body = await self.send(request)
        if status >= 300:
            raise LoadError(_complaint(request, status, body))
        return body

    async def send(self, request: bytes) -> tuple[int, bytes]:
        """Send a request and return the response's status and body. Raise LoadError when it is late."""
        loop = asyncio.get_running_loop()
        self._received, self._expected, self._response = b"", 0, loop.create_future()
        self._transport.write(request)
        late = loop.call_later(_PATIENCE_SECONDS, self._fail, f"no response within {_PATIENCE_SECONDS:.0f} s")
        try:
            response = await self._response
        finally:
            late.cancel()
        return int(response[9:12]), response.partition(_END_OF_HEAD)[2]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one by its methods alone

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._received += data
        if not self._expected:
            self._expected = _length_of(self._received)
        if self._response is not None and 0 < self._expected <= len(self._received) and not self._response.done():
            self._response.set_result(self._received)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        self._fail(f"the connection was closed: {exc or 'by the server'}")

    def _fail(self, reason: str) -> None:
        if self._response is not None and not self._response.done():
            self._response.set_exception(LoadError(reason))


def _complaint(request: bytes, status: int, body: bytes) -> str:
    return f"{request.partition(b' HTTP')[0].decode()}: {status} {body[:500].decode()}"


def _length_of(received: bytes) -> int:
    """Return the length of the whole response in bytes; 0 while its head is not complete."""
    end = received.find(_END_OF_HEAD)
    if end < 0:
        return 0
    _, found, length = received[: end + 2].lower().partition(_LENGTH)
    if not found:
        raise LoadError("a response without a length")
    return end + len(_END_OF_HEAD) + int(length.partition(b"\r\n")[0])
