"""`billing-api jobs …`: background jobs, for operators."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer

from billing_api.cli.running import run
from billing_api.cli.tables import JsonOption, print_json, print_table, shown, time_text
from billing_api.db.database import Database
from billing_api.events.consuming import CONSUME_AGAIN
from billing_api.housekeeping import WORKED_BY_THE_WORKER
from billing_api.jobs.errors import JobError
from billing_api.jobs.model import Job, JobState
from billing_api.jobs.overview import JobOverview
from billing_api.jobs.service import Jobs
from billing_api.parts import Parts

T = TypeVar("T")
Change = Callable[[Jobs, UUID], Awaitable[Job]]

app = typer.Typer(
    no_args_is_help=True, help="Background jobs: list, show, retry, cancel. docs/worker.md explains them."
)

_LEASE = ("lease_id", "leased_until")  # they change while one looks, and say nothing more than the state

Ids = Annotated[list[UUID], typer.Argument(metavar="ID...", help="Jobs, as `jobs list` shows them")]


@app.command(name="list")
def list_jobs(
    state: Annotated[JobState | None, typer.Option(help="Only jobs in this state")] = None,
    task: Annotated[str | None, typer.Option(help="Only jobs of this task, such as deliveries.send")] = None,
    account: Annotated[UUID | None, typer.Option(metavar="UUID", help="Only jobs of this account")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List the newest jobs."""
    _require_task(task)

    async def read(parts: Parts) -> list[Job]:
        overview = JobOverview(parts[Database])
        return await overview.list_newest(state=state, task=task, account_id=account, limit=limit)

    found = _run(read)
    if as_json:
        return print_json([_values(job) for job in found])
    if not found:
        return typer.echo("There is no such job.")
    print_table(
        ("ID", "STATE", "DUE (UTC)", "TRIES", "TASK"),
        [
            ((str(job.id), job.state, time_text(job.run_at), str(job.attempts), job.task), _failure(job))
            for job in found
        ],
    )
    return None


@app.command()
def show(
    job_id: Annotated[UUID, typer.Argument(metavar="ID", help="A job, as `jobs list` shows it")],
    as_json: JsonOption = False,
) -> None:
    """Show one job with its payload and its last error."""
    job = _run(lambda parts: parts[Jobs].get(job_id))
    values = _values(job)
    if as_json:
        return print_json(values)
    width = max(len(name) for name in values)
    for name, value in values.items():
        typer.echo(f"{name.replace('_', ' '):{width}}  {shown(value)}")
    return None


@app.command()
def retry(
    ids: Annotated[list[UUID] | None, typer.Argument(metavar="[ID]...", help="Held or cancelled jobs")] = None,
    task: Annotated[str | None, typer.Option(help="All held jobs of this task")] = None,
    as_json: JsonOption = False,
) -> None:
    """Let held or cancelled jobs run again now, with all their attempts."""
    if not ids and task is None:
        raise typer.BadParameter("Name jobs, or a task with --task.")
    _require_task(task)

    async def wanted(parts: Parts) -> Sequence[UUID]:
        overview = JobOverview(parts[Database])
        held = await overview.list_newest(state=JobState.HELD, task=task, account_id=None, limit=10_000) if task else []
        return [*(ids or ()), *(job.id for job in held)]

    if not _change(wanted, Jobs.retry, "runs again", as_json=as_json):
        typer.echo(f"billing-api: No job of {task} is held.", err=True)
        raise typer.Exit(1)


@app.command()
def cancel(ids: Ids, as_json: JsonOption = False) -> None:
    """End jobs that are not done. A job that runs is interrupted when its worker next renews its lease."""

    async def wanted(_: Parts) -> Sequence[UUID]:
        return ids

    _change(wanted, Jobs.cancel, "is cancelled", as_json=as_json)


@app.command()
def periodic(as_json: JsonOption = False) -> None:
    """List all work that comes round by the clock: its interval, its next tick, how the last run ended."""
    runs = {run.name: run for run in _run(lambda parts: JobOverview(parts[Database]).list_periodic())}
    works = sorted((work for feature in WORKED_BY_THE_WORKER for work in feature.periodic), key=lambda work: work.name)
    rows: list[dict[str, Any]] = []
    for work in works:
        run = runs.get(work.name)
        found = asdict(run) if run else {}
        rows.append({"name": work.name, "every_seconds": work.every.total_seconds()} | found)
    if as_json:
        return print_json(rows)
    print_table(
        ("WORK", "EVERY", "NEXT (UTC)", "STATE", "LAST SUCCESS (UTC)"),
        [
            (
                (
                    row["name"],
                    f"{row['every_seconds'] / 60:g} min",
                    *(shown(row.get(name)) for name in ("next_at", "state", "done_at")),
                ),
                f"{row['job_id']}: {row['error']}" if row.get("error") else None,
            )
            for row in rows
        ],
    )
    return None


def _run(work: Callable[[Parts], Awaitable[T]]) -> T:
    """Do `work` as `run` does; an error about jobs is one line, too."""
    try:
        return run(work)
    except JobError as error:
        typer.echo(f"billing-api: {error}", err=True)
        raise typer.Exit(2) from error


def _require_task(task: str | None) -> None:
    """Refuse a task that no feature has: it would find nothing, without a word."""
    tasks = {one.name for feature in WORKED_BY_THE_WORKER for one in feature.tasks}
    works = {work.name for feature in WORKED_BY_THE_WORKER for work in feature.periodic}
    known = sorted({*tasks, *works, CONSUME_AGAIN.name})
    if task is not None and task not in known:
        raise typer.BadParameter(f"there is no task {task}; the tasks are {', '.join(known)}", param_hint="--task")


def _failure(job: Job) -> str | None:
    """Return the error of the last attempt; that of a job which has ended well since is for `show`."""
    return job.error if job.state is not JobState.DONE else None


def _change(
    wanted: Callable[[Parts], Awaitable[Sequence[UUID]]], change: Change, verb: str, *, as_json: bool
) -> Sequence[Job]:
    """Change the wanted jobs one by one, print and return them; an error ends it after those that were changed."""
    changed: list[Job] = []

    async def work(parts: Parts) -> None:
        for job_id in await wanted(parts):
            changed.append(await change(parts[Jobs], job_id))  # noqa: PERF401 - those before an error are kept

    try:
        _run(work)
    finally:
        if as_json:
            print_json([_values(job) for job in changed])
        for job in () if as_json else changed:
            typer.echo(f"{job.id} ({job.task}) {verb}.")
    return changed


def _values(job: Job) -> dict[str, Any]:
    return {name: value for name, value in asdict(job).items() if name not in _LEASE}
