"""One busy account beside another account's write: whether accounts wait for each other."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.gateway import taking_time
from benchmarks.goals import Finding, Goal
from benchmarks.load import CONNECTIONS, Burst, load
from benchmarks.scenarios import INSERT, PAY, Customer
from benchmarks.servers import Server

_LIMIT_SECONDS = 30.0
_BUSY = 503  # with Retry-After: an account that has enough requests waiting may refuse the next one
_GOAL = Goal(most=1.5)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The median latencies of a write in seconds: alone, beside payers of one account, and of as many accounts."""

    idle: float
    beside_one: float
    beside_many: float
    refused: int  # of the payers of one account, with a 503

    @property
    def findings(self) -> list[Finding]:
        """The figure that has a goal."""
        return [Finding("another account's write beside a hot account, p50 by its idle p50", self.ratio, _GOAL)]

    @property
    def ratio(self) -> float:
        """How many times as long the write takes beside one busy account."""
        return self.beside_one / self.idle


async def measure_neighbours(
    service: Server, gateway: Server, payers: Sequence[Customer], others: Sequence[Customer], count: int
) -> Neighbours:
    """Write for other accounts, one request after the other, while payers pay. Raise LoadError."""

    async def write() -> Burst:
        requests = INSERT.requests(others)
        return await load(
            service.target, requests, count=count, limit_seconds=_LIMIT_SECONDS, connections=1, tolerated=()
        )

    async def write_beside(busy: Sequence[Customer]) -> tuple[Burst, Burst]:
        is_over = asyncio.Event()
        paying = asyncio.create_task(
            load(
                service.target,
                PAY.requests(busy),
                count=1_000_000,
                limit_seconds=_LIMIT_SECONDS,
                connections=CONNECTIONS,
                tolerated=[_BUSY],
                goes_on=lambda: not is_over.is_set(),
            )
        )
        try:
            written = await write()
        finally:
            is_over.set()
        return written, await paying

    await write()
    idle = await write()
    async with taking_time(gateway.target):
        beside_one, paid = await write_beside(payers[:1])
        beside_many, _ = await write_beside(payers)
    return Neighbours(idle.percentile(50), beside_one.percentile(50), beside_many.percentile(50), paid.refused)
