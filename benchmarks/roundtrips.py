"""Count the round trips of a request to PostgreSQL, from outside: by the messages of a program's connections.

A program waits for PostgreSQL at each Sync, Query and Flush of the protocol, with any library.
Source: https://www.postgresql.org/docs/18/protocol-flow.html
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from benchmarks.load import Target, connected

_SOCKET = ".s.PGSQL.5432"
_WAITS = b"SQH"
_WARM_UP, _COUNTED = 4, 7


@dataclass(slots=True)
class Counter:
    """The round trips so far, on all connections."""

    waits: int = 0


@dataclass(slots=True)
class _Messages:
    """Cut a client's bytes into messages; the first one, of the start-up, has no type."""

    counter: Counter
    received: bytes = b""
    has_begun: bool = False

    def feed(self, data: bytes) -> None:
        self.received += data
        prefix = 1 if self.has_begun else 0
        while len(self.received) >= prefix + 4:
            length = prefix + int.from_bytes(self.received[prefix : prefix + 4])
            if len(self.received) < length:
                break
            if self.has_begun and self.received[0] in _WAITS:
                self.counter.waits += 1
            self.received, self.has_begun, prefix = self.received[length:], True, 1


class _Proxy:
    """Passes connections on to the socket behind, and counts."""

    def __init__(self, behind: Path, counter: Counter) -> None:
        self._behind = behind
        self._counter = counter
        self._links: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None

    async def open(self, socket: Path) -> None:
        """Listen."""
        self._listener = await asyncio.start_unix_server(self._link, socket)

    async def close(self) -> None:
        """Listen no more, and end every connection."""
        if self._listener is not None:
            self._listener.close()
        for task in self._links:
            task.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    async def _link(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links.add(task)
        server, to_server = await asyncio.open_unix_connection(self._behind)
        try:
            await asyncio.gather(_pass(client, to_server, _Messages(self._counter)), _pass(server, to_client))
        except asyncio.CancelledError:
            to_server.close()
            to_client.close()
        finally:
            self._links.discard(task)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, messages: _Messages | None = None) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            if messages is not None:
                messages.feed(data)
            writer.write(data)
            await writer.drain()
    writer.close()


@contextmanager
def counting(dsn: str, folder: Path) -> Iterator[tuple[str, Counter]]:
    """Listen in `folder`, in a thread of its own, and yield the DSN that leads through there, with the counter."""
    parts = urlsplit(dsn)
    counter = Counter()
    proxy = _Proxy(Path(parse_qs(parts.query)["host"][0]) / _SOCKET, counter)
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="round-trips")
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(proxy.open(folder / _SOCKET), loop).result()
        yield urlunsplit(parts._replace(query=urlencode({"host": str(folder)}))), counter
    finally:
        asyncio.run_coroutine_threadsafe(proxy.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def round_trips(target: Target, requests: Iterator[bytes], counter: Counter) -> int:
    """Return the round trips of one request: the fewest of several, for other tasks of the server have theirs."""
    async with connected(target) as connection:
        for _ in range(_WARM_UP):
            await connection.exchange(next(requests))
        counted = []
        for _ in range(_COUNTED):
            before = counter.waits
            await connection.exchange(next(requests))
            counted.append(counter.waits - before)
    return min(counted)
