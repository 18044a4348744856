"""Errors as pages, for addresses that people open in a browser."""

from collections.abc import Awaitable, Callable
from functools import wraps
from html import escape
from typing import Any, TypeVar, cast

from fastapi import Request, Response

from billing_api.config import Settings
from billing_api.errors import AppError
from billing_api.http.pages import page
from billing_api.http.problems import status_of
from billing_api.kit.context import acting
from billing_api.kit.headers import header_of

HandlerT = TypeVar("HandlerT", bound=Callable[..., Awaitable[Response]])

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --mark: {color}; }}
body {{ max-width: 34rem; margin: 0 auto; padding: 4rem 1.25rem; font: 1rem/1.6 system-ui, sans-serif; }}
h1 {{ margin: 0 0 1rem; padding-left: .75rem; border-left: .4rem solid var(--mark); font-size: 1.5rem; }}
small {{ opacity: .7; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{detail}</p>
<p>{portal}Questions: <a href="mailto:{support}">{support}</a></p>
<p><small>{vendor} · {request_id}</small></p>
</body>
</html>
"""
_PORTAL = '<a href="{url}">Open the portal</a>. '


def readable(handler: HandlerT) -> HandlerT:
    """Have a handler's errors shown as pages to browsers, and as problem documents to all other clients.

    The handler has a parameter `request`.
    """

    @wraps(handler)
    async def respond(*, request: Request, **arguments: Any) -> Response:
        try:
            return await handler(request=request, **arguments)
        except AppError as error:
            if not _is_browser(request):
                raise
            return _page(request.app.state.settings, error)

    return cast("HandlerT", respond)


def _is_browser(request: Request) -> bool:
    return "text/html" in (header_of(request.scope["headers"], b"accept") or "")


def _page(settings: Settings, error: AppError) -> Response:
    acting().notes.problem_code = error.code
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    content = _PAGE.format(
        title=escape(error.title),
        detail=escape(error.detail),
        color=settings.vendor_color,
        portal=_PORTAL.format(url=escape(settings.portal_url)) if settings.portal_url else "",
        support=escape(settings.vendor_support_email),
        vendor=escape(settings.vendor_name),
        request_id=escape(acting().request_id or ""),
    )
    return page(content, cache_control="no-store", status=status_of(error), headers=headers)
