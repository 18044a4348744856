"""The log line of a request, as an operator reads it after a call at the door."""

import asyncio
import json
from collections.abc import AsyncIterator
from io import StringIO
from select import PIPE_BUF
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI

from billing_api.config import Environment, Settings
from billing_api.http import request_log
from billing_api.kit.context import begin_request
from billing_api.main import create_app
from tests.fixtures.signed_in import owner_of


@pytest.fixture
def written() -> StringIO:
    """The lines of requests."""
    return StringIO()


@pytest.fixture
async def production(settings: Settings, written: StringIO, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FastAPI]:
    """An application that writes its lines as in production."""
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdout", written)
        app = create_app(settings.model_copy(update={"environment": Environment.PRODUCTION}))
    async with app.router.lifespan_context(app):
        yield app


async def only_line(written: StringIO) -> dict[str, Any]:
    """The one line that was written, at the end of its loop's turn."""
    await asyncio.sleep(0)
    (line,) = written.getvalue().splitlines()
    fields: dict[str, Any] = json.loads(line)
    return fields


async def test_operation_caller_and_client(production: FastAPI, written: StringIO) -> None:
    """Each fact has a field of its own, to be searched by."""
    async with owner_of(production) as portal:
        await portal.get("/v1/balance", headers={"User-Agent": "Portal/7", "X-Request-Id": "the-request-1"})
    line = await only_line(written)
    assert line["database_milliseconds"] > 0
    assert line["milliseconds"] >= line["database_milliseconds"]
    del line["database_milliseconds"], line["milliseconds"], line["timestamp"]
    assert line == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "route": "/v1/balance",
        "path": "/v1/balance",
        "status": 200,
        "gateway_milliseconds": 0.0,
        "problem": None,
        "actor": str(portal.user_id),
        "account": str(portal.account_id),
        "session": str(portal.session_id),
        "client": "127.0.0.1",
        "user_agent": "Portal/7",
        "request_id": "the-request-1",
    }


async def test_time_at_the_gateway(production: FastAPI, written: StringIO) -> None:
    """It is apart from the time in the database."""
    async with owner_of(production) as portal:
        response = await portal.post("/v1/payment-methods/client-token")
        assert response.status_code in {200, 201}
    line = await only_line(written)
    assert line["gateway_milliseconds"] > 0


@pytest.mark.parametrize(
    ("request_line", "route", "problem"),
    [
        pytest.param("GET /v1/invoices/{}", "/v1/invoices/{invoice_id}", "invoice_not_found", id="of a feature"),
        pytest.param("GET /v1/invoices?limit=x", "/v1/invoices", "validation_failed", id="of a parameter"),
        pytest.param("GET /nowhere", "unmatched", "not_found", id="without a route"),
        pytest.param("POST /v1/addresses", "unmatched", "unsupported_media_type", id="of a refusal"),
    ],
)
async def test_problem_has_its_code(
    production: FastAPI, written: StringIO, request_line: str, route: str, problem: str
) -> None:
    """Whichever layer wrote it."""
    async with owner_of(production) as portal:
        method, path = request_line.format(uuid4()).split()
        await portal.request(method, path, content=b"text" if method == "POST" else None)
    line = await only_line(written)
    assert (line["route"], line["problem"]) == (route, problem)


async def test_sign_in_has_its_account_and_session(production: FastAPI, written: StringIO) -> None:
    """The log ties a session to the client that began it."""
    async with owner_of(production) as owner:
        assert (await owner.delete("/v1/sessions/current")).status_code == 204
    line = await only_line(written)
    assert (line["account"], line["session"]) == (str(owner.account_id), str(owner.session_id))


async def test_what_http_allows_and_the_service_lacks_is_no_alarm(production: FastAPI, written: StringIO) -> None:
    """Anybody can send such a request, and must not call an operator by it."""
    async with owner_of(production) as portal:
        response = await portal.post("/v1/sessions", content=b"{}", headers={"Transfer-Encoding": "gzip, chunked"})
    line = await only_line(written)
    assert (response.status_code, line["status"], line["level"]) == (501, 501, "info")


async def test_lines_of_one_turn_are_one_write(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container each write of Python's is one of the system's; a pipe takes 4,096 bytes whole."""
    writes: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdout", SimpleNamespace(write=writes.append, flush=lambda: None))
        log_request = request_log.request_log(settings.model_copy(update={"environment": Environment.PRODUCTION}))
    begin_request("req-12345678", "127.0.0.1")
    for count in (2, 1, 20):
        for number in range(count):
            log_request("GET", "/v1/balance", f"/v1/{number}", 200, 0.001, b"")
        await asyncio.sleep(0)
    paths = [[json.loads(line)["path"] for line in text.splitlines()] for text in writes]
    assert paths[:2] == [["/v1/0", "/v1/1"], ["/v1/0"]]
    assert [path for batch in paths[2:] for path in batch] == [f"/v1/{number}" for number in range(20)]
    assert len(paths[2:]) > 1
    assert max(map(len, writes)) <= PIPE_BUF


async def test_a_long_user_agent_is_cut_before_it_is_remembered(production: FastAPI, written: StringIO) -> None:
    """The memory of clients and paths holds no more than the lines show."""
    request_log._parties.cache_clear()
    async with owner_of(production) as portal:
        for end in "abc":
            await portal.get("/livez", headers={"User-Agent": "x" * 30_000 + end})
    await asyncio.sleep(0)
    assert request_log._parties.cache_info().currsize == 1
    assert {json.loads(line)["user_agent"] for line in written.getvalue().splitlines()} == {"x" * 200}
