"""The layer that makes a span of each request; it is there only where tracing is on.

FastAPI has a layer of its own for this. It sends the query, which may hold a customer's words, and does not see the
routes of planned requests.
"""

from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, StatusCode, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from billing_api.http.metrics import METHODS
from billing_api.http.middleware import UNMATCHED, route_of
from billing_api.http.problems import path_shown
from billing_api.kit.context import acting
from billing_api.kit.headers import header_of
from billing_api.kit.tracing import present_tracer

_MONITORS = frozenset({"/livez", "/readyz", "/metrics"})
_TRACE_CONTEXT = TraceContextTextMapPropagator()


class TracedRequests:
    """The layer below the log line's: a span from the head of the request to the end of the response.

    Each request begins a trace, with a link to the client's span: a stranger decides neither which trace a span is part
    of nor whether it is kept.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tracer = present_tracer()
        if tracer is None or scope["type"] != "http" or scope["path"] in _MONITORS:
            await self._app(scope, receive, send)
            return
        status: int | None = None

        async def send_and_look(message: Message) -> None:
            nonlocal status
            if "status" in message:  # ASGI's first message, or our only one (http/whole.py)
                status = message["status"]
            await send(message)

        method = scope["method"]
        if method not in METHODS:
            method = "_OTHER"  # as the semantic conventions have it
        attributes = {"http.request.method": method, "url.path": path_shown(scope["path"])}
        with tracer.start_as_current_span(
            method,
            context=Context(),  # the task's own may be that of an earlier request of the same connection
            links=_links(scope["headers"]),
            kind=SpanKind.SERVER,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                await self._app(scope, receive, send_and_look)
            finally:
                _describe(span, method, route_of(scope), status)


def _links(headers: list[tuple[bytes, bytes]]) -> list[Link]:
    """Return a link to the span that the client names, if it names one (W3C Trace Context)."""
    sent = header_of(headers, b"traceparent")
    if sent is None:
        return []
    named = get_current_span(_TRACE_CONTEXT.extract({"traceparent": sent}, Context())).get_span_context()
    return [Link(named)] if named.is_valid else []


def _describe(span: Span, method: str, route: str, status: int | None) -> None:
    who = acting()
    found = {
        "http.route": route if route != UNMATCHED else None,
        "http.response.status_code": status,
        "client.address": who.ip,
        "error.type": who.notes.problem_code,
        "billing.request_id": who.request_id,
        "billing.account_id": str(who.account_id) if who.account_id else None,
        "billing.actor_id": who.actor_id,
    }
    span.set_attributes({name: value for name, value in found.items() if value is not None})
    if route != UNMATCHED:
        span.update_name(f"{method} {route}")
    if status is None or status >= 500:
        span.set_status(StatusCode.ERROR)
