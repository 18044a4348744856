"""`billing-api jobs`, as an operator has it."""

import asyncio
import json
from datetime import timedelta
from subprocess import CompletedProcess
from typing import Any
from uuid import UUID

import pytest

from billing_api.db.database import Database
from billing_api.events.consuming import CONSUME_AGAIN
from billing_api.jobs.model import Job, JobState
from billing_api.jobs.repository import Queue
from billing_api.jobs.tasks import Task
from billing_api.kit.ids import new_id
from tests.fixtures.commands import run
from tests.fixtures.shop import Shop
from tests.jobs.program import NOTE, Name

pytestmark = pytest.mark.slow

AGAIN = Task(CONSUME_AGAIN.name, Name)  # a task of the service, since others are refused


class Operator:
    """A shell with the settings of the shop."""

    def __init__(self, shop: Shop) -> None:
        self._url = shop.url

    async def run(self, *arguments: str) -> CompletedProcess[str]:
        """Run a command."""
        return await asyncio.to_thread(run, "jobs", *arguments, DATABASE_URL=self._url)

    async def read(self, *arguments: str) -> Any:
        """Return the JSON that a command prints."""
        done = await self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def operator(shop: Shop) -> Operator:
    """A shell."""
    return Operator(shop)


async def hold(shop: Shop, job_id: UUID, error: str) -> Job:
    """Let a job be started, and give it up."""
    queue = shop.parts[Queue]
    task = (await shop.jobs.get(job_id)).task
    (job,) = await queue.start([task], limit=1, is_idle=True, lease=timedelta(minutes=1), worker="w")
    assert job.id == job_id
    await shop.parts[Database].run(lambda: queue.hold(job, error))
    return job


async def test_list_shows_the_newest_first_and_takes_filters(shop: Shop, operator: Operator) -> None:
    account = new_id()
    first = await shop.enqueue(AGAIN, account_id=account)
    await hold(shop, first, "GiveUpError: there is no such mailbox")
    second = await shop.enqueue(NOTE)
    assert [job["id"] for job in await operator.read("list")] == [str(second), str(first)]
    for option, value in (("--state", "held"), ("--task", AGAIN.name), ("--account", str(account))):
        assert [job["id"] for job in await operator.read("list", option, value)] == [str(first)]
    heads, newest, oldest, error = (await operator.run("list")).stdout.splitlines()
    assert heads.split() == ["ID", "STATE", "DUE", "(UTC)", "TRIES", "TASK"]
    assert newest.split()[:2] == [str(second), "waiting"]
    assert (oldest.split()[:2], oldest.split()[-2:]) == ([str(first), "held"], ["1", AGAIN.name])
    assert error == "    GiveUpError: there is no such mailbox"
    assert (await operator.run("list", "--state", "done")).stdout == "There is no such job.\n"


async def test_show_has_payload_and_error(shop: Shop, operator: Operator) -> None:
    job_id = await shop.enqueue(AGAIN, "letter")
    await hold(shop, job_id, "GiveUpError: there is no such mailbox")
    values = await operator.read("show", str(job_id))
    assert (values["payload"], values["state"], values["attempts"]) == ({"name": "letter"}, "held", 1)
    printed = (await operator.run("show", str(job_id))).stdout
    assert 'payload     {"name": "letter"}' in printed
    assert "error       GiveUpError: there is no such mailbox" in printed


async def test_retry_lets_held_jobs_wait_again(shop: Shop, operator: Operator) -> None:
    one = await shop.enqueue(AGAIN)
    await hold(shop, one, "x")
    assert f"{one} ({AGAIN.name}) runs again." in (await operator.run("retry", str(one))).stdout
    assert (await shop.jobs.get(one)).state is JobState.WAITING
    await hold(shop, one, "x")
    assert [job["id"] for job in await operator.read("retry", "--task", AGAIN.name)] == [str(one)]
    none_held = await operator.run("retry", "--task", AGAIN.name)
    assert (none_held.returncode, none_held.stderr) == (1, f"billing-api: No job of {AGAIN.name} is held.\n")
    assert (await operator.run("retry")).returncode == 2


async def test_an_unknown_task_is_refused_with_the_tasks_that_there_are(operator: Operator) -> None:
    for command in ("list", "retry"):
        done = await operator.run(command, "--task", "mails.send")
        assert (done.returncode, done.stdout) == (2, "")
        words = " ".join(done.stderr.replace("│", " ").split())
        assert "there is no task mails.send" in words
        assert "deliveries.send" in words


async def test_a_job_that_is_done_shows_no_old_error_in_the_list(shop: Shop, operator: Operator) -> None:
    job_id = await shop.enqueue(AGAIN)
    await hold(shop, job_id, "TryAgainError: away")
    await shop.jobs.db.fetch_records("UPDATE jobs SET state = 'done' WHERE id = $1", [job_id])
    assert "away" not in (await operator.run("list")).stdout
    assert "away" in (await operator.run("show", str(job_id))).stdout


async def test_cancel_ends_a_waiting_job(shop: Shop, operator: Operator) -> None:
    job_id = await shop.enqueue(NOTE)
    assert (await operator.run("cancel", str(job_id))).stdout == f"{job_id} ({NOTE.name}) is cancelled.\n"
    again = await operator.run("cancel", str(job_id))
    assert (again.returncode, again.stderr) == (
        2,
        f"billing-api: Job {job_id} is cancelled and can't be cancelled.\n",
    )


async def test_an_error_leaves_the_jobs_before_it_changed_and_names_them(shop: Shop, operator: Operator) -> None:
    first, unknown, last = await shop.enqueue(NOTE), new_id(), await shop.enqueue(NOTE)
    done = await operator.run("cancel", str(first), str(unknown), str(last))
    assert (done.returncode, done.stderr) == (2, f"billing-api: There is no job {unknown}.\n")
    assert done.stdout == f"{first} ({NOTE.name}) is cancelled.\n"
    assert [(await shop.jobs.get(job_id)).state for job_id in (first, last)] == [JobState.CANCELLED, JobState.WAITING]


async def test_unknown_job_is_one_line(operator: Operator) -> None:
    job_id = new_id()
    for command in ("show", "retry", "cancel"):
        done = await operator.run(command, str(job_id))
        assert (done.returncode, done.stderr) == (2, f"billing-api: There is no job {job_id}.\n")


async def test_periodic_work_is_listed_also_before_it_ever_ran(shop: Shop, operator: Operator) -> None:
    works = {work["name"]: work for work in await operator.read("periodic")}
    assert works["payments.reconcile"] == {"name": "payments.reconcile", "every_seconds": 60.0}
    printed = (await operator.run("periodic")).stdout
    never = ["-", "-", "-"]
    assert [line.split() for line in printed.splitlines()[1:]] == [
        [name, f"{works[name]['every_seconds'] / 60:g}", "min", *never] for name in works
    ]
