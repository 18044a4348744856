"""Jobs by a worker of this process: enqueued, run, failed, held, retried, cancelled."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest

from billing_api.config import Settings
from billing_api.core import Core
from billing_api.db.database import Database
from billing_api.db.transactions import NoTransactionError
from billing_api.feature import Feature
from billing_api.jobs.errors import JobNotFoundError, JobStateError, LeaseLostError
from billing_api.jobs.model import JobState
from billing_api.jobs.repository import Queue
from billing_api.jobs.tasks import Backoff, JobRun, KeyedJob, Priority, Task
from billing_api.jobs.worker import Worker
from billing_api.working import make_worker
from tests.fixtures.shop import Shop
from tests.jobs.program import FAIL, GIVE_UP, MAIL, NOTE, ROUND, SLOW, WAIT, Name, feature_of


@asynccontextmanager
async def working(
    shop: Shop, *features: Feature, lease_seconds: float = 60, jobs_at_once: int = 4
) -> AsyncIterator[Worker]:
    """A worker of this process, which is stopped at the end."""
    settings = Settings(
        database_url=shop.url,
        worker_poll_seconds=0.01,
        worker_lease_seconds=lease_seconds,
        worker_finish_seconds=0,
        worker_jobs_at_once=jobs_at_once,
    )
    worker = make_worker(shop.parts, settings, features or [feature_of(shop.file)])
    running = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await running


class TestEnqueue:
    async def test_job_runs_once_its_transaction_is_committed(self, shop: Shop) -> None:
        async with working(shop):
            job = await shop.until(await shop.enqueue(NOTE, account_id=UUID(int=7)), JobState.DONE)
        assert shop.lines().count("a 1") == 1
        assert (job.attempts, job.account_id, job.error, job.lease_id) == (1, UUID(int=7), None, None)

    async def test_job_of_a_transaction_that_is_rolled_back_never_was(self, shop: Shop) -> None:
        ids = []

        async def work() -> None:
            ids.append(await shop.jobs.enqueue(NOTE, Name("a")))
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await shop.parts[Database].run(work)
        with pytest.raises(JobNotFoundError):
            await shop.jobs.get(ids[0])

    async def test_job_can_not_be_enqueued_outside_of_a_transaction(self, shop: Shop) -> None:
        with pytest.raises(NoTransactionError):
            await shop.jobs.enqueue(NOTE, Name("a"))

    async def test_second_job_with_the_same_key_is_the_first(self, shop: Shop) -> None:
        first = await shop.enqueue(NOTE, "first", key="k")
        async with working(shop):
            await shop.until(first, JobState.DONE)
            assert await shop.enqueue(NOTE, "second", key="k") == first
            await shop.until(await shop.enqueue(WAIT, key="k"), JobState.RUNNING)
        assert "second 1" not in shop.lines()

    async def test_several_jobs_keep_the_earlier_ones_of_their_keys(self, shop: Shop) -> None:
        """The state of each says whether it has run already, or was cancelled."""
        await shop.jobs.cancel(await shop.enqueue(NOTE, "cancelled", key="0"))
        wanted = [KeyedJob(str(number), Name(f"number {number}"), UUID(int=7)) for number in (0, 1, 1, 2)]
        for _ in range(2):
            states = await shop.parts[Database].run(lambda: shop.jobs.enqueue_all(NOTE, wanted))
            assert states == {"0": JobState.CANCELLED, "1": JobState.WAITING, "2": JobState.WAITING}
        assert await shop.parts[Database].run(lambda: shop.jobs.enqueue_all(NOTE, [])) == {}
        async with working(shop):
            for key in "12":
                await shop.until(await shop.enqueue(NOTE, key=key), JobState.DONE)
        assert sorted(line for line in shop.lines() if line.startswith("number")) == ["number 1 1", "number 2 1"]

    async def test_jobs_without_a_key_are_each_their_own(self, shop: Shop) -> None:
        assert await shop.enqueue(NOTE) != await shop.enqueue(NOTE)

    async def test_later_job_waits_for_its_time(self, shop: Shop) -> None:
        now = shop.parts[Core].clock.now()
        later = await shop.enqueue(NOTE, "later", run_at=now + timedelta(hours=1))
        due = await shop.enqueue(NOTE, "due", run_at=now - timedelta(hours=1))
        async with working(shop):
            await shop.until(due, JobState.DONE)
        assert (await shop.jobs.get(later)).state is JobState.WAITING

    async def test_urgent_job_goes_first(self, shop: Shop) -> None:
        urgent = Task(NOTE.name, Name, priority=Priority.URGENT)
        for name in ("one", "two", "three", "four", "five"):
            await shop.enqueue(NOTE, name)
        last = await shop.enqueue(urgent, "urgent")
        async with working(shop):
            await shop.until(last, JobState.DONE)
        assert "urgent 1" in [line for line in shop.lines() if not line.startswith("round")][:4]

    async def test_job_of_an_unknown_task_waits_for_a_worker_that_knows_it(self, shop: Shop) -> None:
        """As in a rolling deployment."""
        new = await shop.enqueue(Task("tests.new", Name))
        async with working(shop):
            await shop.until(await shop.enqueue(NOTE), JobState.DONE)
        assert (await shop.jobs.get(new)).state is JobState.WAITING


class TestSlowJobs:
    """Jobs that wait for another system, such as a mail server that is silent."""

    async def test_they_leave_a_place_for_the_others(self, shop: Shop) -> None:
        """As for periodic work, which looks payments up."""
        mails = [await shop.enqueue(MAIL, f"mail-{n}", account_id=UUID(int=n)) for n in range(1, 6)]
        async with working(shop):
            for n in (1, 2, 3):
                await shop.until_line(f"mail-{n} 1")
            await shop.until(await shop.enqueue(NOTE), JobState.DONE)
            assert [(await shop.jobs.get(mail)).state for mail in mails[3:]] == [JobState.WAITING] * 2

    async def test_they_run_one_of_an_account_at_a_time(self, shop: Shop) -> None:
        """So an account with many long ones does not hold up those of others."""
        for name in ("first", "second", "third"):
            await shop.enqueue(MAIL, name, account_id=UUID(int=1))
        other = await shop.enqueue(MAIL, "other", account_id=UUID(int=2))
        nobodys = await shop.enqueue(MAIL, "of no account")
        async with working(shop):
            for job_id in (other, nobodys):
                await shop.until(job_id, JobState.RUNNING)
            await shop.until(await shop.enqueue(NOTE), JobState.DONE)
            assert {"first 1", "other 1", "of no account 1"} <= set(shop.lines())
            assert not {"second 1", "third 1"} & set(shop.lines())

    async def test_a_worker_with_one_place_takes_them_too(self, shop: Shop) -> None:
        async with working(shop, jobs_at_once=1):
            await shop.until(await shop.enqueue(MAIL, account_id=UUID(int=1)), JobState.RUNNING)

    def test_periodic_work_goes_before_them(self) -> None:
        """However many of them wait."""
        assert Priority.URGENT < ROUND.task.priority < MAIL.priority


class TestFailure:
    async def test_failing_job_is_tried_again(self, shop: Shop) -> None:
        """The error stays readable, without the words of somebody else's exception."""
        async with working(shop):
            job = await shop.until(await shop.enqueue(FAIL), JobState.DONE)
        assert [line for line in shop.lines() if line.startswith("a")] == ["a 1", "a 2", "a 3"]
        assert job.error is not None
        assert job.error.startswith("PersonalError at ")
        assert "pat@example.com" not in job.error

    async def test_job_is_held_after_its_last_attempt(self, shop: Shop) -> None:
        async with working(shop):
            job = await shop.until(await shop.enqueue(FAIL, "always"), JobState.HELD)
        assert job.attempts == FAIL.attempts

    async def test_job_that_its_worker_has_outlived_need_not_run_alone_again(self, shop: Shop) -> None:
        job_id = await shop.enqueue(FAIL, "always")
        await shop.jobs.db.fetch_records("UPDATE jobs SET crashes = 1 WHERE id = $1 RETURNING id", [job_id])
        async with working(shop):
            job = await shop.until(job_id, JobState.HELD)
        assert (job.attempts, job.crashes) == (FAIL.attempts, 0)

    async def test_words_for_the_operator_are_kept(self, shop: Shop) -> None:
        async with working(shop):
            job = await shop.until(await shop.enqueue(FAIL, "expected"), JobState.HELD)
        assert job.error == "TryAgainError: the mail server is away"

    async def test_job_that_is_given_up_is_held_at_once(self, shop: Shop) -> None:
        async with working(shop):
            job = await shop.until(await shop.enqueue(GIVE_UP), JobState.HELD)
        assert (job.attempts, job.error) == (1, "GiveUpError: there is no such mailbox")

    async def test_job_that_takes_too_long_fails(self, shop: Shop) -> None:
        async with working(shop):
            job = await shop.until(await shop.enqueue(SLOW), JobState.HELD)
        assert job.error is not None
        assert job.error.startswith("TimeoutError at tests/jobs") or job.error.startswith("TimeoutError at billing_api")

    async def test_payload_that_can_not_be_read_is_held(self, shop: Shop) -> None:
        """As one of another version."""

        async def spoil() -> None:
            await shop.parts[Database].connection.execute("UPDATE jobs SET payload = '{}'")

        job_id = await shop.enqueue(FAIL)
        await shop.parts[Database].run(spoil)
        async with working(shop):
            job = await shop.until(job_id, JobState.HELD)
        assert job.error is not None
        assert job.error.startswith("ValidationError at billing_api/jobs")

    def test_waits_double_up_to_their_bound(self) -> None:
        waits = [Backoff(timedelta(seconds=10), timedelta(minutes=1)).after(attempt) for attempt in (1, 2, 3, 4, 99)]
        assert [wait.total_seconds() for wait in waits] == [10, 20, 40, 60, 60]


