"""A planned route gives the responses of FastAPI's own way, to good requests and to bad ones."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from billing_api.http import routes
from billing_api.http.planning import Plan
from billing_api.http.routes import Route
from tests.architecture.operations import Operation, operations
from tests.factories.payments import new_key
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal, SignInAs
from tests.http.drivers import MAKERS, Make, body_of, call_well, caller_of, parameter_of, path_of

# Cookies, forms, single parameters of a query and the request itself: FastAPI solves them.
UNPLANNED = {
    "downloads_open",
    "gateway_webhooks_receive",
    "gateway_webhooks_verify",
    "oauth_create_token",
    "oauth_revoke_token",
    "payment_methods_remove",
    "sessions_create",
    "sessions_refresh",
    "sessions_sign_out",
}
PLANNED = [one for one in operations() if one.id not in UNPLANNED]
EACH = pytest.mark.parametrize("operation", PLANNED, ids=lambda operation: operation.id)
JSON = "application/json"
UNKNOWN = UUID("01a203df-4cdb-7211-83aa-039c753394aa")
Request = dict[str, Any]


def test_all_other_routes_have_a_plan(app: FastAPI) -> None:
    """A parameter of a new kind makes its route slower, and is seen here."""
    found = [one.original_route for one in iter_route_contexts(app.routes) if isinstance(one.original_route, Route)]
    assert {route.operation_id for route in found} == {one.id for one in operations()}
    slow = {str(route.operation_id) for route in found if Plan.of(route) is None}
    assert slow == UNPLANNED, (
        f"{sorted(slow ^ UNPLANNED)}: take parameters that http/planning.py knows, or change UNPLANNED in this file"
    )


@pytest.fixture
def rows() -> dict[str, Make]:
    """By the path's parameter: a function that makes a row."""
    return MAKERS


@EACH
async def test_both_ways(
    app: FastAPI, sign_in_as: SignInAs, services: Services, sql: Sql, rows: dict[str, Make], operation: Operation
) -> None:
    """Each on an account of its own, and with all of its allowances; ids, times and tokens aside."""
    responses: dict[bool, list[tuple[Request, object]]] = {}
    portals = {is_planned: await sign_in_as("owner") for is_planned in (True, False)}
    for is_planned, portal in portals.items():
        await sql.execute("DELETE FROM rate_counters")  # strangers share theirs, which the other way has used
        row = await row_of(rows, operation, portal, services)
        caller = caller_of(operation, portal, services)
        with way(app, is_planned=is_planned):
            responses[is_planned] = [
                (request, shown(await caller.request(**request))) for request in requests_to(operation, row)
            ]
            last = [shown(await call_well(caller, operation, row)) for _ in range(2)]
        responses[is_planned] += [({"call_well": True}, one) for one in last]
    for (request, planned), (_, solved) in zip(responses[True], responses[False], strict=True):
        assert planned == solved, request


