"""A worker of the inbox that does its jobs when a test says so, and webhooks as the gateway signs them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from billing_api.bootstrap import open_parts
from billing_api.config import Settings
from billing_api.gateway_webhooks.applying import ApplyNotices
from billing_api.gateway_webhooks.service import APPLY, GatewayWebhooks
from billing_api.gateway_webhooks.sweeping import SweepGateway
from billing_api.jobs.callbacks import JobCallbacks
from billing_api.jobs.repository import Queue
from billing_api.jobs.running import Attempts, BoundTask
from billing_api.parts import Parts
from braintree_sandbox.testing import Sandbox
from tests.factories.clock import MovableClock
from tests.fixtures.post import leave_out_jobs
from tests.fixtures.queries import Sql

WEBHOOKS = "/v1/gateway-webhooks/braintree"


@dataclass(frozen=True)
class Inbox:
    """The jobs of the inbox, at a time that can be moved."""

    parts: Parts
    clock: MovableClock

    async def work(self) -> list[str]:
        """Run the jobs that are due, each once, and return their outcomes: a sweep finds those of other tests too."""
        queue, outcomes = self.parts[Queue], []
        attempts = Attempts(queue, self.parts[JobCallbacks])
        bound = BoundTask(APPLY, self.parts[ApplyNotices].apply)
        while started := await queue.start(
            [APPLY.name], limit=10, is_idle=True, lease=timedelta(minutes=1), worker="test"
        ):
            outcomes += [await attempts.run(job, bound) for job in started]
        return outcomes

    async def sweep(self) -> list[str]:
        """Search the gateway for what no webhook has said, and apply it; return the outcomes."""
        await self.parts[SweepGateway].sweep()
        return await self.work()

    async def prune(self) -> int:
        """Remove old notices, and return their number."""
        return await self.parts[GatewayWebhooks].prune()


@pytest.fixture
async def inbox(settings: Settings, sql: Sql) -> AsyncIterator[Inbox]:
    """The inbox without the jobs and the searches of earlier tests."""
    await leave_out_jobs(sql)
    await sql.execute("DELETE FROM gateway_sweeps")
    clock = MovableClock()
    clock.forward(minutes=1)  # past what the test is about to do
    async with open_parts(settings, clock) as parts:
        yield Inbox(parts, clock)


async def attempts_about(sql: Sql, subject_id: str) -> list[tuple[str, int]]:
    """Return the states of the jobs about a subject of the gateway with the number of their tries, oldest first."""
    rows = await sql.fetch(
        "SELECT state, attempts FROM jobs j JOIN gateway_notices n ON n.id::text = j.payload->>'notice_id' "
        "WHERE n.subject_id = $1 ORDER BY n.id",
        subject_id,
    )
    return [(row["state"], row["attempts"]) for row in rows]


async def send(client: httpx.AsyncClient, form: dict[str, str]) -> httpx.Response:
    return await client.post(WEBHOOKS, data={name: form[name] for name in ("bt_signature", "bt_payload")})


def notice(sandbox: Sandbox, kind: str, subject_id: str, **settings: Any) -> dict[str, str]:
    """A webhook as the gateway signs it."""
    form: dict[str, str] = sandbox.control("POST", "/webhooks", {"kind": kind, "id": subject_id, **settings})
    return form