class TestFinish:
    async def test_effect_and_end_are_one(self, shop: Shop) -> None:
        """The handler's change is committed with the job's end, or not at all."""
        database = shop.parts[Database]
        task = Task("tests.finish_in_transaction", Name, backoff=Backoff(first=timedelta(0)))

        async def handle(payload: Name, run: JobRun) -> None:
            async def work() -> None:
                await shop.jobs.enqueue(NOTE, Name(f"effect of attempt {run.attempt}"))
                await run.finish()
                if run.attempt == 1:
                    raise ZeroDivisionError

            await database.run(work)

        async with working(shop, Feature(tasks={task: lambda _: handle}), feature_of(shop.file)):
            job = await shop.until(await shop.enqueue(task), JobState.DONE)
            await shop.until_line("effect of attempt 2 1")
        assert job.attempts == 2
        assert "effect of attempt 1 1" not in shop.lines()

    async def test_attempt_without_its_lease_changes_nothing(self, shop: Shop) -> None:
        database, queue = shop.parts[Database], shop.parts[Queue]
        await shop.enqueue(NOTE)
        lease = timedelta(seconds=60)
        (old,) = await queue.start([NOTE.name], limit=1, is_idle=True, lease=lease, worker="old")
        await shop.jobs.cancel(old.id)
        await shop.jobs.retry(old.id)
        (new,) = await queue.start([NOTE.name], limit=1, is_idle=True, lease=lease, worker="new")
        with pytest.raises(LeaseLostError):
            await database.run(JobRun(old, NOTE, queue).finish)
        assert await shop.jobs.get(new.id) == new


