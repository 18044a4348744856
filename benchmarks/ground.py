"""The ground that is measured on: a PostgreSQL server of its own with a small and a large database."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncpg

from benchmarks.data import Size, fill
from benchmarks.scenarios import Scenario
from billing_api.auth.caller import Caller
from billing_api.auth.tokens import AccessTokens, KeyRing, new_keys
from billing_api.db.migrate import upgrade
from billing_api.dev.postgres import EmbeddedPostgres
from billing_api.kit.clock import Clock

_CALLERS = 200  # who take turns in a load
_ISSUER, _AUDIENCE = "https://billing.example", "benchmarks"
_LIFETIME = timedelta(minutes=15)
_POSTGRES = {
    # The software is measured, not this machine's disk.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "300",
    "shared_buffers": "512MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "8GB",
}


@dataclass(frozen=True, slots=True)
class Ground:
    """A filled database, and tokens for its people: signed with keys that the service is given, so nobody signs in."""

    dsn: str
    size: Size
    settings: Mapping[str, str]  # of a service that is to run on it
    callers: Mapping[str, Caller]  # by their Authorization header
    biggest: str  # the header of the account with the most invoices

    def requests(self, scenario: Scenario) -> list[bytes]:
        """The scenario's request, from every caller once."""
        return [scenario.request(header) for header in self.callers]


@contextmanager
def grounds(folder: Path, *sizes: Size) -> Iterator[list[Ground]]:
    """One database of each size, filled; the server is stopped at the end, and what it wrote is in `folder`."""
    with EmbeddedPostgres(folder / "postgres", settings=_POSTGRES) as postgres:
        yield [_ground(postgres, f"bench_{index}", size) for index, size in enumerate(sizes)]


def _ground(server: EmbeddedPostgres, database: str, size: Size) -> Ground:
    asyncio.run(_create(server.dsn(), database))
    dsn = server.dsn(database)
    upgrade(dsn)
    filled = asyncio.run(fill(dsn, size))
    keys = new_keys()
    tokens = AccessTokens(KeyRing(keys), Clock(), issuer=_ISSUER, audience=_AUDIENCE, lifetime=_LIFETIME)

    def header(caller: Caller) -> str:
        return f"Bearer {tokens.issue(caller)}"

    return Ground(
        dsn=dsn,
        size=size,
        settings={
            "DATABASE_URL": dsn,
            "SIGNING_KEYS": keys,
            "TOKEN_ISSUER": _ISSUER,
            "TOKEN_AUDIENCE": _AUDIENCE,
        },
        callers={header(caller): caller for caller in filled.others[:_CALLERS]},
        biggest=header(filled.biggest),
    )


async def _create(dsn: str, database: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(f"CREATE DATABASE {database}")
    finally:
        await connection.close()
