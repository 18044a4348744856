"""The release before revision 0066 knows users as `people`: it goes on beside this one, through views."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from alembic import command

from billing_api.kit.ids import new_id
from tests.db.migrating import run_alembic
from tests.fixtures.queries import Sql

pytestmark = pytest.mark.slow

_NOW = datetime(2026, 11, 27, tzinfo=UTC)
_ACCOUNT, _PAT, _ROBIN = new_id(), new_id(), new_id()
_ADD_ACCOUNT = """
    INSERT INTO accounts (id, name, status, currency, net_days, discount_basis_points, discount_days,
                          discount_includes_tax, created_at, updated_at, version)
    VALUES ($1, 'Old Customer', 'active', 'USD', 30, 0, 0, false, now(), now(), 1)
"""

# As that release sends them: all of its statements that name one of the two tables.
_ADD = """
    INSERT INTO people (id, name, password_hash, password_is_long, password_changed_at, password_device_id, disabled_at,
                        created_at, version)
    VALUES ($1::UUID, $2::VARCHAR, $3::VARCHAR, $4::BOOLEAN, $5::TIMESTAMP WITH TIME ZONE, $6::UUID,
            $7::TIMESTAMP WITH TIME ZONE, $8::TIMESTAMP WITH TIME ZONE, $9::BIGINT)
"""
_ADD_EMAIL = """
    INSERT INTO login_identities (email, person_id, verified_at)
    VALUES ($1::VARCHAR, $2::UUID, $3::TIMESTAMP WITH TIME ZONE) ON CONFLICT DO NOTHING
"""
_ADD_MEMBERSHIP = """
    INSERT INTO memberships (account_id, person_id, role, created_at, last_entered_at, ended_at, version)
    VALUES ($1::UUID, $2::UUID, $3::VARCHAR, $4::TIMESTAMP WITH TIME ZONE, $5::TIMESTAMP WITH TIME ZONE,
            $6::TIMESTAMP WITH TIME ZONE, $7::BIGINT) ON CONFLICT DO NOTHING
"""
_EMAIL = """
    (SELECT shown.email FROM login_identities AS shown WHERE shown.person_id = people.id
    ORDER BY shown.verified_at NULLS LAST, shown.email LIMIT 1) AS email
"""
_READS = {
    f"""
    SELECT people.id AS user_id, people.name, {_EMAIL}, people.password_hash,
           people.disabled_at IS NOT NULL AS is_disabled, people.version, people.password_device_id
    FROM people JOIN login_identities ON login_identities.person_id = people.id
    WHERE login_identities.email = $1::VARCHAR
    """: ("pat@example.com",),
    f"""
    SELECT memberships.person_id, people.name, {_EMAIL}, memberships.role
    FROM memberships JOIN people ON people.id = memberships.person_id
    WHERE memberships.account_id = $1::UUID AND memberships.person_id = $2::UUID AND memberships.ended_at IS NULL
      AND people.disabled_at IS NULL
    """: (_ACCOUNT, _PAT),
    """
    SELECT people.password_hash, people.version, people.disabled_at IS NOT NULL AS is_disabled, people.name,
           array((SELECT login_identities.email FROM login_identities WHERE login_identities.person_id = people.id
                  ORDER BY login_identities.email)) AS emails,
           array((SELECT memberships.account_id FROM memberships
                  WHERE memberships.person_id = people.id AND memberships.ended_at IS NULL)) AS account_ids
    FROM people WHERE people.id = $1::UUID
    """: (_PAT,),
    """
    SELECT people.id AS user_id, people.name, login_identities.email, memberships.role, people.disabled_at,
           memberships.last_entered_at
    FROM memberships JOIN people ON people.id = memberships.person_id
    JOIN login_identities ON login_identities.person_id = people.id
    WHERE memberships.account_id = $1::UUID AND memberships.ended_at IS NULL
    ORDER BY memberships.created_at, login_identities.email
    """: (_ACCOUNT,),
    """
    SELECT login_identities.email FROM login_identities WHERE login_identities.person_id = $1::UUID
    ORDER BY login_identities.email
    """: (_PAT,),
}
_LOCK = """
    SELECT people.id, people.password_hash, people.disabled_at IS NOT NULL AS is_disabled, people.version
    FROM people WHERE people.id = $1::UUID FOR NO KEY UPDATE
"""
_LOCK_BY_EMAIL = """
    SELECT people.id, people.password_hash, people.disabled_at IS NOT NULL AS is_disabled, people.version
    FROM people JOIN login_identities ON login_identities.person_id = people.id
    WHERE login_identities.email = $1::VARCHAR FOR NO KEY UPDATE OF people
