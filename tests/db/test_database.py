"""Transactions: begun, committed, repeated and refused."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from pathlib import Path

import asyncpg
import pytest

from billing_api.db.address import Connection
from billing_api.db.database import Database, in_transaction
from billing_api.db.errors import OutcomeUnknownError
from billing_api.db.transactions import NoTransactionError, OpenTransactionError, transaction_is_open
from billing_api.errors import UnavailableError
from tests.db.conftest import DatabaseAt
from tests.db.wire import Wire
from tests.fixtures.queries import Sql

_READ = "SELECT items FROM shelf WHERE name = $1"
_ADD = "UPDATE shelf SET items = items + $2 WHERE name = $1"
_SET = "UPDATE shelf SET items = $2 WHERE name = $1"


async def items(shelf: Sql, name: str) -> int:
    """Return the committed number of items."""
    found: int = await shelf.fetchval("SELECT items FROM shelf WHERE name = $1", name)
    return found


async def my_backend(database: Database) -> int:
    """The process that serves the open transaction."""
    found: int = await database.connection.fetchval("SELECT pg_backend_pid()")
    return found


class Shelf:
    """A service as every feature has one."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.attempts = 0

    @in_transaction
    async def put(self, name: str, more: int, *, then: Callable[[], Awaitable[object]] | None = None) -> int:
        """Put more on the shelf, do something else, and response how much is there."""
        self.attempts += 1
        await self.db.connection.execute(_ADD, name, more)
        if then is not None:
            await then()
        found: int = await self.db.connection.fetchval(_READ, name)
        return found


class TestOneTransaction:
    """Its begin and its end."""

    async def test_commits_what_the_method_did(self, database: Database, shelf: Sql) -> None:
        """The response is the method's own."""
        assert await Shelf(database).put("left", 4) == 5
        assert await items(shelf, "left") == 5
        assert not transaction_is_open()

    async def test_error_undoes_everything(self, database: Database, shelf: Sql) -> None:
        """Nothing is half-written, and the error arrives as it was."""

        async def fail() -> None:
            raise LookupError("no")

        service = Shelf(database)
        with pytest.raises(LookupError, match="no"):
            await service.put("left", 4, then=fail)
        assert await items(shelf, "left") == 1
        assert service.attempts == 1
        assert not transaction_is_open()

    async def test_cancelling_undoes_everything(self, scratch_url: str, shelf: Sql, database_at: DatabaseAt) -> None:
        """A client that hangs up leaves no lock behind, and the connection can be used again."""
        reached, never = asyncio.Event(), asyncio.Event()

        async def wait() -> None:
            reached.set()
            await never.wait()

        database = await database_at(scratch_url, pool_size=1)
        service = Shelf(database)
        task = asyncio.create_task(service.put("left", 4, then=wait))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await service.put("left", 1) == 2

    async def test_a_stopped_process_holds_no_lock_for_long(
        self, scratch_url: str, shelf: Sql, database_at: DatabaseAt
    ) -> None:
        """The server ends its idle transaction, another one gets the lock, and the first is repeated as a whole."""

        async def stop_once() -> None:
            if service.attempts == 1:  # waits for the row's lock, which no statement of the service will give back
                await shelf.execute("UPDATE shelf SET items = items + 10 WHERE name = 'left'")

        service = Shelf(await database_at(scratch_url, idle_seconds=1))
        assert await service.put("left", 4, then=stop_once) == 15
        assert (service.attempts, await items(shelf, "left")) == (2, 15)

    async def test_connection_is_known_inside_only(self, database: Database, shelf: Sql) -> None:
        """Outside there is none, and one that was kept is released."""
        kept: list[Connection] = []

        async def keep() -> None:
            assert transaction_is_open()
            kept.append(database.connection)

        await database.run(keep)
        with pytest.raises(NoTransactionError):
            _ = database.connection
        with pytest.raises(asyncpg.InterfaceError, match="released back to the pool"):
            await kept[0].execute("SELECT 1")

    async def test_does_not_nest(self, database: Database, shelf: Sql) -> None:
        """An entry method that is called inside another is a fault of the program, and fails at once."""
        service = Shelf(database)
        with pytest.raises(OpenTransactionError):
            await service.put("left", 1, then=lambda: service.put("right", 1))
        assert (await items(shelf, "left"), await items(shelf, "right")) == (1, 2)

    async def test_others_at_the_same_time_have_their_own(self, database: Database, shelf: Sql) -> None:
        """The open transaction belongs to the task, not to the process."""
        service = Shelf(database)
        await asyncio.gather(*(service.put("left", 1) for _ in range(12)))
        assert await items(shelf, "left") == 13


