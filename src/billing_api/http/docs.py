"""The page that shows the OpenAPI document, served by us: it needs no internet."""

import html
import json
from importlib import resources

from fastapi import APIRouter, HTTPException, Request, Response

from billing_api.config import Settings

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Billing Portal API</title>
<link rel="icon" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="stylesheet" href="/docs/assets/docs.css">
</head>
<body>
<div id="session">
<form id="sign-in">
<label>E-mail <input name="email" type="email" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
<output id="sign-in-message"></output>
</form>
<div id="signed-in" hidden><span></span><button type="button">Sign out</button></div>
</div>
<div id="swagger-ui" data-login="{login}"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/docs.js"></script>
</body>
</html>
"""
# Swagger UI draws its icons from data: URLs and sets style attributes; scripts come from this server alone.
_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
# The package that has each file, the folder in it, and the file's type.
_ASSETS = {
    "swagger-ui.css": ("fastapi_swagger", "resources", "text/css"),
    "swagger-ui-bundle.js": ("fastapi_swagger", "resources", "text/javascript"),
    "favicon-32x32.png": ("fastapi_swagger", "resources", "image/png"),
    "docs.css": ("billing_api.http", "assets", "text/css"),
    "docs.js": ("billing_api.http", "assets", "text/javascript"),
}

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def show(request: Request) -> Response:
    """Return the interactive page."""
    settings: Settings = request.app.state.settings
    page = _PAGE.replace("{login}", html.escape(json.dumps(settings.example_sign_in)))
    return Response(page, media_type="text/html", headers={"Content-Security-Policy": _POLICY})


@router.get("/docs/assets/{name}")
async def asset(name: str) -> Response:
    """Return a file of Swagger UI, from the pinned package, or one of ours."""
    if name not in _ASSETS:
        raise HTTPException(404)
    package, folder, media_type = _ASSETS[name]
    content = resources.files(package).joinpath(folder, name).read_bytes()
    return Response(content, media_type=media_type, headers={"Cache-Control": "public, max-age=3600"})
