"""A cookie by its exact name, as browsers write it (RFC 6265bis, 5.8.3)."""

from starlette.types import Scope


def cookie_in(scope: Scope, name: str) -> str | None:
    """Return the value of the request's one cookie of this name; None without one, and with two.

    Starlette takes Unicode white space off a name, so that it reads `\\xa0__Host-x` as `__Host-x`: a name without the
    prefix, which browsers let a sub-domain set. It also prefers the last of two cookies, whoever set it.
    """
    wanted = name.encode()
    headers = (value for header, value in scope["headers"] if header == b"cookie")
    pairs = (pair.strip(b" \t").partition(b"=") for value in headers for pair in value.split(b";"))
    values = [value for given, _, value in pairs if given == wanted]
    return values[0].decode("latin-1") if len(values) == 1 else None
