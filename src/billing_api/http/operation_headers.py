"""The headers that each operation documents: those of its results, of its errors, and of every response."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from billing_api.errors import AppError, Kind
from billing_api.http.problems import status_of
from billing_api.http.results import CLEAR_SITE_DATA, CONTENT_DISPOSITION, ETAG, LINK, LOCATION, SET_COOKIE
from billing_api.http.routes import Route
from billing_api.kit.headers import MOST_BYTES

_CACHE_CONTROL, _REQUEST_ID, _REPLAYED = "Cache-Control", "X-Request-Id", "Idempotent-Replayed"
_RETRY_AFTER, _CHALLENGE, _ORIGIN = "Retry-After", "WWW-Authenticate", "Access-Control-Allow-Origin"
_TEXT = {"type": "string", "maxLength": 1_000}
_ADDRESS = {"type": "string", "format": "uri", "maxLength": 10_000}


def _header(description: str, schema: dict[str, Any], example: Any, *, required: bool = True) -> dict[str, Any]:
    return {"description": description, "required": required, "schema": schema, "example": example}


HEADERS: dict[str, dict[str, Any]] = {
    "Accept-Encoding": _header("The content codings that a body may have", _TEXT, "identity", required=False),
    _ORIGIN: _header(
        "The origin of the page whose script may read the response, when the request names one that is allowed",
        _ADDRESS,
        "https://portal.example.com",
        required=False,
    ),
    _CACHE_CONTROL: _header("Who may store the response, and for how long", _TEXT, "private, no-cache"),
    CLEAR_SITE_DATA: _header("Makes a browser forget responses of this API", _TEXT, '"cache"', required=False),
    CONTENT_DISPOSITION: _header(
        "The name of the file, in ASCII and in UTF-8 (RFC 6266)",
        _TEXT,
        'attachment; filename="Invoices Acme until 2026-11-27.csv"; '
        "filename*=UTF-8''Invoices%20Acme%20until%202026-11-27.csv",
    ),
    ETAG: _header(
        "The version of the resource, for `If-Match` and `If-None-Match`",
        _TEXT,
        '"1-6f3a9c2b1d04-8e1f5b7a9c3d2e4f60718293"',
    ),
    _REPLAYED: _header(
        "`true` when the key was used before: this is the response to the first request",
        {"type": "string", "enum": ["true"]},
        "true",
        required=False,
    ),
    LINK: _header(
        "The address of the next page, absent on the last one (RFC 8288)",
        {"type": "string", "maxLength": 10_000},
        '<https://billing.example.com/v1/invoices?cursor=WzFd>; rel="next"',
        required=False,
    ),
    LOCATION: _header(
        "The address of the resource",
        _ADDRESS,
        "https://billing.example.com/v1/addresses/019a0000-0000-7000-8000-000000000000",
    ),
    # draft-ietf-httpapi-ratelimit-headers-10
    "RateLimit": _header(
        "The policy, the requests that are left, and the seconds until more are allowed", _TEXT, '"quotes";r=0;t=42'
    ),
    "RateLimit-Policy": _header("The policy, its quota, and its window in seconds", _TEXT, '"quotes";q=120;w=60'),
    _RETRY_AFTER: _header(
        "Seconds until the same request may succeed",
        {"type": "integer", "minimum": 0, "maximum": 604_800},
        5,
        required=False,
    ),
    SET_COOKIE: _header(
        "The refresh token or the device token of a browser, which no script reads",
        {"type": "string", "maxLength": 4_096},
        "__Host-refresh=…; HttpOnly; Secure; SameSite=strict; Path=/",
        required=False,
    ),
    _CHALLENGE: _header("How to authenticate (RFC 6750)", _TEXT, 'Bearer error="invalid_token"'),
    _REQUEST_ID: _header(
        "The id of the request in the service's log: the client's own, or a new one",
        {"type": "string", "minLength": 8, "maxLength": 128},
        "019a0000-0000-7000-8000-000000000000",
    ),
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the response that the client has: if it is the current one, the response is a 304",
    "schema": {"type": "string", "maxLength": MOST_BYTES},
    "example": HEADERS[ETAG]["example"],
}


def document_headers(method: str, operation: dict[str, Any], route: Route, errors: Iterable[type[AppError]]) -> None:
    """Write the headers of an operation's responses, and its 304 where it has one."""
    responses = operation["responses"]
    if method == "get" and ETAG in route.headers.get(200, ()):
        operation.setdefault("parameters", []).append(deepcopy(_IF_NONE_MATCH))
        responses["304"] = {"description": "The client has the current version already."}
    operation["responses"] = dict(sorted(responses.items()))
    takes_key = any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ()))
    for status, response in operation["responses"].items():
        names = {_CACHE_CONTROL, _REQUEST_ID, _ORIGIN, *route.headers.get(int(status), ())}
        if status == "304":
            names.add(ETAG)
        if takes_key:
            names.add(_REPLAYED)
        for error in errors:
            if str(status_of(error)) == status:
                names |= _of_error(error)
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in sorted(names)}


def _of_error(error: type[AppError]) -> set[str]:
    example = error.example()
    names = set(example.headers) & HEADERS.keys()
    if example.retry_after is not None:
        names.add(_RETRY_AFTER)
    if error.kind is Kind.UNAUTHENTICATED:
        names.add(_CHALLENGE)
    return names
