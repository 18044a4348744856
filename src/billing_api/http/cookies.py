"""Cookies: read by their exact names, as browsers write them (RFC 6265bis, 5.8.3), and set for our own pages alone."""

from datetime import datetime

from starlette.responses import Response
from starlette.types import Scope


def cookie_in(scope: Scope, name: str) -> str | None:
    """Return the value of the request's one cookie of this name; None without one, and with two.

    Starlette takes Unicode white space off a name, so that it reads `\\xa0__Host-x` as `__Host-x`: a name without the
    prefix, which browsers let a sub-domain set. Of two cookies it takes the last one, which may be another site's.
    """
    wanted = name.encode()
    headers = (value for header, value in scope["headers"] if header == b"cookie")
    pairs = (pair.strip(b" \t").partition(b"=") for value in headers for pair in value.split(b";"))
    values = [value for given, _, value in pairs if given == wanted]
    return values[0].decode("latin-1") if len(values) == 1 else None


def set_cookie(name: str, value: str, expires: datetime | int) -> tuple[str, str]:
    """Return the header that sets a cookie which no script reads and no other site sends.

    `expires` is a time, or a number of seconds: 0 removes the cookie.
    """
    response = Response()
    response.set_cookie(name, value, expires=expires, path="/", secure=True, httponly=True, samesite="strict")
    return "Set-Cookie", response.headers["Set-Cookie"]
