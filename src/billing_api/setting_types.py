"""Types of settings: how an environment variable holds a list, a dictionary, an origin or a proxy.

A refusal names the expected form and repeats nothing that may be secret: variables get mixed up.
"""

import json
import re
from ipaddress import IPv6Network, ip_network
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*")
LOCAL_ORIGINS = r"http://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?"
NO_PROXY, ANY_PROXY = "none", "*"
_WIDEST_IPV4, _WIDEST_IPV6 = 8, 32  # bits: 10.0.0.0/8, and a provider's whole allocation
_MAPPED_IPV4, _PRIVATE_IPV6 = IPv6Network("::ffff:0:0/96"), IPv6Network("fc00::/7")

# The merchants of Braintree's own tests, and of the local sandbox.
_PUBLISHED_KINDS = ("_merchant_id", "_public_key", "_private_key")
_PUBLISHED_MERCHANTS = frozenset(
    {"integration", "integration2", "dup_checking_integration", "test", "processing_rules", "pp_credit_ezp_merchant"}
    | {"advanced_fraud_integration", "fraud_protection_enterprise_integration", "pwpp_multi_account_merchant"}
    | {"fraud_protection_effortless_chargeback_protection", "effortless_chargeback_protection"}
)
_PUBLISHED_ACCOUNTS = frozenset({"us_bank_merchant_account", "another_us_bank_merchant_account"})


def _items(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return _json(value, 'write the items with commas between them, or as a JSON list: ["one", "two"]')
    return [item.strip() for item in value.split(",") if item.strip()]


def _members(value: object) -> object:
    return _json(value, 'write a JSON object: {"USD": "merchant_account"}') if isinstance(value, str) else value


def _lines(value: object) -> object:
    return (
        _json(value, 'write a JSON list: ["1 Example Way", "Portland, OR 97201"]') if isinstance(value, str) else value
    )


def _details(value: object) -> object:
    return _json(value, 'write a JSON object: {"EUR": {"IBAN": "…"}}') if isinstance(value, str) else value


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


def _image_url(text: str) -> str:
    if text and ("@" in _split(text).netloc or not text.isprintable() or " " in text):
        raise ValueError("write it without credentials and white space")
    return text


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
    """Return whether strangers may say which address they come from: a network is wider than anyone's own."""
    return any(item == ANY_PROXY or (item != NO_PROXY and _is_wide(item)) for item in proxies)


def _is_wide(text: str) -> bool:
    network = ip_network(text)
    if network.version == 4:
        return network.prefixlen < _WIDEST_IPV4
    if network.subnet_of(_MAPPED_IPV4):  # as a dual-stack socket shows IPv4 clients
        return network.prefixlen < _MAPPED_IPV4.prefixlen + _WIDEST_IPV4
    return network.prefixlen < _WIDEST_IPV6 and not network.subnet_of(_PRIVATE_IPV6)


def is_published(identifier: str) -> bool:
    """Return whether Braintree's libraries publish it for their tests, as a merchant, a key or a merchant account."""
    name = next((identifier.removesuffix(kind) for kind in _PUBLISHED_KINDS if identifier.endswith(kind)), identifier)
    return name in _PUBLISHED_MERCHANTS or identifier in _PUBLISHED_ACCOUNTS or identifier.startswith("sandbox_")


def _login(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    email, _, password = text.partition(":")
    if text and not ("@" in email and password):
        raise ValueError("write the user's e-mail address, a colon and the password")
    return secret


Items = Annotated[list[str], BeforeValidator(_items)]
Numbers = Annotated[list[Annotated[int, Field(ge=1, le=365)]], BeforeValidator(_items)]
ByCurrency = Annotated[
    dict[Annotated[str, Field(pattern="^[A-Z]{3}$")], Annotated[str, Field(min_length=1)]], BeforeValidator(_members)
]
# A line of a letterhead or an address, which may have commas.
Lines = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], BeforeValidator(_lines)]
DetailsByCurrency = Annotated[
    dict[Annotated[str, Field(pattern="^[A-Z]{3}$")], dict[str, str]], BeforeValidator(_details)
]
# As browsers send it: lower case, no default port, no path, no credentials (RFC 6454, 6.2).
Origins = Annotated[list[Annotated[str, AfterValidator(_origin)]], BeforeValidator(_items)]
ImageUrl = Annotated[str, AfterValidator(_image_url)]
ShownLogin = Annotated[SecretStr, AfterValidator(_login)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
Proxies = Annotated[Items, AfterValidator(_proxies)]
