"""A bounded load: so many requests over a few kept connections of loopback, and never for longer than a limit."""

import asyncio
import ipaddress
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from typing import cast

CONNECTIONS = 16

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length: "
_PATIENCE_SECONDS = 10.0


class LoadError(RuntimeError):
    """The target is not one to be loaded, or did not answer as it should."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server on this machine. Raises LoadError for an address that is not loopback's."""

    host: str
    port: int

    def __post_init__(self) -> None:
        try:
            is_loopback = ipaddress.ip_address(self.host).is_loopback
        except ValueError:  # a name: where it leads is for others to decide
            is_loopback = False
        if not is_loopback:
            raise LoadError(f"{self.host} is no address of loopback: load is for this machine alone")


@dataclass(frozen=True, slots=True)
class Burst:
    """What a load measured; latencies in seconds, sorted."""

    seconds: float
    latencies: Sequence[float]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: int) -> float:
        """The latency that so many percent of the requests stayed within."""
        return self.latencies[max(0, -(-len(self.latencies) * percent // 100) - 1)]


async def load(target: Target, requests: Sequence[bytes], *, count: int, limit_seconds: float) -> Burst:
    """Send `count` requests, those given over and over; after the limit no more are begun. Raises LoadError.

    Each connection sends its next request when its last one is answered.
    """
    todo = islice(cycle(requests), count)
    async with AsyncExitStack() as opened:
        connections = [await opened.enter_async_context(connected(target)) for _ in range(min(CONNECTIONS, count))]
        started = time.perf_counter()  # a loop's own time has milliseconds
        answered = await asyncio.gather(*(_work(each, todo, until=started + limit_seconds) for each in connections))
        seconds = time.perf_counter() - started
    return Burst(seconds, sorted(latency for latencies in answered for latency in latencies))


@asynccontextmanager
async def connected(target: Target) -> AsyncIterator["Connection"]:
    """A connection of its own, closed at the end."""
    loop = asyncio.get_running_loop()
    transport, connection = await loop.create_connection(Connection, target.host, target.port)
    try:
        yield connection
    finally:
        transport.close()


async def ask(target: Target, request: bytes) -> bytes:
    """One request's body. Raises LoadError."""
    async with connected(target) as connection:
        return await connection.exchange(request)


async def _work(connection: "Connection", todo: Iterator[bytes], *, until: float) -> list[float]:
    latencies = []
    for request in todo:
        sent_at = time.perf_counter()
        if sent_at > until:
            break
        await connection.exchange(request)
        latencies.append(time.perf_counter() - sent_at)
    return latencies


class Connection(asyncio.Protocol):
    """HTTP/1.1 with one request under way, and only as much of it as our own servers speak: answers have a length."""

    def __init__(self) -> None:
        self._received = b""
        self._expected = 0  # bytes of the answer, once its head is there
        self._answer: asyncio.Future[bytes] | None = None

    async def exchange(self, request: bytes) -> bytes:
        """Send a request and wait for its answer's body. Raises LoadError when that is no success, or late."""
        loop = asyncio.get_running_loop()
        self._received, self._expected, self._answer = b"", 0, loop.create_future()
        self._transport.write(request)
        late = loop.call_later(_PATIENCE_SECONDS, self._fail, f"no answer within {_PATIENCE_SECONDS:.0f} s")
        try:
            answer = await self._answer
        finally:
            late.cancel()
        head, _, body = answer.partition(_END_OF_HEAD)
        if head[9:10] != b"2":
            raise LoadError(f"{request.partition(b' HTTP')[0].decode()}: {head[9:12].decode()} {body[:500].decode()}")
        return body

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one by its methods alone

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._received += data
        if not self._expected:
            self._expected = _length_of(self._received)
        if self._answer is not None and 0 < self._expected <= len(self._received) and not self._answer.done():
            self._answer.set_result(self._received)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        self._fail(f"the connection was closed: {exc or 'by the server'}")

    def _fail(self, reason: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(LoadError(reason))


def _length_of(received: bytes) -> int:
    """The bytes of the whole answer; 0 while its head is not complete."""
    end = received.find(_END_OF_HEAD)
    if end < 0:
        return 0
    _, found, length = received[: end + 2].lower().partition(_LENGTH)
    if not found:
        raise LoadError("an answer without a length")
    return end + len(_END_OF_HEAD) + int(length.partition(b"\r\n")[0])
