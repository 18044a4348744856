"""Problem documents (RFC 9457): their members and their statuses."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import BaseModel, Field

from billing_api.errors import EXAMPLE_ID, AppError, FieldError, InvalidInputError, Kind
from billing_api.kit.card_numbers import without_card_numbers

MEDIA_TYPE = "application/problem+json"
MOST_FIELDS = 50  # wrong fields that a problem names
_PATH_CHARACTERS = 300
_PATH_SAFE = "/:@!$&'()*+,;="
_CUT_BYTE = re.compile("%[0-9A-F]?$")  # a half of an encoded byte is no part of an address
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.~-]*")
# Relative to the address of the request, as RFC 9457, 3.1.1 has it: the service itself serves the pages.
TYPE_BASE = "/problems/"

STATUS: dict[Kind, int] = {
    Kind.BAD_REQUEST: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.DECLINED: 402,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.NOT_ALLOWED: 405,
    Kind.TOO_SLOW: 408,
    Kind.CONFLICT: 409,
    Kind.GONE: 410,
    Kind.PRECONDITION_FAILED: 412,
    Kind.TOO_LARGE: 413,
    Kind.ADDRESS_TOO_LONG: 414,
    Kind.UNSUPPORTED_MEDIA: 415,
    Kind.INVALID: 422,
    Kind.PRECONDITION_REQUIRED: 428,
    Kind.TOO_MANY: 429,
    Kind.HEAD_TOO_LARGE: 431,
    Kind.INTERNAL: 500,
    Kind.NOT_SUPPORTED: 501,
    Kind.UNAVAILABLE: 503,
}


class ProblemField(BaseModel):
    """One wrong field or parameter."""

    pointer: str = Field(
        max_length=2_000,
        description="RFC 6901 pointer into the body, or `?name` for a parameter; empty for the body as a whole",
        examples=["/amount"],
    )
    code: str = Field(
        max_length=100,
        description=f"The fault; it is stable. The page {TYPE_BASE}validation_failed lists all of them",
        examples=["missing"],
    )
    detail: str = Field(max_length=2_000, description="The fault, in words that may change", examples=["Required"])
    choices: list[Annotated[str, Field(max_length=200)]] = Field(
        default=[], max_length=1_000, description="The values that it may have, where they can be counted"
    )


class Problem(BaseModel):
    """An error; `code` is stable, the texts may change. Each code adds members of its own."""

    type: str = Field(
        json_schema_extra={"format": "uri-reference"},
        max_length=200,
        description="The address of a page with the cause and the cure, relative to the address of the request",
        examples=[f"{TYPE_BASE}address_not_found"],
    )
    title: str = Field(
        max_length=200, description="The code in words, the same each time", examples=["There is no such address"]
    )
    status: int = Field(ge=400, le=599, description="The status of the response", examples=[404])
    detail: str = Field(max_length=10_000, description="This case in words, in English", examples=["Try again."])
    instance: str = Field(
        json_schema_extra={"format": "uri-reference"},
        max_length=_PATH_CHARACTERS,
        description="The path of the request",
        examples=["/v1/addresses/019a0000-0000-7000-8000-000000000000"],
    )
    code: str = Field(max_length=100, description="The error's name, which is stable", examples=["address_not_found"])
    request_id: str = Field(
        max_length=128, description="Stands in the service's log, and in `X-Request-Id`", examples=[EXAMPLE_ID]
    )


def status_of(error: AppError | type[AppError]) -> int:
    """Return the HTTP status of an error's kind."""
    return STATUS[error.kind]


def body_of(error: AppError, *, instance: str, request_id: str | None) -> dict[str, Any]:
    """Return an error's problem document."""
    fields = error.errors if isinstance(error, InvalidInputError) else ()
    return problem_body(
        status=status_of(error),
        code=error.code,
        title=error.title,
        detail=error.detail,
        instance=instance,
        request_id=request_id,
        fields=fields,
        extensions=error.extensions,
    )


def problem_body(
    *,
    status: int,
    code: str,
    title: str,
    detail: str,
    instance: str,
    request_id: str | None,
    extensions: Mapping[str, Any],
    fields: Sequence[FieldError] = (),
) -> dict[str, Any]:
    """Return a problem document; an extension never hides one of the standard members."""
    body: dict[str, Any] = dict(extensions)
    body |= {
        "type": f"{TYPE_BASE}{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": path_shown(without_card_numbers(instance[: 2 * _PATH_CHARACTERS])),
        "code": code,
        "request_id": request_id,
    }
    if fields:
        body["errors"] = [_field_body(field) for field in fields]
    return body


def _field_body(field: FieldError) -> dict[str, Any]:
    body: dict[str, Any] = {"pointer": field.pointer, "code": field.code, "detail": field.detail}
    return body | ({"choices": list(field.choices)} if field.choices else {})


def path_shown(path: str) -> str:
    """Return a path as problems and logs have it: percent-encoded (RFC 3986) and short.

    An encoded path has no card number; a plain one is checked where it is logged, as every text is.
    """
    begun = path[: 2 * _PATH_CHARACTERS]
    if _PLAIN_PATH.fullmatch(begun):
        return begun[:_PATH_CHARACTERS]
    encoded = quote(without_card_numbers(begun), safe=_PATH_SAFE)[:_PATH_CHARACTERS]
    return _CUT_BYTE.sub("", encoded)


def text_of(body: Mapping[str, Any]) -> str:
    """Return a problem document as it is sent."""
    return json.dumps(body, ensure_ascii=False, default=str)
