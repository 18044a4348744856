"""Waiting for one account's lock leaves connections for everybody else."""

import asyncio

import pytest

from billing_api.accounts.errors import AccountNotFoundError
from billing_api.accounts.repository import AccountRepository
from billing_api.accounts.service import Accounts
from billing_api.audit.service import AuditLog
from billing_api.config import Settings
from billing_api.db.database import Database
from billing_api.errors import UnavailableError
from billing_api.events.service import Outbox
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id
from tests.db.conftest import DatabaseAt
from tests.factories.users import make_account
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.waiting import looks

_WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FROM accounts%'
"""


def accounts_on(database: Database) -> Accounts:
    """The accounts of a process of its own."""
    clock = Clock()
    return Accounts(database, AccountRepository(database), AuditLog(database, clock), Outbox(database, clock), clock)


async def test_sixteen_for_one_account_leave_connections_for_another(
    services: Services, settings: Settings, sql: Sql, database_at: DatabaseAt
) -> None:
    busy, other = await make_account(services), await make_account(services)
    database = await database_at(settings.database_url, pool_size=4)
    accounts = accounts_on(database)
    reached = 0

    async def lock() -> None:
        nonlocal reached
        await accounts.lock(busy)
        reached += 1

    async with sql.transaction():
        await sql.execute("SELECT FROM accounts WHERE id = $1 FOR UPDATE", busy)
        waiting = [asyncio.create_task(database.run(lock)) for _ in range(16)]
        for _ in looks("two wait in PostgreSQL"):
            await sql.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees the same activity to its end
            if await sql.fetchval(_WAITING) == database.connections_in_use == 2:  # the others wait without one
                break
        await database.run(lambda: accounts.lock(other))
        assert reached == 0
    await asyncio.gather(*waiting)
    assert reached == 16


async def test_a_turn_that_does_not_come_is_unavailability(
    services: Services, settings: Settings, sql: Sql, database_at: DatabaseAt
) -> None:
    """Both the wait in PostgreSQL and the wait before it have an end."""
    busy = await make_account(services)
    database = await database_at(settings.database_url, pool_size=4, lock_seconds=0.2)
    accounts = accounts_on(database)
    async with sql.transaction():
        await sql.execute("SELECT FROM accounts WHERE id = $1 FOR UPDATE", busy)
        attempts = [database.run(lambda: accounts.lock(busy)) for _ in range(5)]
        outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert [type(outcome).__mro__[1] for outcome in outcomes] == [UnavailableError] * 5
    await database.run(lambda: accounts.lock(busy))


async def test_turns_are_given_back_whatever_happens(
    services: Services, settings: Settings, database_at: DatabaseAt
) -> None:
    database = await database_at(settings.database_url, pool_size=2)
    accounts = accounts_on(database)
    missing = new_id()
    for _ in range(3):
        with pytest.raises(AccountNotFoundError):
            await database.run(lambda: accounts.lock(missing))
    assert not database._turns._lines
