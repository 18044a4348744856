"""The handlers that FastAPI calls to render an error as a problem document."""

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import Match

from billing_api.errors import AppError, FieldError, InvalidInputError, Kind
from billing_api.http import responses
from billing_api.http.errors import MalformedJsonError, MethodNotAllowedError, UnknownPathError, UnreadableBodyError
from billing_api.http.metrics import REPLAYS
from billing_api.http.oauth import follows_oauth, oauth_response
from billing_api.http.pointers import parameter_pointer, pointer_of
from billing_api.http.problems import MEDIA_TYPE, MOST_FIELDS, STATUS, Problem, body_of, problem_body, text_of
from billing_api.kit.context import acting
from billing_api.kit.idempotency import ACCEPTED, CREATED, DONE, EXISTING, IdempotentReplay
from billing_api.kit.schema import choices_of, words_of

_NO_STORE = {"Cache-Control": "no-store"}
_STATUS_OF_RESULT = {CREATED: 201, ACCEPTED: 202, EXISTING: 200, DONE: 200}


def problem_response(body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem document as a response that no cache may store."""
    acting().notes.problem_code = body["code"]
    content = text_of(body).encode(errors="replace")
    return Response(content, body["status"], {**(headers or {}), **_NO_STORE}, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Register the handlers."""
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)


async def response_to(request: Request, error: Exception) -> Response:
    """Return the response that FastAPI would give to an error of a route. Raise the error where it has none."""
    for kind in type(error).__mro__:
        if (handler := _HANDLERS.get(kind)) is not None:
            return await handler(request, error)
    raise error


async def _app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)
    headers = dict(error.headers)
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if error.kind is Kind.UNAUTHENTICATED:
        headers.setdefault("WWW-Authenticate", "Bearer")
    if follows_oauth(request.scope["path"]):
        return oauth_response(error, headers)
    body = body_of(error, instance=request.scope["path"], request_id=acting().request_id)
    return problem_response(body, headers)


async def _replay(request: Request, error: Exception) -> Response:
    """Render the stored result, the same to the byte as at first."""
    assert isinstance(error, IdempotentReplay)
    REPLAYS.inc()
    result = error.result
    if (status := _STATUS_OF_RESULT.get(result.outcome)) is not None:
        is_at_location = result.outcome != DONE
        return responses.replay(request, result.document.encode(), status=status, is_at_location=is_at_location)
    members = json.loads(result.document)
    body = problem_body(
        status=STATUS[Kind(result.outcome)],
        code=members["code"],
        title=members["title"],
        detail=members["detail"],
        instance=request.scope["path"],
        request_id=members["request_id"],
        extensions={name: value for name, value in members.items() if name not in Problem.model_fields},
    )
    return problem_response(body, responses.REPLAYED)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    if any(item["type"] == "json_invalid" for item in errors):
        return await _app_error(request, MalformedJsonError())
    fields = (
        FieldError(_pointer_of(item, error.body), item["type"], words_of(item), choices_of(item))
        for item in errors[:MOST_FIELDS]
    )
    # FastAPI checks a body again for each of several dependencies that want it.
    return await _app_error(request, InvalidInputError(*dict.fromkeys(fields)))


def _pointer_of(item: Mapping[str, Any], body: object) -> str:
    """Return the pointer of an error; a check of several fields names in its context the one to change."""
    field = item.get("ctx", {}).get("field")
    pointer = _pointer(item["loc"], body)
    return f"{pointer}/{field}" if field else pointer


def _pointer(location: Iterable[str | int], body: object) -> str:
    """Return `/lines/0/amount` for `("body", "lines", 0, "amount")`, and `?name` for a parameter."""
    place, *path = location
    if place == "body":
        return pointer_of(_without_tags(path, body))
    return parameter_pointer("".join(str(part) for part in path[:1]))  # the place in a list with commas says little


def _without_tags(path: Iterable[str | int], body: object) -> Iterator[str]:
    """Yield a path without the parts that pydantic adds for the member of a union: they are not in the body."""
    here: Any = body
    for part in path:
        if isinstance(here, dict) and part not in here and part == here.get("type"):
            continue
        yield str(part)
        is_inside = (isinstance(here, dict) and part in here) or (isinstance(here, list) and isinstance(part, int))
        here = here[part] if is_inside else None


async def _http_error(request: Request, error: Exception) -> Response:
    """Return the response to an exception of Starlette's or FastAPI's own. Raise one that has none: it is our fault."""
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, AppError):
        return await _app_error(request, error.__cause__)
    if error.status_code == 404:
        return await _app_error(request, UnknownPathError())
    if error.status_code == 405:
        return await _app_error(request, MethodNotAllowedError(request.method, _allowed(request)))
    if error.status_code == 400:
        return await _app_error(request, UnreadableBodyError())
    raise error


def _allowed(request: Request) -> list[str]:
    """Return the methods of every route at this path; Starlette names those of the first alone."""
    methods: set[str] = set()
    for context in iter_route_contexts(request.app.routes):
        match, _ = context.matches(request.scope)
        if match is not Match.NONE:
            methods |= context.methods or set()
    if "GET" in methods:
        methods.add("HEAD")  # RequestMiddleware makes a HEAD of every GET
    return sorted(methods)


_HANDLERS: Mapping[type, Callable[[Request, Exception], Awaitable[Response]]] = {
    AppError: _app_error,
    IdempotentReplay: _replay,
    RequestValidationError: _invalid,
    HTTPException: _http_error,
}
