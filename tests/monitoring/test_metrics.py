"""The metrics that alarms stand on, as requests and passes move them."""

from uuid import uuid4

import httpx
import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from billing_api.config import Settings
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.gateway.failures import GatewayUnavailableError
from billing_api.main import create_app
from tests.factories.addresses import new_address
from tests.factories.sessions import sign_in
from tests.factories.users import Member
from tests.fixtures.served import SERVE, served_by
from tests.fixtures.signed_in import Portal
from tests.fixtures.waiting import looks

LIVEZ = {"method": "GET", "route": "/livez", "status": "200"}


def value(text: str, name: str, **labels: str) -> float:
    """One sample of a text of Prometheus' form."""
    (found,) = (
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and sample.labels == labels
    )
    return found


def counted(name: str, **labels: str) -> float:
    """A counter of this process, 0 before its first step."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_sign_ins_by_outcome(browser: httpx.AsyncClient, member: Member) -> None:
    """A wrong password, a right one, and a try too many, which the throttle's own counter has too."""
    before = {outcome: counted("sign_ins_total", outcome=outcome) for outcome in ("succeeded", "failed", "throttled")}
    refused = counted("throttle_refusals_total", policy="sign-in-address-network")
    assert (await sign_in(browser, member)).status_code == 201
    browser.cookies.clear()  # the known device has a count of its own
    for _ in range(11):
        await sign_in(browser, member, password="a wrong one")
    after = {outcome: counted("sign_ins_total", outcome=outcome) for outcome in before}
    assert {outcome: after[outcome] - before[outcome] for outcome in before} == {
        "succeeded": 1,
        "failed": 10,
        "throttled": 1,
    }
    assert counted("throttle_refusals_total", policy="sign-in-address-network") - refused == 1


async def test_calls_of_the_gateway_by_outcome(portal: Portal, unused_port: int) -> None:
    """One that works, and one to a gateway that is away."""
    calls = [{"operation": "client_token", "outcome": outcome} for outcome in ("done", "unavailable")]
    before = [counted("gateway_calls_total", **labels) for labels in calls]
    timed = counted("gateway_call_seconds_count", operation="client_token")
    assert (await portal.post("/v1/payment-methods/client-token")).status_code == 201
    adapter = BraintreeAdapter(Settings(gateway_port=unused_port))
    with pytest.raises(GatewayUnavailableError):
        await adapter.client_token()
    await adapter.close()
    assert [counted("gateway_calls_total", **labels) for labels in calls] == [before[0] + 1, before[1] + 1]
    assert counted("gateway_call_seconds_count", operation="client_token") == timed + 2
    assert counted("gateway_threads") > 0


async def test_a_replay_an_event_and_a_lock_are_counted(portal: Portal) -> None:
    """A change to the same value is none, and records no event."""
    names = ("idempotent_replays_total", "account_lock_seconds_count")
    before = [counted(name) for name in names]
    events = counted("events_recorded_total", kind="profile.updated")
    address, key = new_address(), {"Idempotency-Key": str(uuid4())}
    for _ in range(2):
        assert (await portal.post("/v1/addresses", json=address, headers=key)).status_code == 201
    assert counted(names[0]) == before[0] + 1
    assert counted(names[1]) > before[1]
    for name in ("Pat", "Pat", "Sam"):
        await portal.patch("/v1/profile", json={"contact_name": name}, headers={"If-Match": "*"})
    assert counted("events_recorded_total", kind="profile.updated") == events + 2


async def test_a_database_that_is_away_is_said(settings: Settings, unused_port: int) -> None:
    """The metrics come all the same, without those of payments."""
    app = create_app(settings.model_copy(update={"database_url": f"postgresql://127.0.0.1:{unused_port}/none"}))
    async with app.router.lifespan_context(app):
        text = (await app.state.measure()).decode()
    assert value(text, "database_reached") == 0
    assert "payments_awaited" not in text
    assert value(text, "database_pool_size") == settings.database_pool_size


@pytest.mark.slow
async def test_any_worker_gives_the_metrics_of_all(settings: Settings) -> None:
    """Or each look would see another process, and every rate would be wrong."""
    every_time_another_connection = httpx.Limits(max_keepalive_connections=0)
    async with (
        served_by(settings, (*SERVE, "--workers", "2")) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, limits=every_time_another_connection) as client,
    ):
        try:
            for _ in looks("both workers serve"):
                text = (await client.get("/metrics")).text
                if value(text, "database_pool_size") == 2 * settings.database_pool_size:
                    break
            for _ in range(20):
                await client.get("/livez")
            texts = [await _at_rest(client) for _ in range(8)]
        finally:
            served.process.terminate()
            served.process.wait()
    assert [value(text, "http_requests_total", **LIVEZ) for text in texts] == [20.0] * 8


async def _at_rest(client: httpx.AsyncClient) -> str:
    """Return the metrics once the request before is counted: its worker counts it behind the response."""
    for _ in looks("no other request is under way"):
        text = (await client.get("/metrics")).text
        if value(text, "http_requests_in_flight") == 1:
            return text
    raise AssertionError
