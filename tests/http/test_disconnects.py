"""A client that goes away in the middle of its body is no failure of ours, whatever route it asked."""

import pytest
from fastapi import FastAPI
from starlette.types import Message
from structlog.typing import EventDict

from tests.architecture.operations import Operation, operations
from tests.fixtures.signed_in import Portal
from tests.http.asgi import status_of

WITH_BODY = [operation for operation in operations() if operation.method != "GET"]


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda operation: operation.id)
async def test_it_leaves_no_error_line(
    app: FastAPI, portal: Portal, operation: Operation, logged: list[EventDict]
) -> None:
    """It may write no traceback into the log at will; the response, which reaches nobody, is no 5xx."""
    messages: list[Message] = [{"type": "http.request", "body": b"bt_", "more_body": True}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    headers = {"Authorization": portal.headers["Authorization"], "Idempotency-Key": "a-key-that-is-long-enough"}
    assert await status_of(app, operation, receive, headers) < 500
    assert [event for event in logged if event["log_level"] in {"warning", "error", "critical"}] == []
