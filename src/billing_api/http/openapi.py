"""The OpenAPI document as clients get it."""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from billing_api.config import Settings
from billing_api.errors import AppError
from billing_api.http.examples import add_examples
from billing_api.http.fields import describe
from billing_api.http.oauth import follows_oauth
from billing_api.http.operation_errors import add_schemas, document_errors, errors_of
from billing_api.http.operation_headers import HEADERS, document_headers
from billing_api.http.routes import Route

_INT32_MAX = 2**31 - 1
_LENGTHS = {"uuid": 36, "date": 10, "date-time": 35}  # characters
_HTTP_METHODS = {"get", "put", "post", "delete", "patch"}
_DESCRIPTION = """\
What a vendor's customers owe, how they pay and what they paid.

**Values.** Money is an integer in the currency's minor unit beside an ISO 4217 code. Times are UTC.

**Changes** want `If-Match` with the ETag, or with the resource's `version` in quotes.

**Lists** are keyset pages: follow `next_cursor` while `has_more` is true. They have no total: counting all rows would
cost more than a page, and be out of date with the next one. The balance has the sums. A query's parameter is given
once unless it is a list, and an empty one counts as absent; one with several values has commas between them:
`status=open,paid`.

**Errors** are RFC 9457 problem documents. Decide by `code`, which is stable; `type` is the address of a page with its
cause and its cure. `title` and `detail` are always in English, and may change. None has secrets or internals, so
showing one does no harm, but those about a wrong request speak to developers. A portal in other languages has words
of its own for each `code`, made with the problem's other members.

**Languages.** `Accept-Language` changes nothing here. The portal's languages are `locales` of the portal's
configuration (the setting `LOCALES`); the profile's `locale` is the one of its account.

**Texts.** Send no card or bank account number: cards and accounts come in as nonces. A text that looks as if it held
a card number is refused (422 `validation_failed`, with `card_number` in `errors`); telephone numbers are best written
with `+` and the country code. Document numbers and external ids may look as they like. Texts have no control
characters (likewise, `control_character`).
"""
_LICENSE = {"name": "MIT", "identifier": "MIT"}


def install(app: FastAPI, settings: Settings, groups: Sequence[Mapping[str, object]]) -> None:
    """Make `app.openapi()` return the finished document; `groups` are those of its tags."""
    server = {"url": settings.base_url, "description": "Production" if settings.is_production else "Local development"}
    contact = {"name": settings.vendor_name, "email": settings.vendor_support_email}

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=_DESCRIPTION,
                routes=app.routes,
                tags=app.openapi_tags,
                servers=[{**server, "x-internal": not settings.is_production}],
                license_info=_LICENSE,
                contact=contact,
            )
            document["x-tagGroups"] = groups  # Redoc's extension, which other tools know too
            app.openapi_schema = _finished(_with_names_of_pages(document), _routes(app))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's own way to extend the document


def _routes(app: FastAPI) -> dict[str, Route]:
    """Return the routes of the documented operations by the operation's id."""
    routes = (context.original_route for context in iter_route_contexts(app.routes))
    return {str(route.operation_id): route for route in routes if isinstance(route, Route)}


def _with_names_of_pages(document: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of the document with `AddressPage` for pydantic's `Page_AddressRead_`."""
    text = json.dumps(document)
    for name, schema in document["components"]["schemas"].items():
        if name.startswith("Page_"):
            text = text.replace(f'/{name}"', f'/{schema["title"]}"').replace(f'"{name}": ', f'"{schema["title"]}": ')
    named: dict[str, Any] = json.loads(text)
    return named


def _finished(document: dict[str, Any], routes: dict[str, Route]) -> dict[str, Any]:
    """Add the errors, and the roles that may call each operation."""
    used: dict[type[AppError], None] = {}  # in their order
    schemas = document["components"]["schemas"]
    files = [route for route in routes.values() if route.is_file]
    for path, item in document["paths"].items():
        for method in _HTTP_METHODS & item.keys():
            operation = item[method]
            route = routes[operation["operationId"]]
            if route.roles:
                sentence = operation.get("description", "")  # tests refuse a handler without one
                operation["description"] = f"{sentence}\n\nRoles: {', '.join(route.roles)}."
            _document_parameters(operation)
            errors = errors_of(method, path, operation, route, files if route.opens_files else ())
            document_errors(path, operation, errors, schemas)
            document_headers(method, operation, route, errors)
            operation.setdefault("security", [])
            if not follows_oauth(path):
                used |= dict.fromkeys(errors)
    add_schemas(document["components"], used)
    document["components"]["headers"] = deepcopy(HEADERS)  # _bound writes into it
    describe(document)
    _bound(document)
    add_examples(document)
    return document


def _bound(part: object) -> None:
    """Give every integer its size, and the greatest length to texts whose form has one.

    Generated Go, Java and C# clients hold an integer without a size in 32 bits.
    """
    if isinstance(part, dict):
        if part.get("type") == "integer":
            for bound in {"minimum", "maximum"} & part.keys():
                part[bound] = int(part[bound])  # pydantic writes 1000000000000000.0
            part.setdefault("format", "int32" if part.get("maximum", _INT32_MAX + 1) <= _INT32_MAX else "int64")
        if part.get("format") == "date":
            for bound in {"ge", "le"} & part.keys():
                del part[bound]  # pydantic's words: JSON Schema has none for the bounds of days
        if part.get("type") == "string" and (longest := _LENGTHS.get(part.get("format", ""))) is not None:
            part.setdefault("maxLength", longest)
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            _bound(inner)


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
