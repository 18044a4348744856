"""Reads while PDFs are made beside them: whether a tail of the API's feels the process that sets them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.goals import Finding, Goal
from benchmarks.load import Burst, ask, load
from benchmarks.scenarios import LIST, PDF, Customer
from benchmarks.servers import Server

_LIMIT_SECONDS = 30.0
_READERS = 4
_PRINTERS = 2  # one PDF is made, the next one waits
_REFUSED = (429, 503)
_GOAL = Goal(most=1.5)


@dataclass(frozen=True, slots=True)
class Reading:
    """The p99 of a list in seconds, alone and beside PDFs: the medians of the rounds, as is their ratio."""

    alone: float
    beside: float
    ratio: float
    pdfs: float  # a second

    @property
    def findings(self) -> list[Finding]:
        """The figure that has a goal."""
        return [Finding("p99 of a list beside PDFs by its p99 alone", self.ratio, _GOAL)]


async def measure_reading(service: Server, customers: Sequence[Customer], rounds: int, count: int) -> Reading:
    """List invoices alone and while PDFs are made, in turns. Raise LoadError."""
    await ask(service.target, PDF.request(customers[0]))  # starts the process
    await _read(service, customers, count)
    pairs = [(await _read(service, customers, count), await _beside(service, customers, count)) for _ in range(rounds)]
    tails = [(alone.percentile(99), beside.percentile(99)) for alone, (beside, _) in pairs]
    return Reading(
        alone=median(alone for alone, _ in tails),
        beside=median(beside for _, beside in tails),
        ratio=median(beside / alone for alone, beside in tails),
        pdfs=median(printed.rate for _, (_, printed) in pairs),
    )


async def _read(service: Server, customers: Sequence[Customer], count: int) -> Burst:
    requests = LIST.requests(customers)
    return await load(
        service.target, requests, count=count, limit_seconds=_LIMIT_SECONDS, connections=_READERS, tolerated=()
    )


async def _beside(service: Server, customers: Sequence[Customer], count: int) -> tuple[Burst, Burst]:
    """Return the reads and the PDFs."""
    is_over = asyncio.Event()
    printing = asyncio.create_task(
        load(
            service.target,
            PDF.requests(customers),
            count=1_000_000,
            limit_seconds=_LIMIT_SECONDS,
            connections=_PRINTERS,
            tolerated=_REFUSED,
            goes_on=lambda: not is_over.is_set(),
        )
    )
    try:
        read = await _read(service, customers, count)
    finally:
        is_over.set()
    return read, await printing
