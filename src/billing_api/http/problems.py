"""Problem documents (RFC 9457): their shape, their statuses, and how a route documents its errors."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from billing_api.errors import AppError, FieldError, InvalidInputError, Kind
from billing_api.kit.card_numbers import without_card_numbers

MEDIA_TYPE = "application/problem+json"
_PATH_CHARACTERS = 300
_PATH_SAFE = "/:@!$&'()*+,;="
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.~-]*")
TYPE_BASE = "https://billing-portal.invalid/problems/"
EXAMPLE_ID = "019a0000-0000-7000-8000-000000000000"

STATUS: dict[Kind, int] = {
    Kind.BAD_REQUEST: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.DECLINED: 402,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.PRECONDITION_FAILED: 412,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED_MEDIA: 415,
    Kind.INVALID: 422,
    Kind.PRECONDITION_REQUIRED: 428,
    Kind.TOO_MANY: 429,
    Kind.UNAVAILABLE: 503,
}


class ProblemField(BaseModel):
    """One wrong field or parameter."""

    pointer: str = Field(description="RFC 6901 pointer into the body, or `?name` for a parameter", examples=["/amount"])
    code: str = Field(examples=["missing"])
    detail: str = Field(examples=["Field required"])
    choices: list[str] | None = Field(None, description="The values that it may have, where they can be counted")


class Problem(BaseModel):
    """The error; `code` is stable, the texts may change."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=[f"{TYPE_BASE}address_not_found"])
    title: str = Field(examples=["There is no such address"])
    status: int = Field(examples=[404])
    detail: str
    instance: str = Field(examples=["/v1/addresses/019a0000-0000-7000-8000-000000000000"])
    code: str = Field(examples=["address_not_found"])
    request_id: str | None
    errors: list[ProblemField] | None = Field(None, description="With 422: each wrong field")


def status_of(error: AppError) -> int:
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
    title: str | None = None,
    detail: str,
    instance: str,
    request_id: str | None,
    fields: tuple[FieldError, ...] | list[FieldError] = (),
    extensions: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a problem document; an extension never hides one of the standard members."""
    body: dict[str, Any] = dict(extensions or {})
    body |= {
        "type": f"{TYPE_BASE}{code}",
        "title": title or HTTPStatus(status).phrase,
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
    if not _PLAIN_PATH.fullmatch(begun):
        begun = quote(without_card_numbers(begun), safe=_PATH_SAFE)
    return begun[:_PATH_CHARACTERS]


def text_of(body: Mapping[str, Any]) -> str:
    """Return a problem document as it is sent."""
    return json.dumps(body, ensure_ascii=False, default=str)


def problems(*errors: type[AppError]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses=` of a route that gives these errors: each with its code, its meaning and an example."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for error in dict.fromkeys(errors):
        known = by_status.setdefault(STATUS[error.kind], {"description": "", **problem_content()})
        known["description"] = f"{known['description']} `{error.code}`: {error.title}.".strip()
        known["content"][MEDIA_TYPE]["examples"] |= example(STATUS[error.kind], error.code, error.title)
    return by_status


def problem_content() -> dict[str, Any]:
    """Return the documented content of an error's response, without an example yet."""
    return {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}}}


def example(status: int, code: str, title: str, fields: tuple[FieldError, ...] = ()) -> dict[str, Any]:
    """Return a documented example under its code; http/openapi.py gives it a path."""
    body = problem_body(
        status=status,
        code=code,
        title=title,
        detail=" ".join(field.sentence for field in fields) or f"{title}.",
        instance="",
        request_id=EXAMPLE_ID,
        fields=fields,
    )
    return {code: {"summary": title, "value": body}}
