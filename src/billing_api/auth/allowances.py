"""The number of times that something may be done in a window, and the refusal of more."""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import ClassVar

from limits import RateLimitItem, RateLimitItemPerMinute

from billing_api.errors import AppError, Kind

_MINUTE = 60  # seconds
_IPV6_CUSTOMER = 64  # bits: one customer's network, in which addresses cost nothing


@dataclass(frozen=True, slots=True)
class Allowance:
    """A limit of the library `limits`, the policy's name in the contract, and the subject that is counted."""

    policy: str
    limit: RateLimitItem
    subject: str


_EXAMPLE = Allowance("quotes", RateLimitItemPerMinute(120), "")


class TooManyRequestsError(AppError):
    """An allowance is used up; the headers name it (draft-ietf-httpapi-ratelimit-headers-10)."""

    code, title, kind = "too_many_requests", "Too many requests", Kind.TOO_MANY
    cure = "Wait for the seconds of `Retry-After`, then repeat the request."
    sample: ClassVar = {"allowance": _EXAMPLE, "retry_after": 42}

    def __init__(self, allowance: Allowance, retry_after: int) -> None:
        """Take the seconds until the window ends."""
        super().__init__(f"{self.title}: try again in {_words_of(retry_after)}.", retry_after=retry_after)
        self.allowance = allowance
        limit = allowance.limit
        self.headers = {
            "RateLimit-Policy": f'"{allowance.policy}";q={limit.amount};w={limit.get_expiry()}',
            "RateLimit": f'"{allowance.policy}";r=0;t={retry_after}',
        }


def _words_of(seconds: int) -> str:
    """Return a time in words, rounded up to whole minutes from one minute on."""
    if seconds < _MINUTE:
        return f"{seconds} second{'s' if seconds != 1 else ''}"
    minutes = -(-seconds // _MINUTE)
    return f"{minutes} minute{'s' if minutes != 1 else ''}"


def network_of(ip: str | None) -> str:
    """Return the address itself, or an IPv6 address's /64."""
    try:
        address = ip_address(ip or "")
    except ValueError:
        return "unknown"
    if address.version == 6 and address.ipv4_mapped is not None:  # as a dual-stack socket shows an IPv4 client
        address = address.ipv4_mapped
    return str(ip_network((address, _IPV6_CUSTOMER), strict=False)) if address.version == 6 else str(address)
