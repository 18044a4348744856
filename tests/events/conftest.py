"""Events on a database of the test's own, by transactions that the test commits when it wants."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from billing_api.kit.ids import new_id
from tests.fixtures.queries import Sql
from tests.fixtures.shop import Shop

_ACCOUNT = """
    INSERT INTO accounts (id, name, status, currency, net_days, discount_basis_points, discount_days,
                          discount_includes_tax, created_at, updated_at, version)
    VALUES ($1, 'Customer', 'active', 'USD', 30, 0, 0, false, now(), now(), 1)
"""
_EVENT = """
    INSERT INTO outbox_events (account_id, id, kind, subject_id, occurred_at, data) VALUES ($1, $2, $3, $1, now(), $4)
"""


@dataclass(frozen=True)
class Outside:
    """The database, as the test sees it past the service."""

    url: str
    sql: Sql
    account_id: UUID

    async def write(self, connection: "Sql | None" = None, *, kind: str = "test.happened", data: str = "{}") -> UUID:
        """Write an event; in the connection's transaction where it has one."""
        event_id = new_id()
        await (connection or self.sql).execute(_EVENT, self.account_id, event_id, kind, data)
        return event_id

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Sql]:
        """Another connection, for a transaction of its own."""
        connection = await asyncpg.connect(self.url)
        yield connection
        await connection.close()

    async def numbers(self) -> dict[UUID, int | None]:
        """The numbers of all events by id, in the order of the ids."""
        rows = await self.sql.fetch("SELECT id, number FROM outbox_events ORDER BY id")
        return {row["id"]: row["number"] for row in rows}

    async def told(self) -> list[str]:
        """The names of the jobs that the consumer has enqueued."""
        rows = await self.sql.fetch(
            "SELECT payload->>'name' AS name FROM jobs WHERE payload->>'name' LIKE 'event-%' ORDER BY id"
        )
        return [row["name"] for row in rows]

    async def execute(self, statement: str, *values: Any) -> None:
        """Run a statement."""
        await self.sql.execute(statement, *values)


@pytest.fixture
async def outside(shop: Shop) -> AsyncIterator[Outside]:
    """The shop's database, with an account."""
    sql = await asyncpg.connect(shop.url)
    account_id = new_id()
    await sql.execute(_ACCOUNT, account_id)
    yield Outside(shop.url, sql, account_id)
    await sql.close()
