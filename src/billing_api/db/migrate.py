"""Run the migrations from inside the program."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from billing_api.db.address import Connection, DatabaseAddress
from billing_api.db.grants import grant_rows
from billing_api.db.revisions import MigrationError, migrations_folder

_LOCK = 0x62696C6C696E67  # "billing": the advisory lock of the process that migrates a billing database
_POLL_SECONDS = 0.1


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    return config


def upgrade(database_url: str, *, app_role: str = "") -> None:
    """Bring the schema to the newest revision, and grant its rows to the role that serves, unless that is the owner.

    It runs event loops of its own: do not call it inside one. Raise MigrationError, AppRoleError.
    """
    config = _config()
    config.attributes["url"] = database_url
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise MigrationError(str(error)) from error
    if app_role:
        asyncio.run(_grant(DatabaseAddress.parse(database_url), app_role))


async def _grant(address: DatabaseAddress, app_role: str) -> None:
    async with one_at_a_time(address), closing_at_the_end(await address.connect()) as connection:
        await grant_rows(connection, app_role)


def engine_of(address: DatabaseAddress) -> AsyncEngine:
    """Return SQLAlchemy's engine on this address: alembic works with no other connection."""
    # A statement without a name needs no place on the server beyond its transaction.
    unnamed = {"prepared_statement_cache_size": 0, "prepared_statement_name_func": str}
    statements = {} if address.keeps_statements else unnamed

    def adapted() -> Any:
        return engine.dialect.loaded_dbapi.connect(async_creator_fn=address.connect, **statements)

    engine = create_async_engine("postgresql+asyncpg://", creator=adapted)
    return engine


@asynccontextmanager
async def one_at_a_time(address: DatabaseAddress) -> AsyncIterator[None]:
    """Wait until no other program migrates this database, and hold others off until the block ends.

    The lock belongs to a transaction of its own, since each migration has one or several. Each try is a transaction,
    too: CREATE INDEX CONCURRENTLY waits until every transaction that has a snapshot has ended.
    """
    async with closing_at_the_end(await address.connect()) as connection:
        while not await _begin_with_lock(connection):  # noqa: ASYNC110 - the wait is for another program
            await asyncio.sleep(_POLL_SECONDS)
        yield


async def _begin_with_lock(connection: Connection) -> bool:
    """Begin a transaction that has the lock, or none."""
    transaction = connection.transaction()
    await transaction.start()
    if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
        await transaction.rollback()
        return False
    # The statement above has its snapshot until the next one is sent.
    await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    return True


@asynccontextmanager
async def closing_at_the_end(connection: Connection) -> AsyncIterator[Connection]:
    """Close the connection when the block ends."""
    try:
        yield connection
    finally:
        await connection.close()
