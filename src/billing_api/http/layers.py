"""The layers around every request, and the short way of the planned routes, which passes by FastAPI's own."""

from collections.abc import Awaitable

from fastapi import FastAPI, Request
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from billing_api.config import Settings
from billing_api.http import error_handlers, routing
from billing_api.http.middleware import ProblemMiddleware, RequestMiddleware
from billing_api.http.own_hosts import OwnHosts
from billing_api.http.planning import Body
from billing_api.http.request_log import request_log
from billing_api.http.routes import Route
from billing_api.http.routing import RouteTable
from billing_api.http.tracing import TracedRequests
from billing_api.http.whole import WHOLE, send_response
from billing_api.kit.headers import header_of

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_ALLOWED_HEADERS = [
    "Authorization",
    "Content-Type",
    "If-Match",
    "If-None-Match",
    "Idempotency-Key",
    "X-Request-Id",
    "X-Requested-With",
    # Tracing adds them to each request by itself (W3C Trace Context, W3C Baggage, Sentry).
    "traceparent",
    "tracestate",
    "baggage",
    "sentry-trace",
]
_EXPOSED_HEADERS = [
    "ETag",
    "Link",
    "Location",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "Idempotent-Replayed",
    "X-Request-Id",
    "Content-Disposition",
    "Deprecation",
    "Sunset",
    "WWW-Authenticate",
    "Allow",
]


def install(app: FastAPI, settings: Settings) -> None:
    """Put our layers around the application, whose routes are complete.

    Of FastAPI's own layers the two innermost are kept; ours do the work of the others.
    """
    error_handlers.install(app)
    app.state.routes = table = routing.install(app)
    solved = ExceptionMiddleware(AsyncExitStackMiddleware(app.router), handlers=app.exception_handlers)
    layer: ASGIApp = _Planned(app, table, otherwise=solved)
    layer = ProblemMiddleware(layer, max_body_bytes=settings.max_body_bytes)
    if (hosts := settings.own_hosts) is not None:
        layer = OwnHosts(layer, hosts)
    layer = _Cors(
        layer,
        allow_origins=settings.cors_origins,
        allow_origin_regex=settings.origin_pattern,
        allow_credentials=True,
        allow_methods=_METHODS,
        allow_headers=_ALLOWED_HEADERS,
        expose_headers=_EXPOSED_HEADERS,
        max_age=600,
    )
    if settings.otel_exporter_otlp_endpoint:
        layer = TracedRequests(layer)
    app.middleware_stack = RequestMiddleware(layer, log_request=request_log(settings))


class _Cors(CORSMiddleware):
    """The rules for scripts of other origins. A request that names none needs no look at its response."""

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:  # type: ignore[override] # awaited
        if scope["type"] == "http" and header_of(scope["headers"], b"origin") is None:
            return self.app(scope, receive, send)
        return super().__call__(scope, receive, send)

    async def send(self, message: Message, send: Send, request_headers: Headers) -> None:
        """Add the headers to a response, also to one that is a single message."""
        if message["type"] != WHOLE:
            await super().send(message, send, request_headers)
            return
        begun: list[Message] = []

        async def take(start: Message) -> None:
            begun.append(start)

        await super().send({**message, "type": "http.response.start"}, take, request_headers)
        await send({**begun[0], "type": WHOLE})


class _Planned:
    """The layer that responds to the good requests of planned routes; all others go on to FastAPI."""

    def __init__(self, app: FastAPI, table: RouteTable, otherwise: ASGIApp) -> None:
        self._app = app
        self._table = table
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = None
        if scope["type"] == "http" and not scope.get("root_path") and not self._app.dependency_overrides:
            found = self._table.find(scope["method"], scope["path"])
        if found is None or not isinstance(found[0].original_route, Route):
            await self._otherwise(scope, receive, send)
            return
        scope["route"], scope["path_params"] = found
        request, body = Request(scope), Body(receive)
        try:
            response = await found[0].original_route.respond(request, body)
        except Exception as error:  # noqa: BLE001 - it is raised again where it has no response
            response = await error_handlers.response_to(request, error)
        if response is None:
            await self._otherwise(scope, body.receive, send)
        else:
            await send_response(scope, receive, send, response)
