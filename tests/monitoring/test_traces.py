"""Traces, as a collector gets them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import uuid4

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from billing_api.config import Settings
from billing_api.kit.tracing import database_span, gateway_span, present_tracer
from billing_api.main import create_app
from tests.factories.addresses import new_address
from tests.fixtures.collector import Collector, values_of
from tests.fixtures.signed_in import Portal, owner_of

Traced = Callable[[], AbstractAsyncContextManager[Portal]]


@pytest.fixture
def traced(settings: Settings, collector: Collector) -> Traced:
    """A function that gives a portal of a service that is traced; when it ends, the collector has all spans."""

    @asynccontextmanager
    async def run() -> AsyncIterator[Portal]:
        app = create_app(settings.model_copy(update={"otel_exporter_otlp_endpoint": collector.url}))
        async with app.router.lifespan_context(app), owner_of(app) as portal:
            yield portal

    return run


async def test_a_read_is_a_span_with_its_statement(traced: Traced, collector: Collector) -> None:
    """The request's span has a link to the portal's: a trace of its own, which no stranger chooses."""
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    async with traced() as portal:
        await portal.get("/v1/balance", headers={"traceparent": f"00-{trace}-{parent}-01", "tracestate": "a=b"})
    request = collector.named("GET /v1/balance")
    (link,) = request.links
    assert (link.trace_id.hex(), link.span_id.hex(), link.trace_state) == (trace, parent, "")
    assert request.parent_span_id == b""
    assert request.trace_id.hex() != trace
    assert request.kind == Span.SPAN_KIND_SERVER
    assert (
        values_of(request).items()
        >= {
            "http.route": "/v1/balance",
            "http.request.method": "GET",
            "http.response.status_code": 200,
            "url.path": "/v1/balance",
            "billing.account_id": str(portal.account_id),
            "billing.actor_id": str(portal.user_id),
        }.items()
    )
    reads = [span for span in collector.spans if span.parent_span_id == request.span_id]
    assert {span.name for span in reads} <= {"read", "snapshot"}
    assert all(values_of(span)["db.system.name"] == "postgresql" for span in reads)
    assert any("SELECT" in values_of(span).get("db.query.text", "") for span in reads)
    assert collector.resource["service.name"] == "billing-api"


async def test_the_sampler_decides_and_not_the_client(
    traced: Traced, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flag of the client neither makes a span be kept nor drops it."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    for share, flag in (("0.0", "01"), ("1.0", "00")):
        monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", share)
        async with traced() as portal:
            await portal.get("/v1/portal-config", headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-{flag}"})
        assert bool(collector.spans) == (share == "1.0")


async def test_a_request_is_no_part_of_the_one_before(traced: Traced, collector: Collector) -> None:
    """Within a pipeline the task of a request begins in the context of the one before."""
    async with traced() as portal:
        tracer = present_tracer()
        assert tracer is not None
        with tracer.start_as_current_span("the request before"):
            await portal.get("/v1/portal-config")
    assert collector.named("GET /v1/portal-config").parent_span_id == b""


async def test_a_method_of_the_clients_own_is_one_of_the_others(traced: Traced, collector: Collector) -> None:
    async with traced() as portal:
        await portal.request("PROPFIND", "/v1/invoices")
    (span,) = [span for span in collector.spans if span.kind == Span.SPAN_KIND_SERVER]
    assert values_of(span)["http.request.method"] == "_OTHER"


async def test_a_change_has_its_transaction(traced: Traced, collector: Collector) -> None:
    """With no value of the request in any span."""
    async with traced() as portal:
        new = new_address() | {"recipient": "Canary Nobody"}
        await portal.post("/v1/addresses", json=new, headers={"Idempotency-Key": str(uuid4())})
    request = collector.named("POST /v1/addresses")
    assert "transaction" in {span.name for span in collector.spans if span.parent_span_id == request.span_id}
    assert "Canary" not in str(collector.spans)


async def test_a_call_of_the_gateway_is_a_span(traced: Traced, collector: Collector) -> None:
    """Beside the transactions, never in one."""
    async with traced() as portal:
        await portal.post("/v1/payment-methods/client-token")
    request, call = (
        collector.named("POST /v1/payment-methods/client-token"),
        collector.named("gateway client_token"),
    )
    assert call.parent_span_id == request.span_id
    assert call.kind == Span.SPAN_KIND_CLIENT


async def test_an_error_of_the_client_is_no_failed_span(traced: Traced, collector: Collector) -> None:
    """Its problem's code is there; monitors' looks and queries are not."""
    async with traced() as portal:
        await portal.get(f"/v1/invoices/{uuid4()}?q=canary")
        await portal.get("/livez")
        await portal.get("/nowhere/canary")
    found = collector.named("GET /v1/invoices/{invoice_id}")
    assert found.status.code == Status.STATUS_CODE_UNSET
    assert values_of(found)["http.response.status_code"] in {404, 422}
    assert values_of(found)["error.type"] in {"invoice_not_found", "validation_failed"}
    unmatched = collector.named("GET")
    assert values_of(unmatched)["error.type"] == "not_found"
    assert "q=canary" not in str(collector.spans)
    assert "/livez" not in str(collector.spans)


async def test_failed_work_is_marked_without_its_message(traced: Traced, collector: Collector) -> None:
    """A message may hold a customer's data."""
    async with traced():
        with pytest.raises(ValueError, match="canary"), database_span("broken"):
            raise ValueError("canary")
    broken = collector.named("broken")
    assert broken.status.code == Status.STATUS_CODE_ERROR
    assert values_of(broken)["error.type"] == "ValueError"
    assert "canary" not in str(broken)


async def test_off_by_default(portal: Portal) -> None:
    """There is no tracer then, and one context of nothing for all work."""
    assert (await portal.get("/v1/balance")).status_code == 200
    assert present_tracer() is None
    assert database_span("read", "SELECT 1") is gateway_span("charge")
