"""What is refused by its path and headers alone, before a body is read."""

import re
from dataclasses import dataclass

from starlette.types import Scope

_JSON = re.compile(rb"application/(?:[\w.+-]*\+)?json\s*(?:;|$)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BODY_METHODS = {"POST", "PUT", "PATCH"}
# Forms by their own standards: RFC 6749, and Braintree's webhooks.
_OTHER_MEDIA = ("/v1/oauth/", "/v1/gateway-webhooks/")
# Whoever has no token may send to these, and none of them needs much.
_OPEN_TO_ALL = (
    "/v1/sessions",
    "/v1/password-resets",
    "/v1/invitations",
    "/v1/oauth/",
    "/v1/gateway-webhooks/",
    "/v1/profile/password",
)
_OPEN_BODY_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Refusal:
    """A problem in short; `headers` go with it."""

    status: int
    code: str
    detail: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


def body_limit(scope: Scope, most: int) -> int:
    """Return how many bytes the body of a request to this path may have."""
    return min(most, _OPEN_BODY_BYTES) if scope["path"].startswith(_OPEN_TO_ALL) else most


def too_large(limit: int) -> str:
    """Return the words of a refusal."""
    return f"The body of this request has at most {limit} bytes."


def refusal_of(scope: Scope, limit: int) -> Refusal | None:
    """Return why the request is refused, or None."""
    if b"%2f" in (scope.get("raw_path") or b"").lower() or _CONTROL.search(scope["path"]):
        # A slash that was encoded is part of a name, and no name here has one: `/v1%2fprofile` is not `/v1/profile`.
        # Nor has one a control character; Starlette's patterns end in `$`, which also fits before a line feed.
        return Refusal(404, "not_found", "There is nothing at this address.")
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    if length.strip(b"0") == b"" and b"transfer-encoding" not in headers:
        return None
    if not length.isdigit() or len(length) > len(str(limit)) or int(length) > limit:
        return Refusal(413, "too_large", too_large(limit))
    if headers.get(b"content-encoding", b"identity").strip().lower() not in {b"identity", b""}:
        detail = "Send the body as it is, without Content-Encoding."
        return Refusal(415, "unsupported_content_encoding", detail, ((b"accept-encoding", b"identity"),))
    if (
        scope["method"] in _BODY_METHODS
        and not scope["path"].startswith(_OTHER_MEDIA)
        and not _JSON.match(headers.get(b"content-type", b""))
    ):
        return Refusal(415, "unsupported_media_type", "Send the body as application/json.")
    return None
