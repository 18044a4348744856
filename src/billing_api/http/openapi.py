"""The OpenAPI document as clients get it."""

import json
import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from billing_api.auth.deps import SignedIn
from billing_api.errors import FieldError
from billing_api.http.problems import EXAMPLE_ID, MEDIA_TYPE, Problem, example, problem_content

_INT32_MAX = 2**31 - 1
_HTTP_METHODS = {"get", "put", "post", "delete", "patch"}
_DESCRIPTION = """\
What a vendor's customers owe, how they pay and what they paid.

Money is an integer in the currency's minor unit beside an ISO 4217 code. Times are UTC. Errors are RFC 9457 problem
documents with a stable `code`. Lists are keyset pages: follow `next_cursor`. Changes want `If-Match` with the ETag, or
with the resource's `version` in quotes. A query's parameter is given once, and an empty one counts as absent; one with
several values has commas between them: `status=open,paid`.

Send no card or bank account number: cards and accounts come in as nonces. A text that looks as if it held a card number
is refused (422, `card_number`); telephone numbers are best written with `+` and the country code. Document numbers and
external ids may look as they like. Texts have no control characters (422, `control_character`).
"""
# The errors that every operation may give, whatever its route says: code, title and wrong fields.
_COMMON: dict[int, tuple[str, str, tuple[FieldError, ...]]] = {
    400: ("malformed_request", "The request is malformed", ()),
    413: ("too_large", "The body is too large", ()),
    415: ("unsupported_media_type", "The body is not plain JSON", ()),
    422: ("validation_failed", "Some fields are not valid", (FieldError("?name", "extra_forbidden", "Unknown"),)),
    500: ("internal_error", "Something went wrong on our side", ()),
    503: ("unavailable", "A part that the request needs can't be reached now", ()),
}
# draft-ietf-httpapi-ratelimit-headers-10
_OF_A_THROTTLE = {
    name: {"description": description, "schema": {"type": kind}}
    for name, kind, description in (
        ("Retry-After", "integer", "Seconds until the window ends"),
        (
            "RateLimit",
            "string",
            'The policy, the requests that are left and the seconds until more are allowed: `"quotes";r=0;t=42`',
        ),
        ("RateLimit-Policy", "string", 'The policy, its quota and its window in seconds: `"quotes";q=120;w=60`'),
    )
}


def install(app: FastAPI) -> None:
    """Make `app.openapi()` return the finished document."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes, tags=app.openapi_tags
            )
            app.openapi_schema = _finished(_with_names_of_pages(document), _signed_in(app))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's own way to extend the document


def _signed_in(app: FastAPI) -> dict[str, SignedIn]:
    """Return the dependency that asks for the token, by operation; operations without one are missing."""
    return {
        str(context.operation_id): dependency.call
        for context in iter_route_contexts(app.routes)
        for dependency in getattr(getattr(context, "dependant", None), "dependencies", ())
        if isinstance(dependency.call, SignedIn)
    }


def _with_names_of_pages(document: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of the document with `AddressPage` for pydantic's `Page_AddressRead_`."""
    text = json.dumps(document)
    for name, schema in document["components"]["schemas"].items():
        if name.startswith("Page_"):
            text = text.replace(f'/{name}"', f'/{schema["title"]}"').replace(f'"{name}": ', f'"{schema["title"]}": ')
    named: dict[str, Any] = json.loads(text)
    return named


def _finished(document: dict[str, Any], signed_in: dict[str, SignedIn]) -> dict[str, Any]:
    """Give problems their own media type, and every operation the errors that all may have."""
    components = document["components"]
    schemas = {**components["schemas"], **_problem_schemas()}
    examples: dict[str, Any] = {}
    for path, item in document["paths"].items():
        for method in _HTTP_METHODS & item.keys():
            operation = item[method]
            if "403" in operation["responses"] and (access := signed_in.get(operation["operationId"])) is not None:
                sentence = operation.get("description", "")  # tests refuse a handler without one
                operation["description"] = f"{sentence}\n\nRoles: {', '.join(access.roles)}."
            _document_parameters(operation)
            _document_problems(operation)
            _share_examples(path, operation, examples)
    unused = {"HTTPValidationError", "ValidationError"}
    components["schemas"] = {name: schemas[name] for name in sorted(schemas.keys() - unused)}
    components["examples"] = dict(sorted(examples.items()))
    _size_integers(document)
    return document


def _problem_schemas() -> dict[str, Any]:
    problem = Problem.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    schemas = {"ProblemField": problem.pop("$defs")["ProblemField"], "Problem": problem}
    for schema in schemas.values():
        for field in schema["properties"].values():
            field.pop("default", None)  # a member is left out, never null
    return schemas


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


def _document_parameters(operation: dict[str, Any]) -> None:
    """Take null out of parameters, since neither a query nor a header can say it; write lists with commas."""
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        if {"type": "null"} in (kinds := schema.get("anyOf", [])):
            kinds.remove({"type": "null"})
            if len(kinds) == 1:
                schema.pop("anyOf")
                schema |= kinds[0]
        if schema.get("type") == "array":
            parameter |= {"style": "form", "explode": False}
        if schema.pop("x-required", False):
            parameter["required"] = True


def _share_examples(path: str, operation: dict[str, Any], shared: dict[str, Any]) -> None:
    """Move the examples of errors to where all operations refer to them; each has the path of the first."""
    instance = re.sub("{[a-z_]+}", EXAMPLE_ID, path)
    for response in operation["responses"].values():
        examples = response.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {})
        for code, one in examples.items():
            shared.setdefault(code, {**one, "value": {**one["value"], "instance": instance}})
            examples[code] = {"$ref": f"#/components/examples/{code}"}


def _document_problems(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    for status, (code, title, fields) in _COMMON.items():
        if status in {413, 415} and "requestBody" not in operation:
            continue
        known = responses.get(str(status), {})
        if MEDIA_TYPE not in known.get("content", {}):  # FastAPI's own 422 has its own media type
            known = responses[str(status)] = {"description": f"{title}.", **problem_content()}
        known["content"][MEDIA_TYPE]["examples"] |= example(status, code, title, fields)
    if "429" in responses:
        responses["429"]["headers"] = _OF_A_THROTTLE
    operation["responses"] = dict(sorted(responses.items()))
