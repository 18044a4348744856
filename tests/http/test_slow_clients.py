"""Clients that are slow, endless or speak no HTTP, as raw sockets to a real process: each is cut off.

The service has little patience here; each test waits for the end of its connection, however long that takes.
"""

import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from billing_api.config import Settings
from tests.fixtures.served import SERVE, served_by

POST = b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
GET = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
LARGE = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
QUEUED = 16  # requests that may wait behind the first
Connect = Callable[[], socket.socket]


@pytest.fixture(scope="module")
async def port(settings: Settings) -> AsyncIterator[int]:
    """Where a service listens that waits a second for anybody: no less, since this process may have to wait as well."""
    async with served_by(settings, SERVE, SERVE_DOCS="true", CLIENT_TIMEOUT_SECONDS="1") as served:
        yield int(served.url.rpartition(":")[2])


@pytest.fixture
def connect(port: int) -> Iterator[Connect]:
    """A function that opens a connection; none waits longer than half a minute for a byte."""
    opened: list[socket.socket] = []

    def connection() -> socket.socket:
        opened.append(socket.create_connection(("127.0.0.1", port), timeout=30))
        return opened[-1]

    yield connection
    for one in opened:
        one.close()


def rest_of(connection: socket.socket) -> bytes:
    """Return all bytes until the other side closes."""
    received = b""
    while data := connection.recv(65_536):
        received += data
    return received


def take_response(connection: socket.socket) -> None:
    """Read the response to one GET."""
    received = b""
    while not received.endswith(b'{"status":"alive"}'):
        received += connection.recv(65_536)
        assert received


def problem_of(received: bytes, status: int, code: str) -> dict[str, Any]:
    """Return the one response, a problem document and the connection's last."""
    head, _, content = received.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    body: dict[str, Any] = json.loads(content)
    assert lines[0].startswith(b"http/1.1 %d " % status)
    assert {b"connection: close", b"content-type: application/problem+json", b"cache-control: no-store"} <= set(lines)
    assert b"content-length: %d" % len(content) in lines
    assert (body["status"], body["code"]) == (status, code)
    assert b"x-request-id: " + body["request_id"].encode() in lines
    return body


def ask_without_end(connection: socket.socket) -> None:
    """Ask for more than a connection holds, send on and read nothing. Raise ConnectionError when it is cut off."""
    connection.sendall(LARGE * QUEUED)
    while True:
        connection.sendall(GET)


def send_without_end(connection: socket.socket) -> None:
    """Send one byte after the other. Raise ConnectionError when the connection is cut off."""
    while True:
        connection.sendall(b"x")


class TestSlow:
    """A request has to arrive in time, whatever of it is missing."""

    def test_nothing_at_all(self, connect: Connect) -> None:
        """Without a request there is no response."""
        assert rest_of(connect()) == b""

    @pytest.mark.parametrize(
        "begun",
        [
            b"G",
            b"GET /livez HTTP/1.1\r\nHost: x\r\nX-A: b",
            POST + b"Content-Length: 10\r\n\r\n",
            POST + b"Content-Length: 10\r\n\r\n{",
            POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
        ],
        ids=["a letter", "half a header", "no body", "half a body", "half a chunk"],
    )
    def test_a_request_that_stops(self, connect: Connect, begun: bytes) -> None:
        """408, on which a client may ask again (RFC 9110, 15.5.9)."""
        connection = connect()
        connection.sendall(begun)
        problem_of(rest_of(connection), 408, "request_timeout")

    @pytest.mark.parametrize("begun", [b"GET /livez HTTP/1.1\r\nX-A: ", POST + b"Content-Length: 60000\r\n\r\n"])
    def test_a_request_that_trickles(self, connect: Connect, begun: bytes) -> None:
        """Another byte buys no more time."""
        connection = connect()
        connection.sendall(begun)
        connection.settimeout(0.01)
        received = b""
        for _ in range(3000):
            try:
                received += connection.recv(65_536)
                break
            except TimeoutError:
                connection.sendall(b"x")
        connection.settimeout(30)
        problem_of(received + rest_of(connection), 408, "request_timeout")

    def test_the_second_request_of_a_connection(self, connect: Connect) -> None:
        """Its time begins with its first byte."""
        connection = connect()
        connection.sendall(GET)
        take_response(connection)
        connection.sendall(b"GET /livez")
        problem_of(rest_of(connection), 408, "request_timeout")

    @pytest.mark.parametrize("empty", [b"\r\n", b"\r\n\r\n", b"\n"])
    def test_an_empty_line_is_no_request(self, connect: Connect, empty: bytes) -> None:
        """The parser skips it (RFC 9112, 2.2), and it buys no time, whether it follows a request or begins."""
        connection = connect()
        connection.sendall(GET)
        take_response(connection)
        connection.sendall(empty)
        assert rest_of(connection) == b""

    def test_a_response_that_is_not_taken(self, connect: Connect) -> None:
        """The process keeps no responses for a client that never reads."""
        connection = connect()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with pytest.raises(ConnectionError):
            ask_without_end(connection)


