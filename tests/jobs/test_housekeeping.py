"""What comes round by the clock: all of it is listed, and each pruning removes what is spent and nothing else."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from billing_api.auth.counters import RateCounters
from billing_api.core import Core
from billing_api.db.pruning import prune
from billing_api.housekeeping import WORKED_BY_THE_WORKER
from billing_api.jobs.model import JobState
from billing_api.jobs.periodic import Tick
from billing_api.kit.ids import new_id
from tests.fixtures.queries import Sql
from tests.fixtures.shop import Shop
from tests.jobs.program import NOTE

_DOCS = Path(__file__).parents[2] / "docs" / "worker.md"
_ACCOUNT, _USER = new_id(), new_id()
_BASE = f"""
    INSERT INTO accounts (id, name, status, currency, net_days, discount_basis_points, discount_days,
                          discount_includes_tax, created_at, updated_at, version)
    VALUES ('{_ACCOUNT}', 'Customer', 'active', 'USD', 30, 0, 0, false, now(), now(), 1);
"""


@dataclass(frozen=True)
class House:
    """A database with an account, and the periodic work by its name."""

    shop: Shop
    sql: Sql

    async def work(self, name: str) -> object:
        """Do a periodic work once."""
        works = {work.name: make for feature in WORKED_BY_THE_WORKER for work, make in feature.periodic.items()}
        now = self.shop.parts[Core].clock.now()
        return await works[name](self.shop.parts)(Tick(now, now))

    async def left(self, table: str, column: str) -> set[Any]:
        """Return what a column still holds."""
        return {row[0] for row in await self.sql.fetch(f"SELECT {column} FROM {table}")}


@pytest.fixture
async def house(shop: Shop) -> AsyncIterator[House]:
    """A database of the test's own."""
    sql = await asyncpg.connect(shop.url)
    await sql.execute(_BASE)
    yield House(shop, sql)
    await sql.close()


def test_docs_list_all_of_it_with_its_intervals() -> None:
    """In the table of docs/worker.md."""
    written = dict(re.findall(r"^\| `([a-z_.]+)` \| (\d+) min \|", _DOCS.read_text(), re.MULTILINE))
    works = {work.name: work.every for feature in WORKED_BY_THE_WORKER for work in feature.periodic}
    assert written == {name: f"{every.total_seconds() / 60:.0f}" for name, every in works.items()}


async def test_expired_idempotency_keys_go_and_those_of_open_payments_stay(house: House) -> None:
    """The key of a payment that is not final expires at the end of time."""
    for key, expires in (
        ("old", "now() - interval '1 s'"),
        ("new", "now() + interval '1 h'"),
        ("open", "'9999-01-01'"),
    ):
        await house.sql.execute(
            "INSERT INTO idempotency_keys (account_id, principal, method, route, key, digest, leased_until, expires_at)"
            f" VALUES ($1, 'p', 'POST', '/v1/payments', $2, 'd', now(), {expires})",
            _ACCOUNT,
            key,
        )
    assert await house.work("idempotency_keys.prune") == 1
    assert await house.left("idempotency_keys", "key") == {"new", "open"}


async def test_sessions_go_a_month_after_they_expired_with_their_tokens(house: House) -> None:
    await house.sql.execute("SET session_replication_role = replica")  # without the user whose they are
    for name, days in (("old", 31), ("recent", 29), ("live", -1)):
        session = new_id()
        await house.sql.execute(
            "INSERT INTO sessions (account_id, id, person_id, created_at, last_seen_at, expires_at, user_agent)"
            " VALUES ($1, $2, $3, now(), now(), now() - make_interval(days => $4), $5)",
            _ACCOUNT,
            session,
            _USER,
            days,
            name,
        )
        for number in (1, 2):
            await house.sql.execute(
                "INSERT INTO refresh_tokens (token_hash, account_id, session_id, issued_at) VALUES ($1, $2, $3, now())",
                f"{name} {number}".encode(),
                _ACCOUNT,
                session,
            )
    await house.sql.execute("SET session_replication_role = DEFAULT")
    assert await house.work("sessions.prune") == 1
    assert await house.left("sessions", "user_agent") == {"recent", "live"}
    assert await house.left("refresh_tokens", "token_hash") == {b"recent 1", b"recent 2", b"live 1", b"live 2"}


async def test_password_links_go_a_day_after_they_expired(house: House) -> None:
    await house.sql.execute("SET session_replication_role = replica")
    for name, hours in ((b"old", 25), (b"recent", 23), (b"valid", -1)):
        await house.sql.execute(
            "INSERT INTO password_resets (token_hash, person_id, created_at, expires_at)"
            " VALUES ($1, $2, now(), now() - make_interval(hours => $3))",
            name,
            _USER,
            hours,
        )
    await house.sql.execute("SET session_replication_role = DEFAULT")
    assert await house.work("password_resets.prune") == 1
    assert await house.left("password_resets", "token_hash") == {b"recent", b"valid"}


async def test_counters_go_when_their_window_is_over(house: House) -> None:
    await house.shop.parts[RateCounters].count("open", seconds=3600)
    await house.sql.execute(
        "INSERT INTO rate_counters (key, hits, expires_at) SELECT 'over ' || n, 1, now() FROM generate_series(1, 250) n"
    )
    assert await house.work("rate_counters.prune") == 250
    assert await house.left("rate_counters", "key") == {"open"}


async def test_revocations_go_when_no_token_is_so_old(house: House) -> None:
    old, recent = new_id(), new_id()
    for subject, minutes in ((old, 17), (recent, 15)):
        await house.sql.execute(
            "INSERT INTO revocations (subject_id, revoked_at) VALUES ($1, now() - make_interval(mins => $2))",
            subject,
            minutes,
        )
    assert await house.work("revocations.prune") == 1
    assert await house.left("revocations", "subject_id") == {recent}


async def test_jobs_go_a_week_after_their_end_and_held_ones_stay(house: House) -> None:
    jobs = {name: await house.shop.enqueue(NOTE, name) for name in ("done", "recent", "cancelled", "held", "waiting")}
    for name, state, days in (
        ("done", JobState.DONE, 8),
        ("recent", JobState.DONE, 6),
        ("cancelled", JobState.CANCELLED, 8),
        ("held", JobState.HELD, 8),
    ):
        await house.sql.execute(
            "UPDATE jobs SET state = $2, ended_at = now() - make_interval(days => $3) WHERE id = $1",
            jobs[name],
            state.value,
            days,
        )
    assert await house.work("jobs.prune") == 2
    assert await house.left("jobs", "id") == {jobs["recent"], jobs["held"], jobs["waiting"]}


async def test_pruning_goes_on_until_nothing_is_left_some_at_a_time(house: House) -> None:
    """A row that another transaction has locked keeps no other from going."""
    await house.sql.execute(
        "INSERT INTO rate_counters (key, hits, expires_at) SELECT 'over ' || n, 1, now() FROM generate_series(1, 25) n"
    )
    counters, sizes = house.shop.parts[RateCounters], []

    async def remove(limit: int) -> int:
        removed = await counters._remove_some(limit)
        sizes.append(removed)
        return removed

    async with house.sql.transaction():
        await house.sql.execute("SELECT FROM rate_counters WHERE key = 'over 7' FOR UPDATE")
        assert await prune(counters.db, remove, at_once=10) == 24
    assert sizes == [10, 10, 4]
    assert await house.left("rate_counters", "key") == {"over 7"}
