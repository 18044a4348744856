"""Problem documents, looked at as every test of them does."""

from typing import Any
from urllib.parse import unquote

import httpx


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The response's problem document, after a look at what all of them have."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    body: dict[str, Any] = response.json()
    assert body.keys() >= {"type", "title", "status", "detail", "instance", "code", "request_id"}
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"].endswith(f"/{code}")
    assert ".." not in body["detail"]
    assert unquote(body["instance"]) == response.request.url.path
    assert body["request_id"] == response.headers["x-request-id"]
    assert body["title"]
    assert body["detail"]
    return body


def pointers(body: dict[str, Any]) -> list[str]:
    """What the problem complains of."""
    return [field["pointer"] for field in body["errors"]]
