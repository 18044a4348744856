"""The two parameters for an Idempotency-Key: FastAPI and a plan give a handler the same value."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.routing import APIRoute

from billing_api.http import error_handlers
from billing_api.http.idempotency import OptionalIdempotencyKey, RequiredIdempotencyKey, digest_of
from billing_api.http.planning import Body, Plan

PATH, BODY = "/v1/things/7", b'{"amount": 1}'
KEY = "5f0e6a52-6a3c-4f0e-9a77-4b0d3e1c8a11"
VALUE = {"text": KEY, "method": "POST", "route": PATH, "digest": digest_of(BODY)}


async def _required(key: RequiredIdempotencyKey) -> Any:
    return key


async def _optional(key: OptionalIdempotencyKey) -> Any:
    return key


HANDLERS = pytest.mark.parametrize("handler", [_required, _optional])


async def _solved(handler: Any, headers: dict[str, str]) -> httpx.Response:
    """Have FastAPI solve a request whose body the handler itself does not read."""
    app = FastAPI()
    error_handlers.install(app)
    app.post(PATH)(handler)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client:
        return await client.post(PATH, content=BODY, headers=headers)


async def _planned(handler: Any, headers: dict[str, str]) -> dict[str, Any] | None:
    """Return the arguments that a plan reads from the same request."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": BODY, "more_body": False}

    scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    plan = Plan.of(APIRoute(PATH, handler, methods=["POST"]))
    assert plan is not None
    return await plan.arguments(Request(scope), Body(receive), None)


@HANDLERS
async def test_a_key_comes_with_the_request_and_the_digest_of_its_body(handler: Any) -> None:
    headers = {"Idempotency-Key": KEY}
    solved, planned = await _solved(handler, headers), await _planned(handler, headers)
    assert (solved.status_code, solved.json()) == (200, VALUE)
    assert planned is not None
    assert {name: getattr(planned["key"], name) for name in VALUE} == VALUE


async def test_an_optional_key_may_be_absent() -> None:
    solved, planned = await _solved(_optional, {}), await _planned(_optional, {})
    assert (solved.status_code, solved.json()) == (200, None)
    assert planned == {"key": None}


async def test_a_required_key_may_not() -> None:
    solved, planned = await _solved(_required, {}), await _planned(_required, {})
    assert (solved.status_code, solved.json()["code"]) == (400, "bad_idempotency_key")
    assert planned is None


@HANDLERS
@pytest.mark.parametrize("key", ["x" * 19, "x" * 256, "4111111111111111-0000000", "x" * 20 + " "])
async def test_a_key_that_may_not_be_kept_is_refused(handler: Any, key: str) -> None:
    headers = {"Idempotency-Key": key}
    solved, planned = await _solved(handler, headers), await _planned(handler, headers)
    assert (solved.status_code, solved.json()["code"]) == (400, "bad_idempotency_key")
    assert planned is None