class TestRepeating:
    """A transaction that the database refuses for now is repeated as a whole."""

    async def test_serialization_failure(self, database: Database, shelf: Sql) -> None:
        """Of two transactions that read and write one row, one gets 40001 and is repeated on the other's result."""
        both_have_read = asyncio.Barrier(2)
        attempts = 0

        async def read_then_write() -> None:
            nonlocal attempts
            attempts += 1
            await database.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            found = await database.connection.fetchval(_READ, "left")
            if attempts <= 2:
                await both_have_read.wait()
            await database.connection.execute(_SET, "left", found + 10)

        await asyncio.gather(database.run(read_then_write), database.run(read_then_write))
        assert await items(shelf, "left") == 21
        assert attempts == 3

    async def test_deadlock(self, database: Database, shelf: Sql) -> None:
        """Two that lock the same rows in opposite order both get through."""
        both_have_one = asyncio.Barrier(2)
        attempts = 0

        async def lock_both(first: str, second: str) -> None:
            nonlocal attempts
            attempts += 1
            await database.connection.execute(_ADD, first, 1)
            if attempts <= 2:
                await both_have_one.wait()
            await database.connection.execute(_ADD, second, 1)

        await asyncio.gather(
            database.run(lambda: lock_both("left", "right")), database.run(lambda: lock_both("right", "left"))
        )
        assert (await items(shelf, "left"), await items(shelf, "right")) == (3, 4)
        assert attempts == 3

    async def test_connection_lost_while_working(self, database: Database, shelf: Sql) -> None:
        """Nothing was committed, so all of it is done once more."""
        service = Shelf(database)

        async def lose_the_first() -> None:
            if service.attempts == 1:
                await shelf.execute("SELECT pg_terminate_backend($1)", await my_backend(database))

        assert await service.put("left", 1, then=lose_the_first) == 2
        assert service.attempts == 2
        assert await items(shelf, "left") == 2

    async def test_connections_lost_while_idle(self, database: Database, shelf: Sql) -> None:
        """No caller notices: the driver has seen them close, or the first statement does."""
        service = Shelf(database)
        await asyncio.gather(*(service.put("left", 1) for _ in range(4)))
        await _terminate_others(shelf)
        assert await service.put("left", 1) == 6

    async def test_gives_up(self, database: Database, shelf: Sql) -> None:
        """A database that goes away each time is reported as unavailable."""
        service = Shelf(database)

        async def lose() -> None:
            await shelf.execute("SELECT pg_terminate_backend($1)", await my_backend(database))

        with pytest.raises(UnavailableError):
            await service.put("left", 1, then=lose)
        assert service.attempts == 5
        assert await items(shelf, "left") == 1

    @pytest.mark.parametrize(
        ("statement", "error"),
        [
            ("INSERT INTO shelf VALUES ('left', 1)", asyncpg.IntegrityConstraintViolationError),
            ("SELECT nothing FROM nowhere", asyncpg.SyntaxOrAccessError),
            ("SELECT 1 / 0", asyncpg.DataError),
        ],
    )
    async def test_faults_are_not_repeated(
        self, database: Database, shelf: Sql, statement: str, error: type[Exception]
    ) -> None:
        """An error that would come each time is raised once, and is not unavailability."""
        attempts = 0

        async def fail() -> None:
            nonlocal attempts
            attempts += 1
            await database.connection.execute(statement)

        with pytest.raises(error):
            await database.run(fail)
        assert attempts == 1

    async def test_value_that_the_driver_refuses_is_a_fault(self, database: Database) -> None:
        """asyncpg calls it an interface error, as it calls a closed connection."""
        attempts = 0

        async def fail() -> None:
            nonlocal attempts
            attempts += 1
            await database.connection.execute(_SET, "left", 2**70)

        with pytest.raises(asyncpg.DataError):
            await database.run(fail)
        assert attempts == 1


