"""Alembic's environment: one synchronous run on an asyncpg connection."""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection, event

from billing_api.db.address import DatabaseAddress
from billing_api.db.migrate import engine_of, one_at_a_time
from billing_api.tables import METADATA


def _migrate(connection: Connection) -> None:
    # A migration that can't get its lock gives up instead of stopping the service behind it. Each has a transaction of
    # its own, and SET LOCAL ends with one.
    event.listen(connection, "begin", lambda begun: begun.exec_driver_sql("SET LOCAL lock_timeout = '5s'"))
    context.configure(connection=connection, target_metadata=METADATA, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def _run() -> None:
    url = context.config.attributes.get("url") or os.environ["DATABASE_URL"]
    address = DatabaseAddress.parse(url)
    engine = engine_of(address)
    try:
        async with one_at_a_time(address), engine.connect() as connection:
            await connection.run_sync(_migrate)
    finally:
        await engine.dispose()


asyncio.run(_run())
