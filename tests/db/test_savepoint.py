"""A part of a transaction that may fail alone."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from billing_api.db.errors import RefusedByDatabaseError
from billing_api.db.transactions import NoTransactionError
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services


def naming(
    services: Services, account_id: UUID, name: str, *, then: Exception | None = None
) -> Callable[[], Awaitable[None]]:
    """Work that renames the account, and may fail after it."""

    async def rename() -> None:
        await services.database.connection.execute("UPDATE accounts SET name = $1 WHERE id = $2", name, account_id)
        if then is not None:
            raise then

    return rename


async def name_of(sql: Sql, account_id: UUID) -> object:
    return await sql.fetchval("SELECT name FROM accounts WHERE id = $1", account_id)


async def test_a_failed_part_is_undone_and_the_rest_is_committed(
    services: Services, sql: Sql, account_id: UUID
) -> None:
    async def work() -> None:
        await naming(services, account_id, "kept")()
        with pytest.raises(LookupError):
            await services.database.savepoint(naming(services, account_id, "undone", then=LookupError()))

    await services.database.run(work)
    assert await name_of(sql, account_id) == "kept"


async def test_a_part_that_succeeds_is_committed_with_the_rest(services: Services, sql: Sql, account_id: UUID) -> None:
    await services.database.run(lambda: services.database.savepoint(naming(services, account_id, "kept")))
    assert await name_of(sql, account_id) == "kept"


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        ("UPDATE accounts SET net_days = -1 WHERE id = $1", "ck_accounts_net_days"),
        ("UPDATE accounts SET credit_limit = 9223372036854775807 + net_days WHERE id = $1", "out of range"),
        ("UPDATE accounts SET name = NULL WHERE id = $1", "can't be stored|refuses"),
    ],
)
async def test_a_refused_part_leaves_the_transaction_whole(
    services: Services, sql: Sql, account_id: UUID, refused: str, reason: str
) -> None:
    async def fail() -> None:
        await services.database.connection.execute(refused, account_id)

    async def work() -> None:
        with pytest.raises(RefusedByDatabaseError, match=reason):
            await services.database.savepoint(fail)
        await naming(services, account_id, "after")()

    await services.database.run(work)
    assert await name_of(sql, account_id) == "after"


async def test_a_conflict_repeats_the_whole_transaction(services: Services, sql: Sql, account_id: UUID) -> None:
    """A deadlock or serialization failure is no refusal: the runner's own repetition takes it."""
    tries = 0

    async def conflict_at_first() -> None:
        nonlocal tries
        tries += 1
        await naming(services, account_id, f"try {tries}")()
        if tries == 1:
            await services.database.connection.execute(
                "DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = 'serialization_failure'; END $$"
            )

    await services.database.run(lambda: services.database.savepoint(conflict_at_first))
    assert (tries, await name_of(sql, account_id)) == (2, "try 2")


async def test_outside_a_transaction_there_is_none(services: Services, account_id: UUID) -> None:
    with pytest.raises(NoTransactionError):
        await services.database.savepoint(naming(services, account_id, "never"))
