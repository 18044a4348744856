"""The writes of the limit: the statements that the service's rules take, one after the other in a transaction.

Nothing is locked or read twice, and no balance is updated twice in one transaction.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from benchmarks.limit.bodies import Address
from billing_api.kit.ids import new_id

if TYPE_CHECKING:  # generic for the type checker alone
    from asyncpg.pool import PoolConnectionProxy

    Connection = PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]

_MOST_ADDRESSES = 250
_LOCK = "SELECT id, status, currency FROM accounts WHERE id = $1 FOR NO KEY UPDATE"
_COUNT = "SELECT count(*) FROM addresses WHERE account_id = $1"
_ADD_ADDRESS = """
INSERT INTO addresses (account_id, version, id, label, recipient, line1, line2, city, region, postal_code, country,
                       phone, phone_extension, default_billing, default_shipping, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
"""
_AUDIT = """
INSERT INTO audit_log (account_id, id, occurred_at, actor_kind, actor_id, action, subject_id, request_id, ip, detail)
VALUES ($1, $2, $3, 'user', $4, $5, $6, $7, '127.0.0.1', $8)
"""


@dataclass(frozen=True, slots=True)
class Actor:
    """The user who sends a request, and the user's account."""

    account_id: UUID
    user_id: UUID


async def lock_account(connection: "Connection", account_id: UUID) -> None:
    """Take the account's lock until the transaction ends."""
    await connection.fetchrow(_LOCK, account_id)


async def audit(
    connection: "Connection", actor: Actor, action: str, subject_id: UUID, now: datetime, /, **detail: object
) -> None:
    """Note a change in the audit log."""
    await connection.execute(
        _AUDIT,
        actor.account_id,
        new_id(),
        now,
        str(actor.user_id),
        action,
        subject_id,
        str(new_id()),
        json.dumps(detail),
    )


async def add_address(pool: "Pool", actor: Actor, address: Address) -> None:
    """Lock, count, insert, audit. Raise ValueError when the book is full."""
    async with pool.acquire() as connection, connection.transaction():
        await lock_account(connection, actor.account_id)
        if await connection.fetchval(_COUNT, actor.account_id) >= _MOST_ADDRESSES:
            raise ValueError("the address book is full")
        values = [getattr(address, name) for name in Address.__struct_fields__]
        await connection.execute(_ADD_ADDRESS, actor.account_id, *values)
        await audit(connection, actor, "address.created", address.id, address.created_at)
