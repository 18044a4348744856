"""The tables of jobs and of periodic work.

Neither has a key to a tenant's table: on several machines both stay with the coordinator (docs/decisions/0002).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text

from billing_api.db.base import table


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    HELD = "held"  # given up: an operator retries or cancels it
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work for a worker."""

    id: UUID
    task: str
    key: str | None  # unique among the jobs of a task
    account_id: UUID | None
    payload: dict[str, Any]
    priority: int  # the lowest goes first
    state: JobState
    run_at: datetime  # the earliest time of the next attempt
    attempts: int  # the number of attempts begun
    crashes: int  # the number of attempts whose worker died, or lost its lease
    lease_id: UUID | None  # names the attempt under way
    leased_until: datetime | None  # the end of the lease, by the database's clock
    worker: str | None  # the worker of the last attempt
    error: str | None  # the error of the last attempt that failed
    created_at: datetime
    started_at: datetime | None  # the start of the last attempt
    ended_at: datetime | None
    done_at: datetime | None  # the end of the last run that succeeded: periodic work has many


jobs = table(
    "jobs",
    Job,
    UniqueConstraint("task", "key"),
    CheckConstraint("(state = 'running') = (lease_id IS NOT NULL)", name="lease_while_running"),
    Index("ix_jobs_due", "priority", "run_at", postgresql_where=text("state = 'waiting'")),
    Index("ix_jobs_suspects", "run_at", postgresql_where=text("state = 'waiting' AND crashes > 0")),
    Index("ix_jobs_leased_until", "leased_until", postgresql_where=text("state = 'running'")),
    Index("ix_jobs_held", "id", postgresql_where=text("state = 'held'")),
    Index("ix_jobs_ended_at", "ended_at", postgresql_where=text("state IN ('done', 'cancelled')")),
    key=["id"],
)


@dataclass(frozen=True, slots=True)
class PeriodicTick:
    """When a periodic work is due next."""

    name: str
    next_at: datetime


periodic_ticks = table("periodic_ticks", PeriodicTick, key=["name"])
