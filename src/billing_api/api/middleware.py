"""What happens around every request, as pure ASGI: its id, its log line, its measures, its limits and headers."""

import json
import re
import time
from collections.abc import Iterable
from urllib.parse import quote

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from billing_api.api.metrics import IN_FLIGHT, observe
from billing_api.kit.context import acting, begin_request
from billing_api.kit.ids import new_id
from billing_api.kit.problems import MEDIA_TYPE, problem_body

log = structlog.get_logger(__name__)

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{8,128}")
_JSON = re.compile(rb"application/(?:[\w.+-]*\+)?json\s*(?:;|$)", re.IGNORECASE)
_BODY_METHODS = {"POST", "PUT", "PATCH"}
# Forms by their own standards: RFC 6749, and Braintree's webhooks.
_OTHER_MEDIA = ("/v1/oauth/", "/v1/gateway-webhooks/")
_SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
]
_API_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_PRIVATE = (b"cache-control", b"private, no-cache")


class RequestMiddleware:
    """The outermost layer: nothing that is raised inside leaves without a problem document and a log line."""

    def __init__(self, app: ASGIApp, *, max_body_bytes: int) -> None:
        self._app = app
        self._max_body = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given.decode() if _REQUEST_ID.fullmatch(given) else str(new_id())
        client = scope.get("client")
        begin_request(request_id, client[0] if client else None)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        exchange = _Exchange(scope, receive, send, request_id=request_id, max_body=self._max_body)
        started = time.perf_counter()
        IN_FLIGHT.inc()
        try:
            refusal = exchange.refusal(headers)
            if refusal is not None:
                await exchange.answer_problem(*refusal)
            else:
                await self._app(scope, exchange.receive, exchange.send)
        except _BodyTooLargeError:
            await exchange.answer_problem(413, "too_large", exchange.too_large)
        except Exception:
            log.exception("request_failed", method=scope["method"], path=scope["path"])
            if exchange.status is not None:  # the answer has begun: only a broken connection tells the client now
                raise
            await exchange.answer_problem(500, "internal_error", "Something went wrong on our side; it has been noted.")
        finally:
            IN_FLIGHT.dec()
            seconds = time.perf_counter() - started
            route = _route_of(scope)
            observe(scope["method"], route, exchange.status or 0, seconds)
            log.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=exchange.status,
                milliseconds=round(seconds * 1000, 1),
                actor=acting().actor_id,
            )
            structlog.contextvars.clear_contextvars()


class _BodyTooLargeError(Exception):
    """The body grew past the limit while it was read."""


class _Exchange:
    """One request and its answer, seen from outside."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, *, request_id: str, max_body: int) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._request_id = request_id
        self._max_body = max_body
        self._read = 0
        self.status: int | None = None

    @property
    def too_large(self) -> str:
        return f"A request's body has at most {self._max_body} bytes."

    def refusal(self, headers: dict[bytes, bytes]) -> tuple[int, str, str] | None:
        """Why the headers alone are enough to refuse the request."""
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._max_body:
            return 413, "too_large", self.too_large
        path: str = self._scope["path"]
        has_body = length not in {b"", b"0"} or b"transfer-encoding" in headers
        if (
            has_body
            and self._scope["method"] in _BODY_METHODS
            and not path.startswith(_OTHER_MEDIA)
            and not _JSON.match(headers.get(b"content-type", b""))
        ):
            return 415, "unsupported_media_type", "Send the body as application/json."
        return None

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._read += len(message.get("body", b""))
            if self._read > self._max_body:
                raise _BodyTooLargeError
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], *self._added({name.lower() for name, _ in message["headers"]})]
        await self._send(message)

    def _added(self, present: set[bytes]) -> Iterable[tuple[bytes, bytes]]:
        yield b"x-request-id", self._request_id.encode()
        yield from _SECURITY_HEADERS
        if b"cache-control" not in present:
            yield _PRIVATE
        if b"content-security-policy" not in present:
            yield _API_POLICY

    async def answer_problem(self, status: int, code: str, detail: str) -> None:
        path = self._scope["path"]
        body = problem_body(status=status, code=code, detail=detail, instance=quote(path), request_id=self._request_id)
        content = json.dumps(body).encode()
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(content)).encode()),
            (b"cache-control", b"no-store"),
        ]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": content})


def _route_of(scope: Scope) -> str:
    """The route's template: a measure's label must not grow with ids."""
    # A router that is included elsewhere knows only its own part of the path; FastAPI keeps the whole one beside it.
    route = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(route, "path", None) or "unmatched"
