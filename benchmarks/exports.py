"""CSV files of the account that has most: the first byte, rows a second, and whether their length costs memory."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from statistics import median

from benchmarks.goals import Finding, Goal
from benchmarks.load import LoadError, Target
from benchmarks.scenarios import Customer
from benchmarks.servers import Server

_FIRST_BYTE = Goal(most=100.0, unit=" ms")
_MEMORY = Goal(most=8.0, unit=" MB")
_PATIENCE_SECONDS = 60.0
_MILLION = 1_000_000
PATHS = ("/v1/transactions.csv", "/v1/invoices.csv")


@dataclass(frozen=True, slots=True)
class Export:
    """One file: times in seconds, the medians of several; memory in bytes that the server took more than before."""

    path: str
    rows: int
    size: int
    first_byte: float
    seconds: float
    memory: int

    @property
    def rate(self) -> float:
        """The rows a second."""
        return self.rows / self.seconds

    @property
    def findings(self) -> list[Finding]:
        """The figures that have a goal."""
        return [
            Finding(f"{self.path}, first byte", self.first_byte * 1000, _FIRST_BYTE),
            Finding(f"{self.path}, memory", self.memory / _MILLION, _MEMORY),
        ]


async def measure_exports(service: Server, customer: Customer, rounds: int) -> list[Export]:
    """Read each file several times, one after the other; a short one comes before, so that its code is loaded."""
    return [await _measure(service, customer, path, rounds) for path in PATHS]


async def _measure(service: Server, customer: Customer, path: str, rounds: int) -> Export:
    await _read(service.target, customer, f"{path}?q=no+such+number")
    before = service.most_memory()
    files = [await _read(service.target, customer, path) for _ in range(rounds)]
    return Export(
        path=path,
        rows=files[0].rows,
        size=files[0].size,
        first_byte=median(file.first_byte for file in files),
        seconds=median(file.seconds for file in files),
        memory=service.most_memory() - before,
    )


@dataclass(frozen=True, slots=True)
class _File:
    rows: int
    size: int
    first_byte: float
    seconds: float


async def _read(target: Target, customer: Customer, path: str) -> _File:
    """Read a file as fast as it comes. Raise LoadError for a response that is no whole file."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        reader, writer = await asyncio.open_connection(target.host, target.port)
        try:
            started = time.perf_counter()
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {customer.header}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200 ") or b"chunked" not in head:
                raise LoadError(f"GET {path}: {head.splitlines()[0].decode()}")
            rows, size, first_byte = -1, 0, 0.0  # the heads of the columns are no row
            async for part in _chunks(reader):
                first_byte = first_byte or time.perf_counter() - started
                rows, size = rows + part.count(b"\r\n"), size + len(part)
            return _File(rows, size, first_byte, time.perf_counter() - started)
        finally:
            writer.close()


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Yield the parts of a chunked response. Raise IncompleteReadError when it breaks off."""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        yield await reader.readexactly(size)
        await reader.readexactly(2)
