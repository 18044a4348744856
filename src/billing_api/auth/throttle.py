"""Failed sign-ins are counted for each e-mail address and each network; too many of them wait for the window's end."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address, ip_network

from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter

from billing_api.errors import AppError, Kind
from billing_api.kit.clock import Clock

_IPV6_CUSTOMER = 64  # bits: one customer's network, in which addresses cost nothing


class TooManyTriesError(AppError):
    """Too many sign-ins failed; the answer is the same whether the address is known or not."""

    code, title, kind = "too_many_tries", "Too many tries", Kind.TOO_MANY

    def __init__(self, *, policy: str, limit: RateLimitItem, retry_after: int) -> None:
        super().__init__(f"Too many sign-ins failed: try again in {retry_after} seconds.", retry_after=retry_after)
        # draft-ietf-httpapi-ratelimit-headers-10
        self.headers = {
            "RateLimit-Policy": f'"{policy}";q={limit.amount};w={limit.get_expiry()}',
            "RateLimit": f'"{policy}";r=0;t={retry_after}',
        }


@dataclass(frozen=True, slots=True)
class _Counter:
    policy: str
    limit: RateLimitItem
    subject: str


class SignInThrottle:
    """Lets a try through unless too many have failed; nobody is locked out for longer than a window."""

    def __init__(self, counters: Storage, clock: Clock, *, tries_per_address: str, tries_per_ip: str) -> None:
        """Take limits in the words of the `limits` library: `10 per 15 minutes`."""
        self._limiter = FixedWindowRateLimiter(counters)
        self._counters = counters
        self._clock = clock
        self._per_address = parse(tries_per_address)
        self._per_ip = parse(tries_per_ip)

    @asynccontextmanager
    async def attempt(self, address: str, ip: str | None, *, failure: type[AppError]) -> AsyncIterator[None]:
        """One try on this address; it stays counted when the block ends in `failure`, and is given back otherwise.

        It counts before it is made: counting afterwards would let a thousand tries at once through.
        Raises TooManyTriesError.
        """
        counters = self._for(address, ip)
        taken: list[_Counter] = []
        for counter in counters:
            taken.append(counter)
            if not await self._limiter.hit(counter.limit, counter.policy, counter.subject):
                refusal = await self._refusal(counter)
                await self._give_back(taken)
                raise refusal
        try:
            yield
        except failure:
            raise
        except Exception:
            await self._give_back(taken)
            raise
        await self._give_back(taken)

    async def _give_back(self, counters: Iterable[_Counter]) -> None:
        for counter in counters:
            key = counter.limit.key_for(counter.policy, counter.subject)
            await self._counters.incr(key, counter.limit.get_expiry(), amount=-1)

    def _for(self, address: str, ip: str | None) -> tuple[_Counter, ...]:
        # A digest: tries on addresses that nobody here has must not become a collection of personal data.
        digest = sha256(address.encode()).hexdigest()
        return (
            _Counter("sign-in-network", self._per_ip, _network(ip)),
            _Counter("sign-in-address", self._per_address, digest),
        )

    async def _refusal(self, counter: _Counter) -> TooManyTriesError:
        stats = await self._limiter.get_window_stats(counter.limit, counter.policy, counter.subject)
        seconds = max(1, round(stats.reset_time - self._clock.now().timestamp()))
        return TooManyTriesError(policy=counter.policy, limit=counter.limit, retry_after=seconds)


def _network(ip: str | None) -> str:
    """The address itself, or an IPv6 address's /64."""
    try:
        address = ip_address(ip or "")
    except ValueError:
        return "unknown"
    if address.version == 6 and address.ipv4_mapped is not None:  # as a dual-stack socket shows an IPv4 client
        address = address.ipv4_mapped
    return str(ip_network((address, _IPV6_CUSTOMER), strict=False)) if address.version == 6 else str(address)
