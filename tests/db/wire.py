"""A wire to PostgreSQL on which things go wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, quote, urlsplit, urlunsplit


class Wire:
    """Carries bytes to the server and back; `url` leads through it."""

    def __init__(self, url: str, folder: Path) -> None:
        """Listen in `folder`, whose path is short enough for a socket's."""
        self._server = urlsplit(url)
        self._folder = folder
        self.swallow_response_to: bytes | None = None
        self.swallows = 1000  # responses that are still to be lost
        self.refuse_with: str | None = None
        self.sent: list[bytes] = []  # to the server, as it came
        self.is_silent = False

    @property
    def url(self) -> str:
        """The server's URL by way of this wire."""
        user = self._server.netloc.rpartition("@")[0]
        return urlunsplit(self._server._replace(netloc=f"{user}@", query=f"host={quote(str(self._folder))}"))

    def silence(self) -> None:
        """Carry nothing more to the server, as a network that has failed."""
        self.is_silent = True

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Carry until the block ends."""
        async with await asyncio.start_unix_server(self._carry, self._folder / ".s.PGSQL.5432"):
            yield

    async def _carry(self, client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        with closing(client_out):
            if self.refuse_with is not None:
                await client_in.read(1000)
                client_out.write(_error(self.refuse_with))
                await client_out.drain()
                return
            server_in, server_out = await reach(self._server)
            with closing(server_out):
                responses = asyncio.create_task(pour(server_in, client_out))
                while (sent := await client_in.read(65536)) and not self._is_cut(sent):
                    self.sent.append(sent)
                    if self.is_silent:
                        continue
                    server_out.write(sent)
                    await server_out.drain()
                if sent:  # the statement runs, and its response is lost
                    responses.cancel()
                    await asyncio.wait([responses])  # a stream has one reader
                    server_out.write(sent)
                    await server_in.read(1000)  # it has run, before the client sees its connection end

    def _is_cut(self, sent: bytes) -> bool:
        if self.swallow_response_to is None or self.swallow_response_to not in sent or not self.swallows:
            return False
        self.swallows -= 1
        return True


async def reach(server: SplitResult) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection to the server of a URL, below PostgreSQL's protocol."""
    folders = parse_qs(server.query).get("host")
    if folders:
        return await asyncio.open_unix_connection(f"{folders[0]}/.s.PGSQL.5432")
    return await asyncio.open_connection(server.hostname, server.port or 5432)


async def pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Carry bytes until there are no more, or an end is gone, then close the sink; it stays open when cancelled."""
    with suppress(ConnectionError):
        while response := await source.read(65536):
            sink.write(response)
            await sink.drain()
    sink.close()


def _error(state: str) -> bytes:
    fields = b"".join(f"{kind}{value}\0".encode() for kind, value in (("S", "FATAL"), ("C", state), ("M", "refused")))
    return b"E" + (len(fields) + 5).to_bytes(4) + fields + b"\0"