class TestOutOfReach:
    """The error of a caller when the database can't be reached."""

    @pytest.mark.parametrize("state", ["57P03", "53300"], ids=["starting up", "too many connections"])
    async def test_server_refuses_connections(
        self, wire: Wire, shelf: Sql, state: str, database_at: DatabaseAt
    ) -> None:
        """The server may accept connections soon, so this is no fault of the program."""
        wire.refuse_with = state
        database = await database_at(wire.url)
        with pytest.raises(UnavailableError):
            await Shelf(database).put("left", 1)
        wire.refuse_with = None
        assert await Shelf(database).put("left", 1) == 2

    async def test_no_server(self, tmp_path: Path, database_at: DatabaseAt) -> None:
        """There is nothing at the address."""
        database = await database_at(f"postgresql://nobody@/none?host={tmp_path}")
        with pytest.raises(UnavailableError):
            await Shelf(database).put("left", 1)

    async def test_no_connection_is_free(self, scratch_url: str, shelf: Sql, database_at: DatabaseAt) -> None:
        """A caller that waits too long for a connection gets an error."""
        reached, over = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            reached.set()
            await over.wait()

        database = await database_at(scratch_url, pool_size=1, timeout_seconds=1)
        service = Shelf(database)
        holder = asyncio.create_task(service.put("left", 1, then=hold))
        await reached.wait()
        with pytest.raises(UnavailableError):
            await service.put("right", 1)
        over.set()
        assert await holder == 2

    async def test_statement_takes_too_long(self, scratch_url: str, shelf: Sql, database_at: DatabaseAt) -> None:
        """The statement is not repeated, since that would slow a busy database further."""
        database = await database_at(scratch_url, timeout_seconds=1)
        attempts = 0

        async def sleep() -> None:
            nonlocal attempts
            attempts += 1
            await database.connection.execute("SELECT pg_sleep(30)")

        with pytest.raises(UnavailableError):
            await database.run(sleep)
        assert attempts == 1


class TestLostWhileCommitting:
    """The client can't know whether the commit was done, so nothing is repeated."""

    async def test_commit_never_arrived(self, database: Database, shelf: Sql) -> None:
        """The change was not made, though we can't know."""
        service = Shelf(database)

        async def work() -> None:
            service.attempts += 1
            await database.connection.execute(_ADD, "left", 1)
            await shelf.execute("SELECT pg_terminate_backend($1)", await my_backend(database))

        with pytest.raises(OutcomeUnknownError):
            await database.run(work)
        assert service.attempts == 1
        assert await items(shelf, "left") == 1

    async def test_commit_was_done_and_its_response_lost(self, wire: Wire, shelf: Sql, database_at: DatabaseAt) -> None:
        """The change was made, once, though we can't know."""
        database = await database_at(wire.url)
        service = Shelf(database)
        wire.swallow_response_to = b"COMMIT"
        with pytest.raises(OutcomeUnknownError):
            await service.put("left", 1)
        assert service.attempts == 1
        assert await items(shelf, "left") == 2

    async def test_a_connection_that_can_not_be_given_back(
        self, wire: Wire, shelf: Sql, database_at: DatabaseAt
    ) -> None:
        """The network fails behind the commit, while a connection as old as a lost one is closed: the change stands."""
        database = await database_at(wire.url, timeout_seconds=1)
        service, calls = Shelf(database), list[str]()

        async def lose_another() -> None:
            await asyncio.create_task(_lose_one(database, shelf), context=Context())
            database.after_commit(lambda: calls.append("committed"))
            database.after_commit(wire.silence)

        assert await service.put("left", 1, then=lose_another) == 2
        wire.is_silent = False
        assert (service.attempts, calls) == (1, ["committed"])
        assert await items(shelf, "left") == 2


async def _lose_one(database: Database, shelf: Sql) -> None:
    """Lose a connection in the middle of a transaction, which is repeated."""
    lost: list[int] = []

    async def work() -> None:
        if not lost:
            lost.append(await my_backend(database))
            await shelf.execute("SELECT pg_terminate_backend($1)", lost[0])
        await my_backend(database)

    await database.run(work)


async def _terminate_others(shelf: Sql) -> None:
    await shelf.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
