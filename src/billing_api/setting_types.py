"""Types of settings: how an environment variable holds a list, a dictionary, an origin or a proxy.

A refusal names what is expected and repeats nothing that may be secret: variables get mixed up.
"""

import json
import re
from ipaddress import ip_network
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*")
NO_PROXY, ANY_PROXY = "none", "*"


def _items(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return _json(value, 'write the items with commas between them, or as a JSON list: ["one", "two"]')
    return [item.strip() for item in value.split(",") if item.strip()]


def _members(value: object) -> object:
    return _json(value, 'write a JSON object: {"USD": "merchant_account"}') if isinstance(value, str) else value


def _json(text: str, advice: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(advice) from None


def _origin(text: str) -> str:
    parts = _split(text)
    sent = f"{parts.scheme}://{_authority(parts)}"
    if text != sent:
        raise ValueError(f"no browser sends it so: write {sent}")
    return text


def _public_url(text: str) -> str:
    if not text:
        return text
    parts = _split(text)
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("write it without credentials, query and fragment")
    return text.rstrip("/")


def _split(text: str) -> SplitResult:
    """Return the parts of an address of the web. Raise ValueError."""
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in _DEFAULT_PORTS and _HOST.fullmatch(parts.hostname or "") and parts.port != 0
    except ValueError:  # brackets, or a port that is no number
        is_address = False
    if not is_address:
        raise ValueError("write scheme and host, in ASCII and without wildcards: https://portal.example.com")
    return parts


def _authority(parts: SplitResult) -> str:
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
    return host if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f"{host}:{parts.port}"


def _proxies(items: list[str]) -> list[str]:
    for item in items:
        if item not in {NO_PROXY, ANY_PROXY}:
            try:
                ip_network(item)
            except ValueError:
                raise ValueError(f"write IP addresses, networks such as 10.0.0.0/8, or {NO_PROXY}") from None
    if NO_PROXY in items and len(items) > 1:
        raise ValueError(f"{NO_PROXY} stands alone")
    return items


def believes_everyone(proxies: list[str]) -> bool:
    """Return whether any client may say which address it comes from."""
    return any(item == ANY_PROXY or item.endswith("/0") for item in proxies)


Items = Annotated[list[str], BeforeValidator(_items)]
ByCurrency = Annotated[
    dict[Annotated[str, Field(pattern="^[A-Z]{3}$")], Annotated[str, Field(min_length=1)]], BeforeValidator(_members)
]
# As browsers send it: lower case, no default port, no path, no credentials (RFC 6454, 6.2).
Origins = Annotated[list[Annotated[str, AfterValidator(_origin)]], BeforeValidator(_items)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
Proxies = Annotated[Items, AfterValidator(_proxies)]
