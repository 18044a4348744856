"""The worker's own port: what it counts, and whether it is well."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator

import httpx
import pytest

from billing_api.jobs.model import JobState
from tests.fixtures.commands import run
from tests.fixtures.ports import reserved_port
from tests.fixtures.shop import Shop
from tests.fixtures.waiting import looks
from tests.jobs.program import NOTE

_TOKEN = "canary-of-the-metrics-token"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A client of a port that a worker may have; it waits for the worker to listen."""
    with reserved_port() as port:
        patient = httpx.AsyncHTTPTransport(retries=8)
        async with httpx.AsyncClient(transport=patient, base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield client


async def test_worker_gives_its_metrics_and_its_health(shop: Shop, client: httpx.AsyncClient) -> None:
    port = str(client.base_url.port)
    async with shop.worker(worker_port=port, metrics_token=_TOKEN) as worker:
        await shop.until(await shop.enqueue(NOTE), JobState.DONE)
        assert (await client.get("/livez")).json() == {"status": "alive"}
        for _ in looks("the database responds within the product's two seconds"):
            if (await client.get("/readyz")).json() == {"status": "ready"}:
                break
        assert (await client.get("/metrics")).status_code == 401
        text = (await client.get("/metrics", headers={"Authorization": f"Bearer {_TOKEN}"})).text
        assert f'job_seconds_count{{outcome="done",task="{NOTE.name}"}} 1.0' in text
        assert (await client.get("/v1/overview")).status_code == 404
        worker.send_signal(signal.SIGTERM)
        assert await worker.wait() == 0


async def test_port_that_is_taken_is_one_line(shop: Shop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = await asyncio.to_thread(run, "worker", DATABASE_URL=shop.url, WORKER_PORT=port)
    assert done.returncode == 2
    assert done.stderr.startswith(f"billing-api: WORKER_PORT: {port} on 127.0.0.1: Address already in use")
    assert len(done.stderr.splitlines()) == 1
