"""Pages of any origin may read the responses: their authorization is made for browsers."""

from dataclasses import replace

from braintree_sandbox.wire.http import Request, Response

_ANYBODY = (b"access-control-allow-origin", b"*")
_PREFLIGHT = (
    _ANYBODY,
    (b"access-control-allow-methods", b"GET, POST, PUT, DELETE"),
    (b"access-control-allow-headers", b"authorization, braintree-version, content-type"),
    (b"access-control-max-age", b"86400"),
)


def is_preflight(request: Request) -> bool:
    """Return whether the request is a CORS preflight."""
    return request.method == "OPTIONS"


def preflight() -> Response:
    """Return the response to a preflight, which allows everything."""
    return Response(200, headers=_PREFLIGHT)


def readable(response: Response) -> Response:
    """Return the same response, readable by pages of any origin."""
    return replace(response, headers=(*response.headers, _ANYBODY))
