"""A long CSV file from a real process: its memory, a client that leaves, and a database that goes away.

The files are those of one account with 100,000 entries.
"""

import re
import socket
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from billing_api.config import Settings
from tests.factories.users import Member, make_member
from tests.fixtures.queries import Sql
from tests.fixtures.served import SERVE, Served, logged_to
from tests.fixtures.waiting import looks

pytestmark = pytest.mark.slow

ROWS = 100_000
PATH = "/v1/transactions.csv"
_FILL = """
    INSERT INTO ledger_entries (account_id, id, seq, kind, currency, effective_on, posted_at, document_id, number,
                                amount, receivable, customer_credit, revenue, tax, cash_clearing, discounts, write_offs)
    SELECT $1, gen_random_uuid(), n, 'invoice', 'USD', $2::date + n % 300, now(), gen_random_uuid(), 'INV-' || n,
           n, n, 0, -n, 0, 0, 0, 0 FROM generate_series(1, $3::int) AS n
"""
_EXPORTS = """
    SELECT pid FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%invoice_number%'
"""
_BUSY = f"{_EXPORTS} AND state <> 'idle'"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file with the process's log."""
    return tmp_path_factory.mktemp("served") / "log"


@pytest.fixture(scope="module")
async def served(settings: Settings, log: Path) -> AsyncIterator[Served]:
    """The API as a process of its own."""
    async with logged_to(log, settings, SERVE, EXPORTS_PER_USER="1000 per minute") as served:
        yield served


@pytest.fixture(scope="module")
async def member(served: Served, sql: Sql) -> Member:
    """The owner of an account with many entries."""
    member = await make_member(served.services)
    await sql.execute(_FILL, member.account_id, date(2026, 1, 1), ROWS)
    await sql.execute("ANALYZE ledger_entries")
    return member


@pytest.fixture
async def client(served: Served, member: Member) -> httpx.AsyncClient:
    """Their client."""
    return await served.sign_in(member)


def lines_of(log: Path, words: str) -> list[str]:
    """Return the log's lines with these words."""
    return [line for line in log.read_text().splitlines() if words in line]


def most_memory(served: Served) -> int:
    """The most bytes that the process has ever had in memory."""
    status = Path(f"/proc/{served.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


async def test_a_long_file_takes_no_more_memory_than_a_short_one(served: Served, client: httpx.AsyncClient) -> None:
    """The rest of the file is 13 million bytes."""
    await client.get(f"{PATH}?date_to=2026-01-05")
    before, size, lines, last = most_memory(served), 0, 0, b""
    async with client.stream("GET", f"{PATH}?sort=amount") as response:
        async for part in response.aiter_bytes():
            size, lines, last = size + len(part), lines + part.count(b"\r\n"), part
    assert lines == ROWS + 1
    assert b",INV-100000," in last
    assert size > 12_000_000
    assert most_memory(served) - before < 6_000_000


async def take_some(client: httpx.AsyncClient, sql: Sql) -> tuple[socket.socket, int]:
    """Ask for the file over a narrow connection, and return it once the export waits for it to be read."""
    url = client.base_url
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((url.host, url.port))
    head = f"GET {PATH} HTTP/1.1\r\nHost: {url.host}\r\nAuthorization: {client.headers['Authorization']}\r\n\r\n"
    connection.sendall(head.encode())
    connection.settimeout(30)
    assert connection.recv(12) == b"HTTP/1.1 200"
    for _ in looks("an export that waits for its client"):
        found = await sql.fetch(f"{_EXPORTS} AND state = 'idle in transaction'")
        if found:
            return connection, found[0]["pid"]
    raise AssertionError


async def test_a_client_that_leaves_gives_the_connection_back(client: httpx.AsyncClient, sql: Sql) -> None:
    connection, _ = await take_some(client, sql)
    connection.close()
    for _ in looks("the end of the export's transaction"):
        if not await sql.fetch(_BUSY):
            break
    assert (await client.get(f"{PATH}?date_to=2026-01-01")).status_code == 200


async def test_a_file_that_breaks_off_does_not_look_whole(client: httpx.AsyncClient, sql: Sql) -> None:
    """The last chunk is missing, on which every client reports an error (RFC 9112, 8)."""
    connection, pid = await take_some(client, sql)
    assert await sql.fetchval("SELECT pg_terminate_backend($1)", pid)
    received = b""
    while part := connection.recv(1_000_000):
        received += part
    assert not received.endswith(b"0\r\n\r\n")
    assert received.count(b"INV-") < ROWS
    connection.close()


async def test_clients_that_take_nothing_make_room(
    served: Served, client: httpx.AsyncClient, sql: Sql, log: Path
) -> None:
    """They had all places, and would have had each for half a minute; the log says so in one line."""
    slow = [client, client]
    for _ in range(2):
        member = await make_member(served.services)
        await sql.execute(_FILL, member.account_id, date(2026, 1, 1), ROWS // 2)
        slow.append(await served.sign_in(member))
    other = await served.sign_in(await make_member(served.services))
    connections = [(await take_some(one, sql))[0] for one in slow]
    assert (await other.get(PATH)).status_code == 200  # after a wait
    for _ in looks("the end of the new export's transaction"):
        if len(await sql.fetch(_BUSY)) == len(slow) - 1:
            break
    for connection in connections:
        connection.close()
    for _ in looks("the line of the export that made room"):
        if lines := lines_of(log, "response_cut_off"):
            break
        assert (await other.get("/livez")).status_code == 200
    assert [("made_room_for_another_export" in line, PATH in line) for line in lines] == [(True, True)]
    assert lines_of(log, "StreamEndedError") == []