class TestOperator:
    async def test_held_job_is_retried_with_all_its_attempts(self, shop: Shop) -> None:
        async with working(shop):
            job_id = await shop.enqueue(FAIL, "always")
            held = await shop.until(job_id, JobState.HELD)
            again = await shop.jobs.retry(job_id)
            assert (again.state, again.attempts, again.error) == (JobState.WAITING, 0, held.error)
            await shop.until_line("always 3", times=2)
            await shop.until(job_id, JobState.HELD)

    async def test_waiting_job_is_cancelled(self, shop: Shop) -> None:
        job_id = await shop.enqueue(NOTE, "cancelled")
        assert (await shop.jobs.cancel(job_id)).state is JobState.CANCELLED
        async with working(shop):
            await shop.until(await shop.enqueue(NOTE), JobState.DONE)
        assert "cancelled 1" not in shop.lines()

    async def test_running_job_is_interrupted(self, shop: Shop) -> None:
        async with working(shop, lease_seconds=1):
            job_id = await shop.enqueue(WAIT)
            await shop.until_line("a 1")
            await shop.jobs.cancel(job_id)
            await shop.until_line("interrupted a")
        assert (await shop.jobs.get(job_id)).state is JobState.CANCELLED

    async def test_job_that_is_done_is_neither_retried_nor_cancelled(self, shop: Shop) -> None:
        async with working(shop):
            job_id = await shop.enqueue(NOTE)
            await shop.until(job_id, JobState.DONE)
        for verb in (shop.jobs.retry, shop.jobs.cancel):
            with pytest.raises(JobStateError, match="is done and can't be"):
                await verb(job_id)


async def test_two_tasks_of_one_name_are_refused(shop: Shop) -> None:
    with pytest.raises(ValueError, match=r"tests\.note"):
        make_worker(shop.parts, Settings(), [feature_of(shop.file)] * 2)
