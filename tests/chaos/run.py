"""One run: customers pay while parts are killed; then everything comes to rest, and the books are compared."""

import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from pydantic import SecretStr

from billing_api.bootstrap import open_parts
from billing_api.config import Settings
from billing_api.reconciliation.service import Reconciliation
from tests.chaos.customers import Customer
from tests.chaos.parts import PUBLIC_URL, Stage, stage
from tests.chaos.plan import Event, events
from tests.factories.clock import MovableClock
from tests.factories.users import make_member
from tests.fixtures.books import breaches
from tests.fixtures.moved_api import FileClock
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services, open_services
from tests.fixtures.waiting import looks
from tests.payments.clockwork import Clockwork
from tests.payments.gateway_books import differences, doubles, sales_of

_START_SECONDS = 120  # on a busy machine
_HOURS_UNTIL_REST = (0.2, 1.5, *([80] * 8))
_LET_GO = """
    UPDATE jobs SET state = 'waiting', lease_id = NULL, leased_until = NULL, worker = NULL WHERE state = 'running'
"""
_OPEN = """
    SELECT (SELECT count(*) FROM payments WHERE state IN
              ('submitting', 'unknown', 'cancelling', 'processing', 'scheduled'))
         + (SELECT count(*) FROM refunds WHERE state NOT IN ('succeeded', 'failed'))
"""


@dataclass
class Report:
    """The figures of a run, and all that differs at its end."""

    counts: Counter[str] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{count:7} {what}" for what, count in sorted(self.counts.items())]
        return "\n".join([*lines, f"{len(self.found):7} differences", *self.found])


def run(seed: int, seconds: float, *, customers: int = 4, say: Callable[[str], object] = sys.stdout.write) -> Report:
    """Run so many seconds of load and chaos, and return what was found. It ends by itself, and its parts with it."""
    report = Report()
    with tempfile.TemporaryDirectory(prefix="billing-chaos-") as folder, stage(Path(folder)) as parts:
        asyncio.run(_run(parts, seed, seconds, customers, report, say))
    return report


async def _run(
    parts: Stage, seed: int, seconds: float, customers: int, report: Report, say: Callable[[str], object]
) -> None:
    async with open_services(_settings(parts), FileClock(parts.clock)) as services:
        crowd = [await _customer(services, parts, Random(f"{seed} {n}"), report) for n in range(customers)]
        until = asyncio.Event()
        living = [asyncio.create_task(one.live(until)) for one in crowd]
        await _strike(parts, events(seed, seconds), report, say)
        until.set()
        await asyncio.gather(*living)
    parts.stop("api-1", "api-2", "worker")
    await parts.control("DELETE", "/faults")
    async with _connected(parts) as sql:
        clock = MovableClock()
        clock.forward(seconds=parts.ahead + 120)  # past the leases of those that were killed
        await _come_to_rest(parts, clock, sql)
        await _compare(parts, clock, sql, crowd, report)


async def _strike(parts: Stage, planned: Any, report: Report, say: Callable[[str], object]) -> None:
    """Have each event occur at its time; one that takes long delays those after it."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for event in planned:
        await asyncio.sleep(max(0.0, event.after - (loop.time() - began)))  # the plan's own time
        say(f"{event}\n")
        await _occur(parts, event, report)


async def _occur(parts: Stage, event: Event, report: Report) -> None:
    report.counts[f"{event.what} {_word(event)}"] += 1
    match event.what:
        case "kill":
            await asyncio.to_thread(parts.kill, str(event.which))
        case "fault":
            await parts.control("POST", "/faults", event.which)
        case "jump":
            by = timedelta(**event.which)  # type: ignore[arg-type]
            parts.move_clock(by.total_seconds())
            await parts.control("POST", "/clock/advance", event.which)
        case "bank":
            await _bank(parts, str(event.which))


async def _bank(parts: Stage, step: str) -> None:
    """Settle, return or void one of the newest transactions, as far as that can be."""
    transactions = (await parts.control("GET", "/transactions"))["transactions"]
    for one in [one for one in transactions if one["type"] == "sale"][-2:-1]:
        if step == "settle":
            await parts.control("POST", f"/transactions/{one['id']}/settle", {})
        elif step == "return":
            await parts.control("POST", f"/transactions/{one['id']}/return", {"code": "R01"})


def _word(event: Event) -> str:
    if isinstance(event.which, dict):
        return " ".join(str(value) for name, value in event.which.items() if name in {"kind", "commit"}) or "ahead"
    return str(event.which)


async def _customer(services: Services, parts: Stage, random: Random, report: Report) -> Customer:
    """A customer with a card and a bank account, made before anything goes wrong."""
    member = await make_member(services)
    customer = Customer(services, member, [], parts.urls, random, report.counts)
    await customer.sign_in()
    for body in (_CARD, _BANK):
        customer.methods.append(await _store(customer, body))
    return customer


async def _store(customer: Customer, body: dict[str, Any]) -> str:
    for _ in looks("the API starts", seconds=_START_SECONDS):
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=20, headers=customer.headers) as client:
                response = await client.post(f"{customer.urls[0]}/v1/payment-methods", json=body)
        except httpx.TransportError:
            await asyncio.sleep(0.1)  # the API starts
            continue
        assert response.status_code == 201, response.text
        return str(response.json()["id"])
    raise AssertionError


_CARD = {"type": "card", "nonce": "fake-valid-nonce", "on_duplicate": "store_again"}
_BANK = {
    "type": "us_bank_account",
    "nonce": "fake-us-bank-account-nonce",
    "mandate": {"text": "I authorize it.", "accepted_at": "2026-11-02T09:30:00Z"},
    "on_duplicate": "store_again",
}


def _settings(parts: Stage) -> Settings:
    return Settings(
        database_url=parts.postgres.dsn(),
        gateway_port=parts.sandbox_port,
        public_url=PUBLIC_URL,
        signing_keys=SecretStr(parts.keys),
    )


@asynccontextmanager
async def _connected(parts: Stage) -> AsyncIterator[Sql]:
    connection = await asyncpg.connect(parts.postgres.dsn())
    try:
        yield connection
    finally:
        await connection.close()


async def _come_to_rest(parts: Stage, clock: MovableClock, sql: Sql) -> None:
    """Do what the worker does, while the days pass here and at the gateway, until nothing is open."""
    await sql.execute(_LET_GO)
    async with open_parts(_settings(parts), clock) as opened:
        worker = Clockwork(opened)
        for hours in _HOURS_UNTIL_REST:
            await worker.round()
            clock.forward(hours=hours)
            await parts.control("POST", "/clock/advance", {"hours": hours})
            if hours > 2 and not await sql.fetchval(_OPEN):
                break
        await worker.round()


async def _compare(parts: Stage, clock: MovableClock, sql: Sql, crowd: list[Customer], report: Report) -> None:
    sales = sales_of((await parts.control("GET", "/transactions"))["transactions"])
    states: dict[UUID, str] = {row["id"]: row["state"] for row in await sql.fetch("SELECT id, state FROM payments")}
    report.counts["payments written"] = len(states)
    report.counts["sales made"] = len(sales)
    report.found += await breaches(sql) + doubles(sales) + await differences(sql, sales)
    report.found += [f"open still: {dict(row)}" for row in await sql.fetch(f"SELECT * FROM ({_OPEN}) o(n) WHERE n > 0")]
    async with open_parts(_settings(parts), clock) as opened:
        compared = await opened[Reconciliation].compare(clock.now() - timedelta(days=360), clock.now())
    report.found += [f"the report on both sides: {one}" for one in compared.differences]
    for one in crowd:
        report.found += one.wrong_answers(states)