@EACH
async def test_good_request_is_planned(
    sign_in_as: SignInAs,
    services: Services,
    rows: dict[str, Make],
    operation: Operation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """FastAPI does not solve the arguments of a request that fits its plan."""
    portal = await sign_in_as("owner")
    row = await row_of(rows, operation, portal, services)
    solved: list[str] = []

    async def solve(*_: object) -> None:
        solved.append(operation.id)

    monkeypatch.setattr(routes, "_solved", solve)
    await call_well(caller_of(operation, portal, services), operation, row)
    assert not solved


async def row_of(rows: dict[str, Make], operation: Operation, portal: Portal, services: Services) -> object:
    """A row that the operation's path may name, or None where it names none."""
    if "{" not in operation.path:
        return None
    return await (rows.get(operation.id) or rows[parameter_of(operation)])(portal, services)


@contextmanager
def way(app: FastAPI, *, is_planned: bool) -> Iterator[None]:
    """A dependency that is replaced has FastAPI solve every request."""
    app.dependency_overrides = {} if is_planned else {object: object}
    try:
        yield
    finally:
        app.dependency_overrides = {}


def requests_to(operation: Operation, row: object) -> Iterator[Request]:
    """Yield requests that are wrong in one thing each, and some that look unusual and are right."""
    path, body = path_of(operation, row), body_of(operation)
    right: Request = {"method": operation.method, "url": path, "headers": {"If-Match": "*", **new_key()}}
    if body:
        right["json"] = body
    for authorization in ("", "Bearer x", "Basic eDp5"):
        yield right | {"headers": {**right["headers"], "Authorization": authorization}}
    yield from (right | {"headers": headers} for headers in headers_of(operation))
    if row is not None:
        yield from (right | {"url": path.replace(str(row), other)} for other in ids())
    if body:
        yield from (right | {"json": None} | sent for sent in bodies_of(right["headers"], body))
    if operation.method == "GET" and row is None:
        yield from (right | {"params": query} for query in queries_of(operation))


def ids() -> Iterator[str]:
    """Yield texts that are no id, and unknown ids in several spellings: the same for both ways.

    Of those without dashes one in some thousand has a card's number in it, which no response repeats.
    """
    yield from ("not-an-id", str(UNKNOWN), str(UNKNOWN).upper(), f"{{{UNKNOWN}}}", UNKNOWN.hex)


def queries_of(operation: Operation) -> Iterator[object]:
    """Yield queries with parameters that are unknown, repeated, empty, or have a value of another type."""
    yield from (
        "unknown=1",
        "unknown=1&unknown=2",
        "limit=0",
        "limit=1&limit=2",
        "cursor=abc",
        "cursor=",
        "%ff=%00",
        "a&b",
    )
    for parameter in operation.documented.get("parameters", ()):
        if parameter["in"] == "query":
            yield from ({parameter["name"]: value} for value in ("1", "2026-01-01", "USD", "x", "\u0661", " 1 "))
            yield {parameter["name"]: ["open", "paid"]}


def headers_of(operation: Operation) -> Iterator[list[tuple[str, str]] | dict[str, str]]:
    """Yield If-Match and Idempotency-Key missing, wrong, and given twice."""
    (key,) = new_key().values()
    names = {parameter["name"] for parameter in operation.documented.get("parameters", ())}
    if "If-Match" in names:
        yield from ({"If-Match": value} for value in ('"0"', "W/*", '"x"', "x" * 1001, ""))
        yield []
        yield [("If-Match", '"0"'), ("If-Match", "*")]
    if "Idempotency-Key" in names:
        yield from ({"Idempotency-Key": value} for value in ("short", f"{key}\x7f", "4111111111111111-0000000"))
        yield [("Idempotency-Key", key), ("Idempotency-Key", key)]


def bodies_of(headers: dict[str, str], body: dict[str, Any]) -> Iterator[Request]:
    """Yield bodies that are empty, no JSON or no object, of another media type, or wrong in their first field."""
    first = next(iter(body))
    for content in (
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"1",
        b"\xff",
        b"[" * 20_000,
        b'{"unknown": 1}',
        b'{"a": 1, "a": 1}',
    ):
        yield {"content": content, "headers": {**headers, "Content-Type": JSON}}
    for media_type in (f"{JSON}; charset=utf-8", "application/merge-patch+json", "text/plain", "APPLICATION/JSON"):
        yield {"content": b'{"unknown": 1}', "headers": {**headers, "Content-Type": media_type}}
    wrongs: tuple[object, ...] = (None, [], {}, 7, "x" * 5000, "\x00")
    for wrong in wrongs:
        yield {"json": {**body, first: wrong}, "headers": headers}


_CHANGING = re.compile(
    r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\dT[0-9:.]+Z?|\d\d:\d\d:\d\d|[A-Za-z0-9+/_=-]{24,}|[0-9a-f]{12}",
    re.IGNORECASE,
)


def shown(response: httpx.Response) -> tuple[int, dict[str, str], str]:
    """Return what must be equal; ids, times, digests and tokens differ from account to account.

    So does a PDF, which is compressed, by the account's number in it.
    """
    unequal = {"x-request-id", "content-length"}
    headers = {name: _CHANGING.sub("…", value) for name, value in response.headers.items() if name not in unequal}
    is_pdf = response.headers.get("content-type") == "application/pdf"
    return response.status_code, headers, response.text[:5] if is_pdf else _CHANGING.sub("…", response.text)
