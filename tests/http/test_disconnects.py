"""A client that leaves in the middle of its body causes no error line, on every route."""

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
    """A client must not be able to write tracebacks into the log; the response, which is not received, is no 5xx."""
    messages: list[Message] = [{"type": "http.request", "body": b"bt_", "more_body": True}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    headers = {"Authorization": portal.headers["Authorization"], "Idempotency-Key": "a-key-that-is-long-enough"}
    assert await status_of(app, operation, receive, headers) < 500
    assert [event for event in logged if event["log_level"] in {"warning", "error", "critical"}] == []
