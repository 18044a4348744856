"""Where webhooks may go, and whether the one who listens there is meant."""

import secrets
from ipaddress import ip_address

import httpx

from braintree_sandbox.merchants import Merchant
from braintree_sandbox.webhooks.signature import signed

_PATIENCE_SECONDS = 10


class AddressError(ValueError):
    """Webhooks can't be sent there; the text has the reason."""


def check_address(url: str, *, anywhere: bool) -> None:
    """Raise AddressError for an invalid address, or one that must be on this machine and is not."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as error:
        raise AddressError(f"{url!r} is not an address: {error}.") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise AddressError(f"{url!r} is not an address of http or https.")
    if not anywhere and not _is_loopback(parsed.host):
        raise AddressError(f"{parsed.host} is not on this machine; start the sandbox with --webhooks-anywhere.")


async def check_challenge(merchant: Merchant, url: str) -> None:
    """Send GET with `bt_challenge`, whose response must be its signature.

    Raise AddressError when there is no response, or another one.
    """
    challenge = secrets.token_hex(16)
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=_PATIENCE_SECONDS) as client:
            response = await client.get(httpx.URL(url).copy_merge_params({"bt_challenge": challenge}))
    except httpx.HTTPError as error:
        raise AddressError(f"{url} did not answer the challenge: {type(error).__name__} {error}.") from error
    if response.status_code != httpx.codes.OK:
        raise AddressError(f"{url} answered the challenge with {response.status_code}.")
    if response.text.strip() != signed(merchant, challenge):
        raise AddressError(f"{url} answered the challenge with something else than its signature.")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
