"""Connections are asked whether they live when they have rested, and only then."""

import pytest

from billing_api.db import liveness
from tests.db.conftest import DatabaseAt
from tests.db.test_database import Shelf
from tests.db.wire import Wire
from tests.fixtures.queries import Sql


async def is_asked(wire: Wire, shelf: Shelf) -> bool:
    """Whether a question stands before the second transaction on a connection: it ends in a ROLLBACK."""
    await shelf.put("right", 1)
    wire.sent.clear()
    await shelf.put("right", 1)
    return any(b"ROLLBACK" in sent for sent in wire.sent)


async def test_connection_in_use_is_believed(wire: Wire, shelf: Sql, database_at: DatabaseAt) -> None:
    """It was used a moment ago."""
    assert not await is_asked(wire, Shelf(database_at(wire.url, pool_size=1)))


async def test_rested_connection_is_asked(
    wire: Wire, shelf: Sql, database_at: DatabaseAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before its next transaction."""
    monkeypatch.setattr(liveness, "REST_SECONDS", 0)
    assert await is_asked(wire, Shelf(database_at(wire.url, pool_size=1)))
