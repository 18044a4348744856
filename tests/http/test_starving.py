"""Requests that wait for one account leave connections for everybody else."""

import asyncio
from uuid import uuid4

import pytest

from tests.factories.addresses import new_address
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.fixtures.waiting import PATIENCE_SECONDS, looks

_MANY = 40  # more than the pool has connections
_WAITERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def request(portal: Portal, which: str, key: str) -> int:
    """One of the requests that lock something of the account."""
    if which == "profile":
        change = {"contact_name": str(uuid4())}
        return (await portal.patch("/v1/profile", json=change, headers={"If-Match": "*"})).status_code
    return (await portal.post("/v1/addresses", json=new_address(), headers={"Idempotency-Key": key})).status_code


@pytest.mark.parametrize(
    ("which", "locked", "statuses"),
    [
        pytest.param("address", "accounts WHERE id", {201}, id="one key again and again"),
        pytest.param("profile", "profiles WHERE account_id", {200}, id="the profile during an import"),
    ],
)
async def test_another_account_is_served(
    services: Services,
    portal: Portal,
    stranger: Portal,
    sql: Sql,
    monkeypatch: pytest.MonkeyPatch,
    which: str,
    locked: str,
    statuses: set[int],
) -> None:
    key = str(uuid4())
    monkeypatch.setattr(services.database._turns, "_timeout", PATIENCE_SECONDS)  # the last one waits for all others
    async with sql.transaction():
        await sql.execute(f"SELECT FROM {locked} = $1 FOR UPDATE", portal.account_id)
        waiting = [asyncio.create_task(request(portal, which, key)) for _ in range(_MANY)]
        for _ in looks("two wait with a connection, and the others without"):
            assert (await stranger.get("/v1/addresses")).status_code == 200
            if await sql.fetchval(_WAITERS) == 2 and services.database.connections_in_use <= 3:
                break
        assert not any(one.done() for one in waiting)
    assert {await one for one in waiting} == statuses
