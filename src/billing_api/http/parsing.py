"""httptools' parser, which goes on where a request asks for another protocol.

httptools takes the body of a request with `Upgrade` for bytes of that protocol. This service speaks no other, and
RFC 9110, 7.8 lets it ignore the header: then the body is a body, and the next request begins behind it. Some clients
send it with every request, such as Java's by default.
"""

from collections.abc import Iterable
from typing import Protocol

import httptools

_FRAMING = (b"content-length", b"transfer-encoding")


class _Callbacks(Protocol):
    """The methods that httptools calls for a request."""

    headers: list[tuple[bytes, bytes]]

    def on_message_begin(self) -> None: ...
    def on_url(self, url: bytes) -> None: ...
    def on_header(self, name: bytes, value: bytes) -> None: ...
    def on_headers_complete(self) -> None: ...
    def on_body(self, body: bytes) -> None: ...
    def on_message_complete(self) -> None: ...


class RequestParser:
    """A parser as uvicorn uses it.

    After the head of a request that asks for an upgrade `on_message_complete` is called too early: `skips_body` says
    so. It is called again at the true end.
    """

    def __init__(self, callbacks: _Callbacks) -> None:
        self._callbacks = callbacks
        self._parser = _lenient(httptools.HttpRequestParser(callbacks))

    def feed_data(self, data: bytes) -> None:
        """Parse the next bytes. Raise HttpParserError."""
        while True:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                data = data[upgrade.args[0] :]
                self._parser = _behind_head(self._callbacks)
            else:
                return

    @property
    def skips_body(self) -> bool:
        """Whether the present head asks for an upgrade."""
        return self._parser.should_upgrade()

    def should_upgrade(self) -> bool:
        """Return False: no upgrade is granted."""
        return False

    def should_keep_alive(self) -> bool:
        """Return whether the connection stays open after this request."""
        return self._parser.should_keep_alive()

    def get_http_version(self) -> str:
        """Return such as "1.1"."""
        return self._parser.get_http_version()

    def get_method(self) -> bytes:
        """Return such as b"GET"."""
        return self._parser.get_method()


class _BehindHead:
    """_Callbacks that begin behind the head of the first request."""

    def __init__(self, callbacks: _Callbacks) -> None:
        self._callbacks = callbacks
        self._has_begun = False

    def on_message_begin(self) -> None:
        if self._has_begun:
            self._callbacks.on_message_begin()

    def on_url(self, url: bytes) -> None:
        if self._has_begun:
            self._callbacks.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._has_begun:
            self._callbacks.on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._has_begun:
            self._callbacks.on_headers_complete()
        self._has_begun = True

    def on_body(self, body: bytes) -> None:
        self._callbacks.on_body(body)

    def on_message_complete(self) -> None:
        self._callbacks.on_message_complete()


def _behind_head(callbacks: _Callbacks) -> httptools.HttpRequestParser:
    """Return a parser that has read a head with the framing of the callbacks' headers, and awaits the body."""
    parser = _lenient(httptools.HttpRequestParser(_BehindHead(callbacks)))
    parser.feed_data(b"POST / HTTP/1.1\r\n" + b"".join(_framing(callbacks.headers)) + b"\r\n")
    return parser


def _framing(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[bytes]:
    return (b"%s: %s\r\n" % (name, value) for name, value in headers if name in _FRAMING)


def _lenient(parser: httptools.HttpRequestParser) -> httptools.HttpRequestParser:
    # As uvicorn has it: bytes behind a request with `Connection: close` are no error of that request.
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser
