"""The OpenAPI document as clients get it, and the page that shows it, served by us: it needs no internet."""

from importlib import resources
from typing import Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.openapi.utils import get_openapi

from billing_api.kit.problems import MEDIA_TYPE, Problem

_HTTP_METHODS = {"get", "put", "post", "delete", "patch"}
_DESCRIPTION = """\
What a vendor's customers owe, how they pay and what they paid.

Money is an integer in the currency's minor unit beside an ISO 4217 code. Times are UTC. Errors are RFC 9457 problem
documents with a stable `code`. Lists are keyset pages: follow `next_cursor`. Changes want `If-Match` with the ETag.
"""
# What any operation may answer, whatever its route says.
_COMMON = {
    "400": "The request is malformed.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "Some fields are not valid.",
    "500": "Something went wrong on our side.",
    "503": "A part that the request needs can't be reached now.",
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
SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, persistAuthorization: false});
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
        return Response(status_code=404)
    content = resources.files("fastapi_swagger").joinpath("resources", name).read_bytes()
    return Response(content, media_type=_ASSETS[name], headers=headers)


def install_openapi(app: FastAPI) -> None:
    """Make `app.openapi()` answer the finished document."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes, tags=app.openapi_tags
            )
            _finish(document)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's own way to extend the document


def _finish(document: dict[str, Any]) -> None:
    """Problems have their own media type, and every operation may answer the common ones."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.setdefault("Problem", Problem.model_json_schema(ref_template="#/components/schemas/{model}"))
    schemas.setdefault("ProblemField", schemas["Problem"].pop("$defs", {}).get("ProblemField", {}))
    for item in document["paths"].values():
        for method in _HTTP_METHODS & item.keys():
            responses = item[method]["responses"]
            for status, description in _COMMON.items():
                if status in {"413", "415"} and "requestBody" not in item[method]:
                    continue
                if status not in responses or responses[status]["description"] == "Validation Error":
                    responses[status] = {"description": description}
            for status, response in responses.items():
                if status >= "400":
                    response["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
