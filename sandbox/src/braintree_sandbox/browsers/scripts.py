"""Scripts that Braintree's own script loads: Cardinal's for 3-D Secure, and PayPal's that looks at the device."""

from functools import cache
from importlib.resources import files

from braintree_sandbox.wire.http import Request, Response

SONGBIRD = "/assets/songbird.js"
# `https://c.paypal.com/da/r/fb.js`, where a browser maps that host to this one: it only has to load.
_FRAUDNET = "/da/r/fb.js"


def script_for(request: Request) -> Response | None:
    """Return the script at the request's path, or None."""
    if request.method != "GET" or request.path not in {SONGBIRD, _FRAUDNET}:
        return None
    body = _songbird() if request.path == SONGBIRD else b"// The sandbox looks at no device."
    return Response(200, body, b"text/javascript; charset=utf-8")


@cache
def _songbird() -> bytes:
    return files(__package__).joinpath("songbird.js").read_bytes()
