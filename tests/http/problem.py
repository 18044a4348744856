"""Problem documents, looked at as every test of them does."""

import re
from functools import cache
from typing import Any
from urllib.parse import unquote

import httpx
import jsonschema_rs

from billing_api.http.field_codes import FIELD_CODES
from billing_api.http.problem_schemas import catalogue, name_of, schemas_of


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The response's problem document, after a look at what all of them have."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    body: dict[str, Any] = response.json()
    assert body.keys() >= {"type", "title", "status", "detail", "instance", "code", "request_id"}
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"/problems/{code}"
    _schema_of(code).validate(body)
    assert ".." not in body["detail"]
    assert unquote(body["instance"]) == response.request.url.path
    assert body["request_id"] == response.headers["x-request-id"]
    assert body["title"]
    for field in body.get("errors", ()):
        assert field["code"] in FIELD_CODES or re.fullmatch("[0-9]{5}", field["code"]), field
    assert body["detail"]
    return body


@cache
def _schema_of(code: str) -> jsonschema_rs.Validator:
    """The documented schema of a code's problems, and of these members alone."""
    error = catalogue()[code]
    schemas = schemas_of([error])
    schema = {
        "$ref": f"#/components/schemas/{name_of(error)}",
        "unevaluatedProperties": False,
        "components": {"schemas": schemas},
    }
    return jsonschema_rs.validator_for(schema, validate_formats=True)


_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def without_ids(text: str) -> str:
    """The text without its UUIDs: their digits are chance, and may be those that a text must not have."""
    return _ID.sub("", text)


def pointers(body: dict[str, Any]) -> list[str]:
    """What the problem complains of."""
    return [field["pointer"] for field in body["errors"]]
