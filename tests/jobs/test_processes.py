"""Workers as processes of their own, killed and stopped."""

import asyncio
import signal

import pytest

from billing_api.db.database import Database
from billing_api.jobs.model import JobState
from billing_api.jobs.running import LOST, MOST_CRASHES
from tests.fixtures.shop import Shop
from tests.fixtures.waiting import looks
from tests.jobs.program import FINISH, KILL, NOTE, STICK, WAIT

pytestmark = pytest.mark.slow


async def test_job_of_a_killed_worker_runs_again(shop: Shop) -> None:
    job = await shop.enqueue(WAIT)
    async with shop.worker() as worker:
        await shop.until_line("a 1")
        worker.send_signal(signal.SIGKILL)
        await worker.wait()
    assert (await shop.jobs.get(job)).state is JobState.RUNNING
    async with shop.worker():
        done = await shop.until(job, JobState.DONE)
    assert shop.lines().count("a 2") == 1
    assert (done.attempts, done.crashes, done.error) == (2, 1, LOST)


async def test_job_that_kills_its_workers_is_set_aside(shop: Shop) -> None:
    """It is tried alone, so that the job that ran beside it at first is not set aside with it."""
    beside = await shop.enqueue(WAIT, "beside")
    async with shop.worker() as worker:
        await shop.until_line("beside 1")
        killer = await shop.enqueue(KILL, "killer")
        await worker.wait()
    for _ in range(MOST_CRASHES):
        async with shop.worker() as worker:
            held = asyncio.ensure_future(shop.until(killer, JobState.HELD))
            ended = asyncio.ensure_future(worker.wait())
            await asyncio.wait([held, ended], return_when=asyncio.FIRST_COMPLETED)
            held.cancel()
    killed = await shop.jobs.get(killer)
    assert (killed.state, killed.crashes, killed.error) == (JobState.HELD, MOST_CRASHES, LOST)
    assert shop.lines().count("killer 1") == 1
    innocent = await shop.jobs.get(beside)
    assert (innocent.state, innocent.crashes) == (JobState.DONE, 1)


async def test_worker_that_was_suspended_changes_nothing_when_it_goes_on(shop: Shop) -> None:
    """As a virtual machine that is moved: its job has been another worker's by then, and is interrupted."""
    job = await shop.enqueue(WAIT)
    async with shop.worker() as suspended:
        await shop.until_line("a 1")
        suspended.send_signal(signal.SIGSTOP)
        async with shop.worker():
            done = await shop.until(job, JobState.DONE)
            assert (done.attempts, done.crashes) == (2, 1)
            suspended.send_signal(signal.SIGCONT)
            await shop.until_line("interrupted a")
    assert await shop.jobs.get(job) == done


async def test_worker_outlives_its_connections(shop: Shop) -> None:
    """As when PostgreSQL is restarted: the job that runs ends, and the next one runs too."""
    job = await shop.enqueue(FINISH)
    async with shop.worker(worker_lease_seconds="60") as worker:  # the lease outlasts the new connections, however slow
        await shop.until_line("a 1")
        await shop.end_connections()
        await shop.let_finish()
        assert (await shop.until(job, JobState.DONE)).attempts == 1
        await shop.end_connections()
        await shop.until(await shop.enqueue(NOTE), JobState.DONE)
        assert worker.returncode is None


async def test_stopped_worker_gives_back_the_jobs_that_take_too_long(shop: Shop) -> None:
    """The attempt does not count, and the next worker need not wait for the lease."""
    job = await shop.enqueue(WAIT)
    async with shop.worker(worker_finish_seconds="0", worker_lease_seconds="3600") as worker:
        await shop.until_line("a 1")
        worker.send_signal(signal.SIGTERM)
        assert await worker.wait() == 0
    left = await shop.jobs.get(job)
    assert (left.state, left.attempts, left.crashes, left.lease_id) == (JobState.WAITING, 0, 0, None)
    assert "interrupted a" in shop.lines()


async def test_stopped_worker_lets_jobs_end(shop: Shop) -> None:
    """It takes no other one, although it has room again."""
    job = await shop.enqueue(FINISH)
    async with shop.worker(worker_jobs_at_once="1") as worker:
        await shop.until_line("a 1")
        worker.send_signal(signal.SIGTERM)
        later = await shop.enqueue(NOTE, "later")
        await shop.let_finish()
        assert await worker.wait() == 0
    assert (await shop.jobs.get(job)).state is JobState.DONE
    assert (await shop.jobs.get(later)).state is JobState.WAITING


async def test_second_signal_interrupts_at_once(shop: Shop) -> None:
    job = await shop.enqueue(WAIT)
    async with shop.worker(worker_finish_seconds="3600") as worker:
        await shop.until_line("a 1")
        worker.send_signal(signal.SIGTERM)
        await shop.until_renewed(job)  # by the worker that waits: the first signal is dealt with
        worker.send_signal(signal.SIGTERM)
        assert await worker.wait() == 0
    assert (await shop.jobs.get(job)).state is JobState.WAITING


async def test_handler_that_can_not_be_interrupted_does_not_keep_the_worker(shop: Shop) -> None:
    """Its lease lapses, and another worker runs the job again."""
    job = await shop.enqueue(STICK)
    async with shop.worker(worker_finish_seconds="0") as worker:
        await shop.until_line("a 1")
        worker.send_signal(signal.SIGTERM)
        assert await worker.wait() == 1
    assert (await shop.jobs.get(job)).state is JobState.RUNNING


async def test_two_workers_run_each_job_once(shop: Shop) -> None:
    names = [f"job-{number}" for number in range(60)]
    async with shop.worker(), shop.worker():
        jobs = [await shop.enqueue(NOTE, name) for name in names]
        for job in jobs:
            await shop.until(job, JobState.DONE)
    noted = [line for line in shop.lines() if line.startswith("job-")]
    assert sorted(noted) == sorted(f"{name} 1" for name in names)


async def test_two_workers_begin_a_tick_once(shop: Shop) -> None:
    async with shop.worker(), shop.worker():
        for _ in looks("the first tick"):
            await shop.parts[Database].fetch_records("SELECT 1", [])
            if any(line.startswith("round") for line in shop.lines()):
                break
        for name in ("one", "two"):
            await shop.until(await shop.enqueue(NOTE, name), JobState.DONE)
    assert len([line for line in shop.lines() if line.startswith("round")]) == 1
