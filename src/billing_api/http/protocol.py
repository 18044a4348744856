"""uvicorn's HTTP/1.1 with limits that neither it nor its parser has: on a request's head, and on slow clients."""

import asyncio
from dataclasses import dataclass
from enum import Enum, auto
from itertools import chain
from typing import Any, cast
from weakref import ref

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from billing_api.errors import AppError
from billing_api.http.connection import ClosedByProtocol, QueueFirst
from billing_api.http.errors import (
    AddressTooLongError,
    HeadersTooLargeError,
    MalformedRequestError,
    RequestTimeoutError,
)
from billing_api.http.parsing import RequestParser
from billing_api.http.problems import MEDIA_TYPE, body_of, status_of, text_of
from billing_api.http.whole import WHOLE
from billing_api.kit.headers import MOST_BYTES
from billing_api.kit.ids import new_id

log = structlog.get_logger(__name__)

_HEADERS = 100
_URL_BYTES = 8_192
_PUNCTUATION = 4  # bytes of a header beside its name and its value: colon, space, CR and LF
_BODY_HEADERS = frozenset({b"content-length", b"transfer-encoding"})
_QUEUED = 16  # requests behind the first; browsers and proxies send none


class _Part(Enum):
    """The part of a request that is being received."""

    NONE = auto()
    HEAD = auto()
    BODY = auto()


_NONE, _HEAD, _BODY = _Part  # a look-up in an enumeration takes as long as a call


@dataclass(frozen=True, slots=True)
class Patience:
    """The seconds that a request may take to arrive, and its response to be taken; uvicorn pickles it."""

    seconds: float


