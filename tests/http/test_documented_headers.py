"""The contract says which headers each response has: every operation is called, and both are compared."""

from collections.abc import Awaitable, Callable
from http.client import responses as phrases

import httpx
import pytest

from billing_api.config import Settings
from billing_api.http.operation_headers import HEADERS
from billing_api.main import create_app
from tests.architecture.operations import Operation, document, example_of, operations
from tests.factories.invoices import post_invoice
from tests.factories.payments import new_key, pay, store_card
from tests.factories.users import make_member, open_session
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal, SignInAs
from tests.http.drivers import GUARDED, Make, call, call_well, caller_of, name_of, parameter_of

EACH = pytest.mark.parametrize("operation", operations(), ids=name_of)
ETAGGED = [one for one in operations() if "304" in one.documented["responses"]]
DECLINED_AMOUNT = 200_100  # of which the sandbox says: insufficient funds

RowOf = Callable[[Operation], Awaitable[object]]


def check(operation: Operation, response: httpx.Response) -> None:
    """Compare a response with its documented headers: it has each required one, and no other of the contract's."""
    documented = operation.documented["responses"].get(str(response.status_code))
    assert documented, f"{operation.id} does not document {response.status_code} {phrases[response.status_code]}"
    sent = {name for name in HEADERS if name in response.headers}
    assert sent <= documented["headers"].keys(), f"{operation.id} {response.status_code}"
    must = {name for name in documented["headers"] if document()["components"]["headers"][name]["required"]}
    assert must <= sent, f"{operation.id} {response.status_code}"
    assert all(len(response.headers[name]) <= HEADERS[name]["schema"].get("maxLength", 10_000) for name in sent)


@pytest.fixture
async def row_of(portal: Portal, services: Services, makers: dict[str, Make]) -> RowOf:
    """Return a function that makes a row of the portal's account which the operation's path may name."""

    async def make(operation: Operation) -> object:
        if "{" not in operation.path:
            return None
        maker = makers.get(operation.id) or makers[parameter_of(operation)]
        return await maker(portal, services)

    return make


@EACH
async def test_good_request(portal: Portal, services: Services, row_of: RowOf, operation: Operation) -> None:
    """With a body and headers as the documents show them, on a row where the path names one."""
    check(operation, await call_well(caller_of(operation, portal, services), operation, await row_of(operation)))


@EACH
async def test_bare_request(portal: Portal, services: Services, operation: Operation) -> None:
    """Without a body, on an unknown row."""
    check(operation, await call(caller_of(operation, portal, services), operation))


@EACH
async def test_unknown_parameter_and_broken_body(portal: Portal, services: Services, operation: Operation) -> None:
    headers = {"If-Match": '"1"', "Content-Type": "application/json", **new_key()}
    caller = caller_of(operation, portal, services)
    check(operation, await call(caller, operation, headers=headers, content=b"{", params={"colour": "red"}))


@pytest.mark.parametrize("operation", GUARDED, ids=name_of)
async def test_without_a_token(client: httpx.AsyncClient, operation: Operation) -> None:
    check(operation, await call(client, operation))
    client.headers["Authorization"] = "Bearer eyJhbGciOiJub25lIn0.e30."
    check(operation, await call(client, operation))


@pytest.mark.parametrize("operation", [one for one in GUARDED if "403" in one.documented["responses"]], ids=name_of)
async def test_without_the_role(sign_in_as: SignInAs, operation: Operation) -> None:
    response = await call(await sign_in_as("viewer"), operation)
    assert response.status_code == 403
    check(operation, response)


@pytest.mark.parametrize("operation", ETAGGED, ids=name_of)
async def test_known_version(portal: Portal, services: Services, row_of: RowOf, operation: Operation) -> None:
    """A 304 with the headers of the 200 that it stands for."""
    row, caller = await row_of(operation), caller_of(operation, portal, services)
    first = await call_well(caller, operation, row)
    again = await call(caller, operation, row, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    check(operation, again)


def test_every_read_of_a_resource_has_an_etag() -> None:
    """And no other operation has a 304."""
    reads = {
        one.id
        for one in operations()
        if one.method == "GET" and "ETag" in one.documented["responses"]["200"]["headers"]
    }
    assert reads == {one.id for one in ETAGGED}
    assert reads > {"profile_get", "invoices_get", "portal_config_get"}


async def test_replay(portal: Portal, services: Services) -> None:
    """The second response to one key says that it is one: a resource, a payment, and a decline."""
    by_id = {one.id: one for one in operations()}
    address, key = example_of(by_id["addresses_create"]), new_key()
    responses = [await portal.post("/v1/addresses", json=address, headers=key) for _ in range(2)]
    assert_replayed(by_id["addresses_create"], *responses)
    card = await store_card(portal)
    for amount, status in ((12_500, 201), (DECLINED_AMOUNT, 402)):
        invoice_id, key = await post_invoice(services, portal.account_id, amount), new_key()
        responses = [await pay(portal, card, invoice_id, key=key) for _ in range(2)]
        assert {response.status_code for response in responses} == {status}
        assert_replayed(by_id["payments_create"], *responses)


def assert_replayed(operation: Operation, first: httpx.Response, again: httpx.Response) -> None:
    """Both have their documented headers."""
    check(operation, first)
    check(operation, again)
    assert ("idempotent-replayed" in first.headers, again.headers["idempotent-replayed"]) == (False, "true")


async def test_throttle(settings: Settings) -> None:
    """A 429 says how long to wait."""
    [operation] = [one for one in operations() if one.id == "payments_quote"]
    app = create_app(settings.model_copy(update={"quotes_per_user": "1 per minute"}))
    async with app.router.lifespan_context(app):
        services = Services(app.state.parts)
        grant = await open_session(services, await make_member(services))
        async with Portal(app, grant.caller, grant.access_token) as portal:
            responses = [await call_well(portal, operation, None) for _ in range(2)]
    assert responses[1].status_code == 429
    check(operation, responses[1])


async def test_page_that_has_a_next_one(portal: Portal) -> None:
    """A Link, which the last page has not."""
    [operation] = [one for one in operations() if one.id == "addresses_list"]
    [creating] = [one for one in operations() if one.id == "addresses_create"]
    for _ in range(2):
        await portal.post("/v1/addresses", json=example_of(creating), headers=new_key())
    response = await portal.get("/v1/addresses?limit=1")
    assert "Link" in response.headers
    check(operation, response)
