"""The ground that is measured on: a PostgreSQL server of its own, with a small and a large database."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import asyncpg

from benchmarks.data import Owner, Size, fill
from benchmarks.scenarios import Customer
from billing_api.auth.keys import KeyRing, new_keys
from billing_api.auth.tokens import AccessTokens
from billing_api.db.migrate import upgrade
from billing_api.dev.postgres import EmbeddedPostgres
from billing_api.kit.clock import Clock

_CUSTOMERS = 200
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
    """A filled database, and the owners of its accounts, that of the biggest first."""

    dsn: str
    size: Size
    settings: Mapping[str, str]  # of a service that is to run on it: it is given the keys that sign the tokens
    owners: Sequence[Owner]
    tokens: AccessTokens

    def biggest(self) -> Customer:
        """Return the customer with the most invoices, with a new access token."""
        return self._customer(self.owners[0])

    def customers(self) -> list[Customer]:
        """Return the customers who take turns in a load, with new access tokens: those last fifteen minutes."""
        return [self._customer(owner) for owner in self.owners[1 : _CUSTOMERS + 1]]

    def customers_of_limit(self) -> list[Customer]:
        """Return the same customers, with the headers by which the limit knows them."""
        return [replace(customer, header=f"Bearer {customer.account_id}") for customer in self.customers()]

    def _customer(self, owner: Owner) -> Customer:
        caller = owner.caller
        header = f"Bearer {self.tokens.issue(caller)}"
        return Customer(caller.account_id, caller.user_id, header, owner.invoice_id)


@contextmanager
def grounds(folder: Path, *sizes: Size) -> Iterator[list[Ground]]:
    """Fill one database of each size; the server writes to `folder`, and is stopped at the end."""
    with EmbeddedPostgres(folder / "postgres", settings=_POSTGRES) as postgres:
        yield [_ground(postgres, f"bench_{index}", size) for index, size in enumerate(sizes)]


def _ground(server: EmbeddedPostgres, database: str, size: Size) -> Ground:
    asyncio.run(_create(server.dsn(), database))
    dsn = server.dsn(database)
    upgrade(dsn)
    owners = asyncio.run(fill(dsn, size))
    keys = new_keys()
    settings = {"DATABASE_URL": dsn, "SIGNING_KEYS": keys, "TOKEN_ISSUER": _ISSUER, "TOKEN_AUDIENCE": _AUDIENCE}
    tokens = AccessTokens(KeyRing(keys), Clock(), issuer=_ISSUER, audience=_AUDIENCE, lifetime=_LIFETIME)
    return Ground(dsn, size, settings, owners, tokens)


async def _create(dsn: str, database: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(f"CREATE DATABASE {database}")
    finally:
        await connection.close()