"""
_CHANGES = {
    "UPDATE people SET password_hash=$1::VARCHAR WHERE people.id = $2::UUID": ("rehashed", _PAT),
    """
    UPDATE people SET password_hash=$1::VARCHAR, password_is_long=$2::BOOLEAN,
        password_changed_at=$3::TIMESTAMP WITH TIME ZONE, password_device_id=$4::UUID,
        version=(people.version + $5::BIGINT) WHERE people.id = $6::UUID
    """: ("another", True, _NOW, None, 1, _PAT),
    """
    UPDATE people SET disabled_at=$1::TIMESTAMP WITH TIME ZONE, version=(people.version + $2::BIGINT)
    WHERE people.id = $3::UUID
    """: (_NOW, 1, _PAT),
}


@pytest.fixture
async def before(empty_url: str) -> AsyncIterator[Sql]:
    """A connection of the release before, whose database is migrated while it is open."""
    await run_alembic(command.upgrade, empty_url, "0065")
    connection = await asyncpg.connect(empty_url)
    await connection.execute(_ADD_ACCOUNT, _ACCOUNT)
    await _add(connection, _PAT, "pat@example.com")
    yield connection
    await connection.close()


async def _add(sql: Sql, user_id: UUID, email: str) -> None:
    await sql.execute(_ADD, user_id, email, "hash", True, None, None, None, _NOW, 1)
    assert await sql.execute(_ADD_EMAIL, email, user_id, None) == "INSERT 0 1"
    assert await sql.execute(_ADD_EMAIL, email, user_id, None) == "INSERT 0 0"  # the address is taken
    await sql.execute(_ADD_MEMBERSHIP, _ACCOUNT, user_id, "owner", _NOW, None, None, 1)


async def test_its_statements_go_on_while_and_after_the_database_is_migrated(before: Sql, empty_url: str) -> None:
    """Statements that its connections prepared before, and new ones."""
    changes = {await before.prepare(query): values for query, values in _CHANGES.items()}
    reads = {await before.prepare(query): values for query, values in _READS.items()}
    found = [await read.fetch(*values) for read, values in reads.items()]  # ends what a `prepare` begins
    assert all(found)
    await run_alembic(command.upgrade, empty_url, "head")

    assert [await read.fetch(*values) for read, values in reads.items()] == found
    for change, its_values in changes.items():
        await change.fetch(*its_values)
        assert change.get_statusmsg() == "UPDATE 1"
    await _add(before, _ROBIN, "robin@example.com")

    written = "SELECT name, password_hash, disabled_at, version FROM users ORDER BY created_at, name"
    assert [tuple(row) for row in await before.fetch(written)] == [
        ("pat@example.com", "another", _NOW, 3),
        ("robin@example.com", "hash", None, 1),
    ]
    emails = await before.fetch("SELECT email, user_id FROM user_emails ORDER BY email")
    assert [tuple(row) for row in emails] == [("pat@example.com", _PAT), ("robin@example.com", _ROBIN)]


@pytest.mark.parametrize(("lock", "value"), [(_LOCK, _PAT), (_LOCK_BY_EMAIL, "pat@example.com")])
async def test_both_releases_wait_for_the_same_lock(before: Sql, empty_url: str, lock: str, value: Any) -> None:
    await run_alembic(command.upgrade, empty_url, "head")
    after = await asyncpg.connect(empty_url)
    try:
        async with before.transaction():
            assert [row["id"] for row in await before.fetch(lock, value)] == [_PAT]
            await after.execute(_ADD_MEMBERSHIP, _ACCOUNT, _PAT, "payer", _NOW, None, None, 1)  # refers to the user
            with pytest.raises(asyncpg.LockNotAvailableError):
                await after.fetch("SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE NOWAIT", _PAT)
    finally:
        await after.close()


async def test_foreign_keys_and_keys_hold_through_the_views(before: Sql, empty_url: str) -> None:
    await run_alembic(command.upgrade, empty_url, "head")
    with pytest.raises(asyncpg.UniqueViolationError, match="pk_users"):
        await before.execute(_ADD, _PAT, "Pat", "hash", True, None, None, None, _NOW, 1)
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="fk_user_emails_user_id"):
        await before.execute(_ADD_EMAIL, "nobody@example.com", new_id(), None)


async def test_down_again_every_user_is_there(before: Sql, empty_url: str) -> None:
    await run_alembic(command.upgrade, empty_url, "head")
    await _add(before, _ROBIN, "robin@example.com")
    await run_alembic(command.downgrade, empty_url, "0065")
    assert await before.fetchval("SELECT count(*) FROM people JOIN login_identities ON person_id = id") == 2
