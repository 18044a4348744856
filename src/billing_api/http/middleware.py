"""The layers around every request, as pure ASGI: its id, log line, metrics, limits and headers."""

import re
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from functools import cache

import structlog
from fastapi import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from billing_api.errors import AppError
from billing_api.http.errors import BodyTooLargeError, IncompleteRequestError, InternalError, ResponseCutOffError
from billing_api.http.metrics import IN_FLIGHT, observe
from billing_api.http.oauth import MEDIA_TYPE as OAUTH_MEDIA_TYPE
from billing_api.http.oauth import follows_oauth, oauth_body
from billing_api.http.problems import MEDIA_TYPE, body_of, path_shown, status_of, text_of
from billing_api.http.query import without_empty
from billing_api.http.refusals import body_limit, refusal_of
from billing_api.http.request_log import RequestLog
from billing_api.http.whole import WHOLE, cut_off, write
from billing_api.kit.card_numbers import holds_card_number
from billing_api.kit.context import acting, begin_request
from billing_api.kit.ids import new_id_text

log = structlog.get_logger(__name__)

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{8,128}")
_SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
]
_API_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_PRIVATE = (b"cache-control", b"private, no-cache")
# Two users of one browser request the same address. Several Vary headers are one list.
_BY_CALLER, _BY_ORIGIN = (b"vary", b"Authorization"), (b"vary", b"Origin")
_BY_BOTH = (b"vary", b"Origin, Authorization")

UNMATCHED = "unmatched"  # the route of a request that none fits

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class _Fixed:
    """Headers whose values are constants, and their lines as they are sent."""

    headers: Headers
    lines: bytes


class RequestMiddleware:
    """The outermost layer: a request's id, log line and metrics, and the headers of every response."""

    def __init__(self, app: ASGIApp, *, log_request: RequestLog) -> None:
        self._app = app
        self._log_request = log_request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, user_agent = _named_by_client(scope["headers"])
        client = scope.get("client")
        begin_request(request_id, client[0] if client else None)
        status: int | None = None

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if "status" in message:
                status = message["status"]
                fixed = _fixed_beside(message["headers"])
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
                if message["type"] == WHOLE:
                    await write(scope, message, fixed.lines)
                    return
                message["headers"] += fixed.headers
            elif method == "HEAD":
                message["body"] = b""
            await send(message)

        method = scope["method"]
        # HEAD is GET without its content (RFC 9110, 9.3.2), whatever the route. The server reads its own scope.
        inner: Scope = {**scope, "method": "GET", "is_head": True} if method == "HEAD" else scope
        started = time.perf_counter()
        IN_FLIGHT.inc()
        try:
            await self._app(inner, receive, send_with_headers)
        finally:
            IN_FLIGHT.dec()
            seconds = time.perf_counter() - started
            route = route_of(inner)
            observe(method, route, status or 0, seconds)
            self._log_request(method, route, path_shown(scope["path"]), status, seconds, user_agent)


class ProblemMiddleware:
    """The layer that makes a problem document of every exception, and refuses some bodies before they are read.

    It stands inside the CORS layer, so that a portal's script may read these responses too.
    """

    def __init__(self, app: ASGIApp, *, max_body_bytes: int) -> None:
        self._app = app
        self._max_body = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = body_limit(scope, self._max_body)
        if (refusal := refusal_of(scope, limit)) is not None:
            await send_problem(scope, send, refusal)
            return
        scope["query_string"] = without_empty(scope["query_string"])
        read, has_begun = 0, False

        async def receive_within_limit() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise HTTPException(413) from BodyTooLargeError(limit)  # FastAPI lets no other exception pass
            return message

        def send_and_remember(message: Message) -> Awaitable[None]:
            nonlocal has_begun
            has_begun = True
            return send(message)

        try:
            await self._app(scope, receive_within_limit, send_and_remember)
        except ClientDisconnect:  # no failure of ours; the response is for the log line alone
            if has_begun:
                raise
            await send_problem(scope, send, IncompleteRequestError())
        except Exception as error:  # noqa: BLE001 - it is logged, and raised where it is to end the connection
            await _fail(scope, send, error, has_begun=has_begun)


async def _fail(scope: Scope, send: Send, error: Exception, *, has_begun: bool) -> None:
    """Log an error, and send its problem or cut the connection. On other servers raise it; they end the connection."""
    about = {"method": scope["method"], "path": path_shown(scope["path"])}
    if isinstance(error, ResponseCutOffError):
        log.warning("response_cut_off", reason=error.reason, **about)
    else:
        log.error("request_failed", exc_info=error, **about)
    if not has_begun:
        await send_problem(scope, send, InternalError())
    elif not (isinstance(error, ResponseCutOffError) and cut_off(scope)):
        raise error


def _named_by_client(headers: Headers) -> tuple[str, bytes]:
    """Return the request's id, and the client's user agent.

    The id is the client's own, if it has the form of one and may be logged; otherwise a new one.
    """
    by_name = dict(headers)
    user_agent = by_name.get(b"user-agent", b"")
    if b"x-request-id" in by_name:
        sent = b", ".join([value for name, value in headers if name == b"x-request-id"])
        if _REQUEST_ID.fullmatch(sent) and not holds_card_number(sent.decode()):
            return sent.decode(), user_agent
    return new_id_text(), user_agent


def _fixed_beside(headers: Headers) -> _Fixed:
    """Return the headers that every response has, beside these of its own."""
    by_name = dict(headers)
    cache_control = by_name.get(b"cache-control")
    is_public = cache_control is not None and cache_control.startswith(b"public")
    # The CORS layer says that it varies, where it is passed.
    return _fixed(cache_control is None, b"content-security-policy" not in by_name, is_public, b"vary" in by_name)


@cache
def _fixed(is_private: bool, is_of_api: bool, is_public: bool, varies_by_origin: bool) -> _Fixed:
    headers = [*_SECURITY_HEADERS]
    if is_private:
        headers.append(_PRIVATE)
    if is_of_api:
        headers.append(_API_POLICY)
    if not is_public:
        headers.append(_BY_CALLER if varies_by_origin else _BY_BOTH)
    elif not varies_by_origin:
        headers.append(_BY_ORIGIN)
    return _Fixed(headers, b"".join(b"%b: %b\r\n" % header for header in headers))


async def send_problem(scope: Scope, send: Send, error: AppError) -> None:
    """Send the problem document of an error."""
    acting().notes.problem_code = error.code
    media_type, body = MEDIA_TYPE, body_of(error, instance=scope["path"], request_id=acting().request_id)
    if follows_oauth(scope["path"]):
        media_type, body = OAUTH_MEDIA_TYPE, oauth_body(error)
    content = text_of(body).encode()
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        *((name.lower().encode(), value.encode()) for name, value in error.headers.items()),
    ]
    await send({"type": "http.response.start", "status": status_of(error), "headers": headers})
    await send({"type": "http.response.body", "body": content})


def route_of(scope: Scope) -> str:
    """Return the route's template: a metric must not have a label for each id."""
    # A router that is included elsewhere knows only its own part of the path; FastAPI keeps the whole one beside it.
    route = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(route, "path", None) or UNMATCHED
