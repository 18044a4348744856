"""A database of the test's own with its queue, and workers on it: in this process, and as processes of their own."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from billing_api.bootstrap import open_parts
from billing_api.config import Settings
from billing_api.db.database import Database
from billing_api.jobs.model import Job, JobState
from billing_api.jobs.service import Jobs
from billing_api.jobs.tasks import Task
from billing_api.parts import Parts
from tests.fixtures.processes import bound
from tests.fixtures.waiting import looks
from tests.jobs.program import Name

LEASE_SECONDS = 1.0


@dataclass(frozen=True)
class Shop:
    """A queue, and what its workers have written."""

    parts: Parts
    jobs: Jobs
    url: str
    file: Path

    def lines(self) -> list[str]:
        """All that handlers have written."""
        return self.file.read_text().splitlines() if self.file.exists() else []

    async def enqueue(self, task: Task[Name], name: str = "a", **options: Any) -> UUID:
        """Enqueue a job in a transaction of its own."""
        return await self.parts[Database].run(lambda: self.jobs.enqueue(task, Name(name), **options))

    async def until(self, job_id: UUID, *states: JobState) -> Job:
        """Wait until the job is in one of these states."""
        for _ in looks(f"job {job_id} {states}"):
            job = await self.jobs.get(job_id)
            if job.state in states:
                return job
        raise AssertionError

    async def until_line(self, line: str, *, times: int = 1) -> None:
        """Wait until a handler has written this line."""
        for _ in looks(f"{line!r} among {self.lines()}"):
            await asyncio.sleep(0)
            if self.lines().count(line) >= times:
                return

    async def until_renewed(self, job_id: UUID) -> None:
        """Wait until the job's lease is renewed twice: once may have been under way."""
        leases = set()
        for _ in looks(f"renewals of {job_id}"):
            leases.add((await self.jobs.get(job_id)).leased_until)
            if len(leases) > 2:
                return

    async def let_finish(self) -> None:
        """Let the job of FINISH end."""
        await asyncio.to_thread(self.file.with_name("finish").write_text, "now")

    @asynccontextmanager
    async def worker(self, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """A worker as a process of its own, which is killed at the end."""
        variables = {
            "DATABASE_URL": self.url,
            "WORKER_POLL_SECONDS": "0.05",
            "WORKER_LEASE_SECONDS": str(LEASE_SECONDS),
            **{name.upper(): value for name, value in settings.items()},
        }
        process = await asyncio.create_subprocess_exec(
            *bound([sys.executable, "-m", "tests.jobs.program", str(self.file)]), env=os.environ | variables
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)
            await process.wait()


@pytest.fixture
async def shop(own_database: str, tmp_path: Path) -> AsyncIterator[Shop]:
    """A queue of the test's own."""
    async with open_parts(Settings(database_url=own_database)) as parts:
        os.mkfifo(tmp_path / "finish")
        yield Shop(parts, parts[Jobs], own_database, tmp_path / "lines")
