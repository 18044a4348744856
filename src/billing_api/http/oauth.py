"""The errors of the paths that follow OAuth: in the form of RFC 6749, 5.2, whatever their cause.

Libraries for OAuth read `error` and know no problem documents.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import Response
from pydantic import BaseModel, Field

from billing_api.errors import AppError, Kind
from billing_api.http.problems import TYPE_BASE, status_of
from billing_api.kit.context import acting

_PATHS = "/v1/oauth/"
MEDIA_TYPE = "application/json"
# The codes of RFC 6749, 5.2; other errors have the nearest of them, or that of section 4.1.2.1.
_OWN = {"invalid_request", "invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}
_OF_KINDS = {
    Kind.INTERNAL: "server_error",
    Kind.UNAVAILABLE: "temporarily_unavailable",
    Kind.TOO_MANY: "temporarily_unavailable",
}
_OUTSIDE_ASCII = re.compile(r"[^\x20-\x21\x23-\x5B\x5D-\x7E]")  # that a description may not have


class OAuthError(BaseModel):
    """An error of a request for a token (RFC 6749, 5.2)."""

    error: str = Field(
        max_length=100,
        description="The error's code: of RFC 6749, 5.2, or `temporarily_unavailable` and `server_error`",
        examples=["invalid_client"],
    )
    error_description: str = Field(
        max_length=10_000, description="This case in words, in English", examples=["There is no such client."]
    )
    error_uri: Annotated[str, Field(json_schema_extra={"format": "uri-reference"})] = Field(
        max_length=200,
        description="The address of a page with the cause and the cure, relative to the address of the request",
        examples=[f"{TYPE_BASE}invalid_client"],
    )


def follows_oauth(path: str) -> bool:
    """Return whether the errors of a path have the form of OAuth."""
    return path.startswith(_PATHS)


def oauth_body(error: AppError) -> dict[str, Any]:
    """Return an error as OAuth has it."""
    code = error.code if error.code in _OWN else _OF_KINDS.get(error.kind, "invalid_request")
    return {
        "error": code,
        "error_description": _OUTSIDE_ASCII.sub("'", error.detail),
        "error_uri": f"{TYPE_BASE}{error.code}",
    }


def oauth_response(error: AppError, headers: Mapping[str, str]) -> Response:
    """Return an error as a response that no cache may store."""
    acting().notes.problem_code = error.code
    content = json.dumps(oauth_body(error)).encode()
    return Response(content, status_of(error), {**headers, "Cache-Control": "no-store"}, MEDIA_TYPE)


def oauth_content_of(errors: Iterable[type[AppError]]) -> dict[str, Any]:
    """Return the schema of the response for these errors, with an example of each."""
    schema = {"$ref": f"#/components/schemas/{OAuthError.__name__}"}
    examples = {error.code: {"summary": error.title, "value": oauth_body(error.example())} for error in errors}
    return {MEDIA_TYPE: {"schema": schema, "examples": examples}}
