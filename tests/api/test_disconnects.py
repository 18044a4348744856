"""A client that goes away in the middle of its body is no failure of ours, whatever route it asked."""

import re
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from starlette.types import Message
from structlog.typing import EventDict

from tests.architecture.operations import Operation, operations
from tests.fixtures.signed_in import Portal

WITH_BODY = [operation for operation in operations() if operation.method in {"POST", "PUT", "PATCH", "DELETE"}]


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda operation: operation.id)
async def test_it_leaves_no_error_line(
    app: FastAPI, portal: Portal, operation: Operation, logged: list[EventDict]
) -> None:
    """It may write no traceback into the log at will; the answer, which reaches nobody, is a 4xx."""
    path = re.sub(r"{\w+}", str(uuid4()), operation.path)
    headers = {
        "authorization": portal.headers["Authorization"],
        "content-type": "application/json",
        "content-length": "60",
        "idempotency-key": "a-key-that-is-long-enough",
    }
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": operation.method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.1", 1),
    }
    messages: list[Message] = [{"type": "http.request", "body": b"bt_", "more_body": True}]
    statuses = []

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    await app(scope, receive, send)
    assert [event for event in logged if event["log_level"] in {"warning", "error", "critical"}] == []
    assert statuses[0] < 500
