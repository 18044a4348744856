"""Pages for browsers that the service writes itself."""

from collections.abc import Mapping

from fastapi import Response

# The page's own styles, and nothing else: no script, no picture, no frame around it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def page(content: str, *, cache_control: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a page of HTML that runs nothing and loads nothing."""
    own = {"Content-Security-Policy": _POLICY, "Cache-Control": cache_control}
    return Response(content, status, {**own, **(headers or {})}, "text/html")
