"""Refusals of requests by path and headers alone, before a body is read."""

import re

from starlette.types import Scope

from billing_api.errors import AppError
from billing_api.http.errors import (
    BodyTooLargeError,
    HostMissingError,
    RepeatedHeaderError,
    UnknownPathError,
    UnsupportedContentEncodingError,
    UnsupportedMediaTypeError,
    UnsupportedTransferEncodingError,
)

_JSON = re.compile(rb"application/(?:[\w.+-]*\+)?json\s*(?:;|$)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BODY_METHODS = {"POST", "PUT", "PATCH"}
# Forms by their own standards: RFC 6749, and Braintree's webhooks.
_OTHER_MEDIA = ("/v1/oauth/", "/v1/gateway-webhooks/")
# Requests to these need no token, and none of them needs a large body.
_OPEN_TO_ALL = (
    "/v1/sessions",
    "/v1/password-resets",
    "/v1/invitations",
    "/v1/oauth/",
    "/v1/gateway-webhooks/",
    "/v1/profile/email-confirmations",
    "/v1/profile/password",
)
_OPEN_BODY_BYTES = 65_536
_ONCE = (b"authorization", b"content-length", b"content-type", b"host", b"origin")
_BODY_HEADERS = frozenset({b"content-length", b"transfer-encoding"})

_Headers = dict[bytes, bytes]


def body_limit(scope: Scope, most: int) -> int:
    """Return how many bytes the body of a request to this path may have."""
    return min(most, _OPEN_BODY_BYTES) if scope["path"].startswith(_OPEN_TO_ALL) else most


def refusal_of(scope: Scope, limit: int) -> AppError | None:
    """Return why the request is refused, or None."""
    if (refusal := _refusal_of_path(scope)) is not None:
        return refusal
    headers = dict(scope["headers"])
    if b"host" not in headers and scope["http_version"] == "1.1":  # RFC 9112, 3.2
        return HostMissingError()
    if len(headers) < len(scope["headers"]):
        names = [name for name, _ in scope["headers"]]
        if repeated := [name.decode() for name in _ONCE if names.count(name) > 1]:
            return RepeatedHeaderError(repeated)
        headers = _joined(scope)
    if _BODY_HEADERS.isdisjoint(headers):
        return None
    return _refusal_of_body(scope, headers, limit)


def _refusal_of_path(scope: Scope) -> AppError | None:
    path = scope["path"]
    if b"%2f" in (scope.get("raw_path") or b"").lower() or (not path.isprintable() and _CONTROL.search(path)):
        # A slash that was encoded is part of a name, and no name here has one: `/v1%2fprofile` is not `/v1/profile`.
        # Nor has one a control character; Starlette's patterns end in `$`, which also fits before a line feed.
        return UnknownPathError()
    return None


def _refusal_of_body(scope: Scope, headers: _Headers, limit: int) -> AppError | None:
    if b"transfer-encoding" in headers and _list_of(headers, b"transfer-encoding") not in {b"", b"chunked"}:
        return UnsupportedTransferEncodingError()
    length = headers.get(b"content-length", b"")
    if length.strip(b"0") == b"" and b"transfer-encoding" not in headers:
        return None
    if length and (not length.isdigit() or len(length) > len(str(limit)) or int(length) > limit):
        return BodyTooLargeError(limit)
    if b"content-encoding" in headers and _list_of(headers, b"content-encoding") not in {b"identity", b""}:
        return UnsupportedContentEncodingError()
    if (
        scope["method"] in _BODY_METHODS
        and not scope["path"].startswith(_OTHER_MEDIA)
        and not _JSON.match(headers.get(b"content-type", b""))
    ):
        return UnsupportedMediaTypeError()
    return None


def _joined(scope: Scope) -> _Headers:
    """Return the headers by name; several of one name are a list."""
    headers: _Headers = {}
    for name, value in scope["headers"]:
        headers[name] = b"%b, %b" % (headers[name], value) if name in headers else value
    return headers


def _list_of(headers: _Headers, name: bytes) -> bytes:
    return headers[name].strip().lower()
