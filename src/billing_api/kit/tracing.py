"""Spans of OpenTelemetry's traces; they cost next to nothing while tracing is off, as it is by default.

A span has no exception's message and no value: both may hold a customer's data, and traces go to another system.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from importlib.metadata import version

from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer

from billing_api.errors import AppError

_NOTHING = nullcontext()
_SYSTEM = {"db.system.name": "postgresql"}
_tracer: Tracer | None = None


@asynccontextmanager
async def tracing_to(endpoint: str) -> AsyncIterator[None]:
    """Send traces to this address of a collector by OTLP over HTTP; those that wait are sent at the end.

    The libraries obey their own variables, such as OTEL_TRACES_SAMPLER and OTEL_EXPORTER_OTLP_HEADERS.
    """
    # .15 s of CPU at the start, which only those pay who trace.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    global _tracer  # noqa: PLW0603 - one process has one tracer
    release = version("billing-api")
    name = os.environ.get("OTEL_SERVICE_NAME") or "billing-api"
    provider = TracerProvider(resource=Resource.create({"service.name": name, "service.version": release}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")))
    before, _tracer = _tracer, provider.get_tracer("billing_api", release)
    try:
        yield
    finally:
        _tracer = before
        await asyncio.to_thread(provider.shutdown)


def present_tracer() -> Tracer | None:
    """Return the tracer, or None while tracing is off."""
    return _tracer


def database_span(name: str, sql: str | None = None) -> AbstractContextManager[object]:
    """Return the context of work in the database; `sql` is a statement without its values."""
    if _tracer is None:
        return _NOTHING
    return _span(_tracer, name, _SYSTEM if sql is None else {**_SYSTEM, "db.query.text": sql})


def gateway_span(operation: str) -> AbstractContextManager[object]:
    """Return the context of a call to the gateway."""
    if _tracer is None:
        return _NOTHING
    return _span(_tracer, f"gateway {operation}", {"gateway.operation": operation})


@contextmanager
def _span(tracer: Tracer, name: str, attributes: Mapping[str, str]) -> Iterator[Span]:
    with tracer.start_as_current_span(
        name,
        kind=SpanKind.CLIENT,
        attributes=attributes,
        record_exception=False,  # with its message
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except AppError as error:  # a result like others
            span.set_attribute("error.type", error.code)
            raise
        except BaseException as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise
