"""The OpenAPI document as clients get it, and the page that shows it, served by us: it needs no internet."""

from importlib import resources
from typing import Any, get_args

from fastapi import APIRouter, FastAPI, HTTPException, Response
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from billing_api.auth.caller import Role
from billing_api.auth.deps import SignedIn
from billing_api.auth.errors import InvalidTokenError, RoleNotSufficientError, TokenExpiredError, UnauthenticatedError
from billing_api.http.problems import MEDIA_TYPE, Problem, problems

_INT32_MAX = 2**31 - 1
_HTTP_METHODS = {"get", "put", "post", "delete", "patch"}
_DESCRIPTION = """\
What a vendor's customers owe, how they pay and what they paid.

Money is an integer in the currency's minor unit beside an ISO 4217 code. Times are UTC. Errors are RFC 9457 problem
documents with a stable `code`. Lists are keyset pages: follow `next_cursor`. Changes want `If-Match` with the ETag, or
with the resource's `version` in quotes. A query's parameter is given once, and an empty one counts as absent.

Send no card or bank account number: cards and accounts come in as nonces. A text that looks as if it held a card number
is refused (422, `card_number`); telephone numbers are best written with `+` and the country code. Document numbers and
external ids may look as they like. Texts have no control characters (422, `control_character`).
"""
# What any operation may answer, whatever its route says.
_COMMON = {
    "400": "The request is malformed.",
    "413": "The body is too large.",
    "415": "The body is not plain JSON.",
    "422": "Some fields are not valid.",
    "500": "Something went wrong on our side.",
    "503": "A part that the request needs can't be reached now.",
}
_ACCESS_PROBLEMS = problems(UnauthenticatedError, InvalidTokenError, TokenExpiredError, RoleNotSufficientError)
# draft-ietf-httpapi-ratelimit-headers-10
_OF_A_THROTTLE = {
    name: {"description": description, "schema": {"type": kind}}
    for name, kind, description in (
        ("Retry-After", "integer", "Seconds until the window ends"),
        ("RateLimit", "string", 'The policy, what is left of it and until when: `"quotes";r=0;t=42`'),
        ("RateLimit-Policy", "string", 'The policy, its quota and its window in seconds: `"quotes";q=120;w=60`'),
    )
}
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Billing Portal API</title>
<link rel="icon" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/start.js"></script>
</body>
</html>
"""
_START = """\
SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null});
"""
# Swagger UI draws its icons from data: URLs and sets style attributes; scripts come from this server alone.
_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
_ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def show() -> Response:
    """The interactive page."""
    return Response(_PAGE, media_type="text/html", headers={"Content-Security-Policy": _POLICY})


@router.get("/docs/assets/{name}")
async def asset(name: str) -> Response:
    """A file of Swagger UI, from the pinned package."""
    headers = {"Cache-Control": "public, max-age=86400"}
    if name == "start.js":
        return Response(_START, media_type="text/javascript", headers=headers)
    if name not in _ASSETS:
        raise HTTPException(404)
    content = resources.files("fastapi_swagger").joinpath("resources", name).read_bytes()
    return Response(content, media_type=_ASSETS[name], headers=headers)


def install_openapi(app: FastAPI) -> None:
    """Make `app.openapi()` answer the finished document."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes, tags=app.openapi_tags
            )
            _finish(document, _signed_in(app))
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's own way to extend the document


def _signed_in(app: FastAPI) -> dict[str, SignedIn]:
    """What asks for the token, by operation; those that everyone may call are missing."""
    return {
        str(context.operation_id): dependency.call
        for context in iter_route_contexts(app.routes)
        for dependency in getattr(getattr(context, "dependant", None), "dependencies", ())
        if isinstance(dependency.call, SignedIn)
    }


def _finish(document: dict[str, Any], signed_in: dict[str, SignedIn]) -> None:
    """Problems have their own media type, and every operation may answer the common ones."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.setdefault("Problem", Problem.model_json_schema(ref_template="#/components/schemas/{model}"))
    schemas.setdefault("ProblemField", schemas["Problem"].pop("$defs", {}).get("ProblemField", {}))
    for item in document["paths"].values():
        for method in _HTTP_METHODS & item.keys():
            operation = item[method]
            if (access := signed_in.get(operation["operationId"])) is not None:
                _tell_access(operation, access)
            _tell_parameters(operation)
            _tell_problems(operation)
    _size_integers(document)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)


def _size_integers(part: object) -> None:
    """Give every integer its size: without one generated Go, Java and C# clients hold an amount in 32 bits."""
    if isinstance(part, dict):
        if part.get("type") == "integer":
            for bound in {"minimum", "maximum"} & part.keys():
                part[bound] = int(part[bound])  # pydantic writes 1000000000000000.0
            part.setdefault("format", "int32" if part.get("maximum", _INT32_MAX + 1) <= _INT32_MAX else "int64")
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            _size_integers(inner)


def _tell_access(operation: dict[str, Any], signed_in: SignedIn) -> None:
    """Which roles may call, and what the others are answered."""
    responses = operation["responses"]
    statuses = [401] if set(signed_in.roles) == set(get_args(Role)) else [401, 403]
    for status in statuses:
        said = responses.setdefault(str(status), {"description": ""})
        said["description"] = f"{_ACCESS_PROBLEMS[status]['description']} {said['description']}".rstrip()
    if 403 in statuses:
        operation["description"] += f"\n\nRoles: {', '.join(signed_in.roles)}."


def _tell_parameters(operation: dict[str, Any]) -> None:
    """Neither a query nor a header can say null: what may be left out is only not required."""
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        if {"type": "null"} in (kinds := schema.get("anyOf", [])):
            kinds.remove({"type": "null"})
            if len(kinds) == 1:
                schema.pop("anyOf")
                schema |= kinds[0]
        if schema.pop("x-required", False):
            parameter["required"] = True


def _tell_problems(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    for status, description in _COMMON.items():
        if status in {"413", "415"} and "requestBody" not in operation:
            continue
        if status not in responses or responses[status]["description"] == "Validation Error":
            responses[status] = {"description": description}
    if "429" in responses:
        responses["429"]["headers"] = _OF_A_THROTTLE
    for status, response in responses.items():
        if status >= "400":
            response["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operation["responses"] = dict(sorted(responses.items()))
