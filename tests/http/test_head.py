"""HEAD has the headers of GET and no content, on every route (RFC 9110, 9.3.2)."""

import re
from uuid import uuid4

import httpx
import pytest

from tests.architecture.authorisation import MATRIX
from tests.architecture.operations import Operation, operations
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.http.drivers import caller_of, maker_of, path_of

READS = [operation for operation in operations() if operation.method == "GET"]
BESIDE_THE_CONTRACT = ["/livez", "/readyz", "/metrics", "/docs", "/docs/assets/docs.js", "/openapi.json"]
# Of one request, of the moment, or of the measures that each request changes.
OF_ITS_OWN = {"x-request-id", "date"}
# Without their parameter they have nothing to show.
WANTS_A_QUERY = {"gateway_webhooks_verify", "downloads_open"}


async def compare(client: httpx.AsyncClient, path: str, **headers: str) -> httpx.Response:
    """Send GET and HEAD; return the response to HEAD."""
    got, head = await client.get(path, headers=headers), await client.head(path, headers=headers)
    ignored = OF_ITS_OWN | ({"content-length"} if path == "/metrics" else set())
    assert {n: v for n, v in head.headers.items() if n not in ignored} == {
        n: v for n, v in got.headers.items() if n not in ignored
    }
    assert head.status_code == got.status_code
    assert head.content == b""
    return head


@pytest.mark.parametrize("operation", READS, ids=lambda operation: operation.id)
async def test_every_read(portal: Portal, services: Services, operation: Operation) -> None:
    """A row that there is, and one that there is not."""
    names = re.findall(r"{(\w+)}", operation.path)
    row = await maker_of(operation)(portal, services) if names else ""
    caller = caller_of(operation, portal, services)
    head = await compare(caller, path_of(operation, row))
    assert head.status_code == (422 if operation.id in WANTS_A_QUERY else 200)
    if names:
        missing = await compare(caller, path_of(operation, uuid4()))
        assert missing.status_code == 404


@pytest.mark.parametrize("path", BESIDE_THE_CONTRACT)
async def test_routes_outside_the_contract(client: httpx.AsyncClient, path: str) -> None:
    """Load balancers and monitors like to ask so."""
    assert (await compare(client, path)).status_code == 200


async def test_a_known_version_is_a_304(portal: Portal) -> None:
    """HEAD gets the same 304 as GET."""
    etag = (await portal.head("/v1/profile")).headers["etag"]
    assert (await compare(portal, "/v1/profile", **{"If-None-Match": etag})).status_code == 304


@pytest.mark.parametrize("operation", [one for one in READS if MATRIX[one.id].needs_token], ids=lambda one: one.id)
async def test_anonymous_is_asked_for_a_token(client: httpx.AsyncClient, operation: Operation) -> None:
    """HEAD needs a token as GET does."""
    assert (await compare(client, operation.path)).status_code == 401


async def test_where_nothing_can_be_read(portal: Portal) -> None:
    """405, and the methods that there are."""
    response = await portal.head("/v1/profile/password")
    assert (response.status_code, response.headers["allow"], response.content) == (405, "PUT", b"")


async def test_a_portal_may_send_head(client: httpx.AsyncClient) -> None:
    """Its browser asks first, since the request has a token."""
    headers = {
        "Origin": "https://portal.example.com",
        "Access-Control-Request-Method": "HEAD",
        "Access-Control-Request-Headers": "authorization",
    }
    assert (await client.options("/v1/profile", headers=headers)).status_code == 200
