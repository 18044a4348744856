"""Requests whose body comes as a test wants it, or not at all; httpx sends each whole."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from starlette.types import Message, Receive

from tests.architecture.operations import Operation


async def status_of(app: FastAPI, operation: Operation, receive: Receive, headers: Mapping[str, str]) -> int:
    """Return the status of a request for unknown ids, whose body is announced as 60 bytes of JSON."""
    path = re.sub(r"{\w+}", str(uuid4()), operation.path)
    given = {"host": "api.test", "content-type": "application/json", "content-length": "60", **headers}
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
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
        "client": ("192.0.2.1", 1),
    }
    statuses: list[int] = []

    async def send(message: Message) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    await app(scope, receive, send)
    (status,) = statuses
    return status