class BoundedProtocol(HttpToolsProtocol):
    """One connection. A client that exceeds a limit gets a problem document, where that is possible, and is cut off."""

    def __init__(self, patience: Patience, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.parser = cast("Any", RequestParser(self))  # it has all that uvicorn calls
        self._patience = patience.seconds
        self._part = _NONE
        self._fields_bytes = 0  # that have come since the request or a part of its body
        self._refusal: AppError = MalformedRequestError()
        self._arriving: asyncio.TimerHandle | None = None
        self._leaving: asyncio.TimerHandle | None = None
        self._has_ended = False
        self._skips_body = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Wait for a first request no longer than for any."""
        super().connection_made(transport)
        self.flow = QueueFirst(transport, self.pipeline)
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more, and let go of the requests: each refers to this connection."""
        self._stop_waiting()
        self.resume_writing()
        super().connection_lost(exc)
        self.pipeline.clear()
        if self.cycle is not None:
            self.cycle.transport = self.transport

    def data_received(self, data: bytes) -> None:
        """Count the bytes of headers and trailers, and wait for the rest of a request from its beginning on."""
        if self._is_over():
            return
        if self._part is _BODY:
            self._fields_bytes += len(data)
        super().data_received(data)
        if self._is_over():
            return
        if self._part is _HEAD:
            self._fields_bytes += len(data)
        # The parser keeps a header or a trailer until its end, however long it is.
        if self._part is not _NONE and self._fields_bytes > MOST_BYTES + _URL_BYTES:
            self._respond(HeadersTooLargeError(_HEADERS, MOST_BYTES))
            return
        # Also after an empty line, which begins no request, but ends uvicorn's wait for one.
        if self._arriving is None and (self._part is not _NONE or not self._is_responding()):
            self._await_request()

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._part, self._fields_bytes = _HEAD, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Raise ValueError, on which uvicorn calls `send_400_response`, when it is too long."""
        super().on_url(url)
        if len(self.url) > _URL_BYTES:
            self._refuse(AddressTooLongError(_URL_BYTES))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, as uvicorn does. A trailer is no header, and dropped (RFC 9110, 6.5.1)."""
        if self._part is _HEAD:
            name = name.lower()
            if name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Wait for the body from here on. Raise ValueError for too many headers, or requests that wait for a turn."""
        count = len(self.headers)
        if count > _HEADERS or sum(map(len, chain.from_iterable(self.headers))) + count * _PUNCTUATION > MOST_BYTES:
            self._refuse(HeadersTooLargeError(_HEADERS, MOST_BYTES))
        self._part, self._fields_bytes = _BODY, 0
        self._skips_body = cast("RequestParser", self.parser).skips_body
        super().on_headers_complete()
        self.scope["extensions"] = {WHOLE: cast("Any", ref(self.cycle))}  # which refers to its scope
        if not _BODY_HEADERS.isdisjoint(dict(self.headers)):
            self.cycle.transport = ClosedByProtocol(self.transport, self._close)
        if len(self.pipeline) > _QUEUED:
            raise ValueError("too many requests are queued")

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._fields_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the request has arrived."""
        if self._skips_body:
            self._skips_body = False
            return
        self._part = _NONE
        self._stop_waiting()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Read on when the last request of the queue has its turn."""
        if not self._has_ended:
            super().on_response_complete()
        if not self._is_over():
            self.flow.resume_reading()

    def pause_writing(self) -> None:
        """Wait for a client that does not take its response, and end the connection after the time-out."""
        super().pause_writing()
        if self._leaving is None:
            self._leaving = self.loop.call_later(self._patience, self.transport.abort)

    def resume_writing(self) -> None:
        """Note that the client takes its response."""
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - called by uvicorn, with words of its own
        """Send the problem of a request that the parser, or one of the limits above, has refused."""
        self._respond(self._refusal)

    def _refuse(self, refusal: AppError) -> None:
        self._refusal = refusal
        raise ValueError(refusal.code)

    def _await_request(self) -> None:
        self._arriving = self.loop.call_later(self._patience, self._give_up)

    def _stop_waiting(self) -> None:
        if self._arriving is not None:
            self._arriving.cancel()
            self._arriving = None

    def _give_up(self) -> None:
        self._arriving = None
        if self._is_over():
            return
        if self.flow.read_paused or (self._part is _HEAD and not self._may_respond()):
            self._await_request()  # it is the application that is slow
        elif self._part is _NONE:
            self.transport.close()
        else:
            self._respond(RequestTimeoutError())

    def _is_over(self) -> bool:
        return self._has_ended or self.transport.is_closing()

    def _is_responding(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _may_respond(self) -> bool:
        """Return whether no response to an earlier request is due, and none to this one has begun."""
        if self.pipeline:
            return False
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None:
            return True
        return not cycle.response_started if self._part is _BODY else cycle.response_complete

    def _respond(self, error: AppError) -> None:
        """Write a problem document, if it can't be taken for another response, and end the connection."""
        self._stop_waiting()
        if not self._may_respond():
            self.transport.close()
            return
        request_id = str(new_id())
        ip = self.client[0] if self.client else None
        log.info("request_refused", status=status_of(error), code=error.code, ip=ip, request_id=request_id)
        body = body_of(error, instance="", request_id=request_id)
        content = text_of(body).encode()
        headers = [
            *self.server_state.default_headers,
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(content)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-request-id", request_id.encode()),
            (b"connection", b"close"),
        ]
        head = b"".join(b"%s: %s\r\n" % header for header in headers)
        self.transport.write(STATUS_LINE[status_of(error)] + head + b"\r\n" + content)
        if self.cycle is not None:
            self.cycle.disconnected = True  # for the application, which may still wait for the body
            self.cycle.waiting_for_100_continue = False
            self.cycle.message_event.set()
        self._linger()

    def _close(self) -> None:
        """End the connection after the last response."""
        if self._part is _NONE:
            self.transport.close()
        else:
            self._linger()

    def _linger(self) -> None:
        """Send no more, and give the client until the time-out to take its response and to close.

        Closed while bytes arrive, the connection would be reset, and the response be lost with it (RFC 9112, 9.6).
        """
        self._stop_waiting()
        if self._is_over():
            return
        self._has_ended = True
        self.flow.resume_reading()
        self.transport.write_eof()
        self._arriving = self.loop.call_later(self._patience, self.transport.abort)