class TestEarlyResponse:
    """A response to a request that is still being sent is not lost with the connection (RFC 9112, 9.6)."""

    @pytest.mark.parametrize(
        ("begun", "status", "code"),
        [
            (b"GET /livez HTTP/1.1\r\nX-A: b\r\n", 408, "request_timeout"),
            (POST + b"Content-Length: 60000\r\n\r\n", 408, "request_timeout"),
            (POST + b"Connection: close\r\nContent-Length: 9999999\r\n\r\n", 413, "too_large"),
            (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501, "unsupported_transfer_encoding"),
            (b"GET / HTTP/1.1\r\n" + b"X" * 50_000, 431, "headers_too_large"),
            (b"SSH-2.0-x\r\n", 400, "malformed_request"),
        ],
        ids=["a slow head", "a slow body", "a large body", "an unknown encoding", "a large head", "another protocol"],
    )
    def test_arrives_whole(self, connect: Connect, begun: bytes, status: int, code: str) -> None:
        """Bytes that arrive after the response do not reset the connection."""
        connection = connect()
        connection.sendall(begun)
        assert connection.recv(1, socket.MSG_PEEK)
        for _ in range(10):
            connection.sendall(b"x" * 1_000)
        problem_of(rest_of(connection), status, code)

    @pytest.mark.parametrize(
        ("begun", "status", "code"),
        [
            (POST + b"Connection: close\r\nContent-Length: 9999999\r\n\r\n", 413, "too_large"),
            (b"SSH-2.0-x\r\n", 400, "malformed_request"),
        ],
    )
    def test_ends_for_a_client_that_sends_on(self, connect: Connect, begun: bytes, status: int, code: str) -> None:
        """The time-out ends a connection that its client does not close."""
        connection = connect()
        connection.sendall(begun)
        problem_of(rest_of(connection), status, code)
        with pytest.raises(ConnectionError):
            send_without_end(connection)


class TestEndless:
    """A head has an end, in bytes and in number."""

    @pytest.mark.parametrize(
        ("head", "status", "code"),
        [
            (b"GET /" + b"x" * 9_000, 414, "uri_too_long"),
            (b"GET /?" + b"x=1&" * 3_000 + b" HTTP/1.1\r\n\r\n", 414, "uri_too_long"),
            (b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 101 + b"\r\n", 431, "headers_too_large"),
            (b"GET / HTTP/1.1\r\nX-A: " + b"b" * 33_000 + b"\r\n\r\n", 431, "headers_too_large"),
            (b"GET / HTTP/1.1\r\nX-A: " + b"b" * 50_000, 431, "headers_too_large"),
            (b"GET / HTTP/1.1\r\n" + b"X" * 50_000, 431, "headers_too_large"),
        ],
        ids=["path", "query", "many headers", "a long header", "a header without an end", "a name without an end"],
    )
    def test_is_refused(self, connect: Connect, head: bytes, status: int, code: str) -> None:
        """As soon as it is too much: nobody waits for the end."""
        connection = connect()
        connection.sendall(head)
        problem_of(rest_of(connection), status, code)

    def test_what_a_browser_sends_is_not(self, connect: Connect) -> None:
        """A hundred headers, 30 kB of them, and a query of 8 kB."""
        connection = connect()
        headers = b"".join(b"X-%d: %s\r\n" % (n, b"v" * 290) for n in range(98))
        query = b"x=" + b"1" * 8_000
        connection.sendall(b"GET /livez?%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n" % (query, headers))
        assert rest_of(connection).startswith(b"HTTP/1.1 200 ")


class TestPipelined:
    """Requests that do not wait for the response to the one before (RFC 9112, 9.3.2)."""

    def test_a_few_get_responses_in_order(self, connect: Connect) -> None:
        """As many as may wait, the last with a body that comes in several reads."""
        body = b'{"email":"a@example.com","password":"%s"}' % (b"x" * 60_000)
        last = POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
        connection = connect()
        connection.sendall(GET * QUEUED + last + body)
        received = rest_of(connection)
        assert (received.count(b"HTTP/1.1 200 OK"), received.count(b"HTTP/1.1 422 ")) == (QUEUED, 1)
        assert received.rindex(b"HTTP/1.1 200 OK") < received.index(b"HTTP/1.1 422 ")

    def test_thousands_end_the_connection(self, connect: Connect) -> None:
        """The process keeps none of them: each would take many times its own bytes."""
        connection, responses = connect(), 0
        with suppress(ConnectionError):
            connection.sendall(GET * 2_000 + LAST)
            while data := connection.recv(65_536):
                responses += data.count(b"HTTP/1.1 200 OK")
        assert responses <= 2 * QUEUED

    def test_a_broken_body_gets_no_response_in_place_of_an_earlier_request(self, connect: Connect) -> None:
        """A client that waits for the first response would take the refusal of the second for it."""
        connection = connect()
        connection.sendall(GET + POST + b"Transfer-Encoding: chunked\r\n\r\nno chunk\r\n")
        assert b"HTTP/1.1 400" not in rest_of(connection)


class TestOtherProtocols:
    """HTTP/1.1 is spoken, and nothing else."""

    @pytest.mark.parametrize("said", [b"\x16\x03\x01\x02\x00", b"SSH-2.0-x\r\n", b"GET / HTTP/1.1\r\nA b: c\r\n\r\n"])
    def test_no_http(self, connect: Connect, said: bytes) -> None:
        """400, as a problem document."""
        connection = connect()
        connection.sendall(said)
        problem_of(rest_of(connection), 400, "malformed_request")

    def test_no_refusal_is_taken_for_the_response_to_an_earlier_request(self, connect: Connect) -> None:
        """What follows in the same breath and is no HTTP ends the connection without a word."""
        connection = connect()
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n\x16\x03\x01")
        assert b"HTTP/1.1 400" not in rest_of(connection)

    def test_a_request_without_host(self, connect: Connect) -> None:
        """400 in HTTP/1.1 (RFC 9112, 3.2); HTTP/1.0 has none."""
        connection = connect()
        connection.sendall(b"GET /v1/portal-config HTTP/1.1\r\nConnection: close\r\n\r\n")
        problem_of(rest_of(connection), 400, "host_missing")
        older = connect()
        older.sendall(b"GET /v1/portal-config HTTP/1.0\r\n\r\n")
        assert rest_of(older).startswith(b"HTTP/1.1 200 ")

    def test_a_websocket_is_not_opened(self, connect: Connect) -> None:
        """The response is as without the request for an upgrade (RFC 9110, 7.8)."""
        connection = connect()
        connection.sendall(
            b"GET /v1/portal-config HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 OK\r\n")

    def test_head_has_no_content_on_the_wire(self, connect: Connect) -> None:
        """Its length is that of GET's, and nothing follows."""
        connection = connect()
        connection.sendall(b"HEAD /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        received = rest_of(connection)
        assert b"\r\ncontent-length: 18\r\n" in received
        assert received.endswith(b"\r\n\r\n")
