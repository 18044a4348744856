"""Failed sign-ins are counted by address and network, by address, by network, and apart for known devices."""

import asyncio
from contextlib import AsyncExitStack
from ipaddress import IPv4Address
from random import randrange
from uuid import UUID, uuid4

import pytest

from billing_api.auth.counters import RateCounters
from billing_api.auth.failures import Failures
from billing_api.auth.security_log import SecurityLog
from billing_api.auth.throttle import SignInLimits, SignInThrottle, TooManyTriesError
from billing_api.errors import AppError, Kind, UnavailableError
from tests.factories.clock import MovableClock
from tests.fixtures.services import Services


class WrongError(AppError):
    """The error of a failed try."""

    code, title, kind = "wrong", "Wrong", Kind.UNAUTHENTICATED


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def throttle(services: Services, clock: MovableClock) -> SignInThrottle:
    """Three tries for an address from one network, six from everywhere, five for a network, two for a device.

    All devices of an address have five an hour.
    """
    return a_process(services, clock)


def a_process(services: Services, clock: MovableClock) -> SignInThrottle:
    """Return the throttle of one process; all processes share the database."""
    limits = SignInLimits(
        per_address_and_ip="3 per 10 minutes",
        per_address="6 per 10 minutes",
        per_ip="5 per 10 minutes",
        per_device="2 per 10 minutes",
        per_devices="5 per hour",
    )
    failures = Failures(RateCounters(services.database, clock), clock)
    return SignInThrottle(failures, SecurityLog(services.database, clock), limits)


@pytest.fixture
def address() -> str:
    return f"{uuid4().hex}@example.com"


@pytest.fixture
def ip() -> str:
    return str(IPv4Address(randrange(2**32)))


def network() -> str:
    """The first half of the addresses of an IPv6 network: failures in those of other tests count there."""
    return f"2001:db8:{randrange(2**16):x}:{randrange(2**16):x}"


async def fail(throttle: SignInThrottle, address: str, ip: str, device: UUID | None = None) -> None:
    with pytest.raises(WrongError):
        async with throttle.attempt(address, ip, device, failure=WrongError):
            raise WrongError("no")


async def succeed(throttle: SignInThrottle, address: str, ip: str, device: UUID | None = None) -> None:
    async with throttle.attempt(address, ip, device, failure=WrongError):
        pass


async def refused(throttle: SignInThrottle, address: str, ip: str, device: UUID | None = None) -> TooManyTriesError:
    with pytest.raises(TooManyTriesError) as refusal:
        await succeed(throttle, address, ip, device)
    return refusal.value


async def test_an_address_waits_after_its_failures(throttle: SignInThrottle, address: str, ip: str) -> None:
    for _ in range(3):
        await fail(throttle, address, ip)
    assert (await refused(throttle, address, ip)).retry_after == 600


async def test_a_strangers_failures_do_not_count_in_other_networks(throttle: SignInThrottle, address: str) -> None:
    here, elsewhere = f"{network()}::1", f"{network()}::1"
    for _ in range(3):
        await fail(throttle, address, here)
    await refused(throttle, address, here)
    await succeed(throttle, address, elsewhere)


async def test_many_networks_together_get_a_looser_limit(throttle: SignInThrottle, address: str) -> None:
    for _ in range(6):
        await fail(throttle, address, f"{network()}::1")
    refusal = await refused(throttle, address, f"{network()}::1")
    assert refusal.headers["RateLimit-Policy"] == '"sign-in-address";q=6;w=600'


class TestKnownDevice:
    async def test_a_known_device_signs_in_whatever_strangers_tried(
        self, throttle: SignInThrottle, address: str, ip: str
    ) -> None:
        for n in range(5):
            await fail(throttle, address if n < 3 else f"{n}-{uuid4().hex}@example.com", ip)
        for _ in range(3):
            await fail(throttle, address, f"{network()}::1")
        await refused(throttle, address, ip)
        await succeed(throttle, address, ip, uuid4())

    async def test_it_has_a_count_of_its_own(self, throttle: SignInThrottle, address: str, ip: str) -> None:
        device = uuid4()
        for _ in range(2):
            await fail(throttle, address, ip, device)
        assert (await refused(throttle, address, ip, device)).headers["RateLimit"] == '"sign-in-device";r=0;t=600'
        await succeed(throttle, address, ip, uuid4())
        for _ in range(3):
            await fail(throttle, address, ip)

    async def test_many_of_them_have_a_ceiling(
        self, throttle: SignInThrottle, clock: MovableClock, address: str, ip: str
    ) -> None:
        """An attacker who once knew the password can collect devices, but they add no guesses."""
        for _ in range(5):
            await fail(throttle, address, ip, uuid4())
        assert (await refused(throttle, address, ip, uuid4())).headers["RateLimit"] == '"sign-in-devices";r=0;t=3600'
        await succeed(throttle, address, ip)
        await succeed(throttle, f"{uuid4().hex}@example.com", ip, uuid4())
        clock.forward(hours=1)
        await succeed(throttle, address, ip, uuid4())

    async def test_two_users_of_one_device_are_counted_apart(self, throttle: SignInThrottle, ip: str) -> None:
        device, one, other = uuid4(), f"{uuid4().hex}@example.com", f"{uuid4().hex}@example.com"
        for _ in range(2):
            await fail(throttle, one, ip, device)
        await refused(throttle, one, ip, device)
        await succeed(throttle, other, ip, device)


async def test_a_network_waits_whatever_the_address(throttle: SignInThrottle, ip: str) -> None:
    for n in range(5):
        await fail(throttle, f"{n}-{uuid4().hex}@example.com", ip)
    await refused(throttle, f"{uuid4().hex}@example.com", ip)


async def test_an_ipv6_customer_is_one_network(throttle: SignInThrottle) -> None:
    customer = network()
    for n in range(5):
        await fail(throttle, f"{n}-{uuid4().hex}@example.com", f"{customer}::{n:x}")
    await refused(throttle, f"{uuid4().hex}@example.com", f"{customer}:abcd::1")


async def test_ipv4_customers_on_a_dual_stack_socket_are_each_their_own(throttle: SignInThrottle, ip: str) -> None:
    """IPv4-mapped addresses share a /64 only in their notation."""
    calm = str(IPv4Address(randrange(2**32)))
    for n in range(5):
        await fail(throttle, f"{n}-{uuid4().hex}@example.com", f"::ffff:{ip}")
    await refused(throttle, f"{uuid4().hex}@example.com", ip)
    await fail(throttle, f"{uuid4().hex}@example.com", f"::ffff:{calm}")


async def test_a_lock_out_ends_with_its_window(
    throttle: SignInThrottle, clock: MovableClock, address: str, ip: str
) -> None:
    """Tries during a lock-out do not lengthen it."""
    for _ in range(3):
        await fail(throttle, address, ip)
    clock.forward(minutes=9)
    assert (await refused(throttle, address, ip)).retry_after == 60
    clock.forward(minutes=1)
    await succeed(throttle, address, ip)


async def test_only_failures_count(throttle: SignInThrottle, address: str, ip: str) -> None:
    for _ in range(8):
        await succeed(throttle, address, ip)
    for _ in range(3):
        await fail(throttle, address, ip)
    await refused(throttle, address, ip)


async def test_a_success_does_not_forgive_the_failures_before(throttle: SignInThrottle, address: str, ip: str) -> None:
    """Otherwise an attacker could reset the count by signing in to an account of their own."""
    await fail(throttle, address, ip)
    await fail(throttle, address, ip)
    await succeed(throttle, address, ip)
    await fail(throttle, address, ip)
    await refused(throttle, address, ip)


async def test_an_error_of_the_service_is_no_failed_try(throttle: SignInThrottle, address: str, ip: str) -> None:
    for _ in range(4):
        with pytest.raises(UnavailableError):
            async with throttle.attempt(address, ip, None, failure=WrongError):
                raise UnavailableError
    await succeed(throttle, address, ip)


async def test_many_at_once_get_no_more_tries_than_one_after_the_other(
    throttle: SignInThrottle, address: str, ip: str
) -> None:
    tried = 0
    all_asked = asyncio.Event()

    async def guess() -> None:
        nonlocal tried
        async with throttle.attempt(address, ip, None, failure=WrongError):
            tried += 1
            await all_asked.wait()
            raise WrongError("no")

    guesses = [asyncio.create_task(guess()) for _ in range(12)]
    refused_now, under_way = await asyncio.wait(guesses, return_when=asyncio.FIRST_COMPLETED)
    while len(under_way) > 3:
        more, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
        refused_now |= more
    all_asked.set()
    outcomes = await asyncio.gather(*guesses, return_exceptions=True)
    assert tried == 3
    assert sum(isinstance(outcome, TooManyTriesError) for outcome in outcomes) == 9


async def test_tries_under_way_refuse_no_other(services: Services, clock: MovableClock, address: str, ip: str) -> None:
    limits = SignInLimits(
        per_address_and_ip="5 per 10 minutes",
        per_address="5 per 10 minutes",
        per_ip="5 per 10 minutes",
        per_device="5 per 10 minutes",
        per_devices="5 per 10 minutes",
    )
    failures = Failures(RateCounters(services.database, clock), clock)
    throttle = SignInThrottle(failures, SecurityLog(services.database, clock), limits)
    await asyncio.gather(*(succeed(throttle, address, ip) for _ in range(30)))
    assert not failures._slots


async def test_a_sign_in_that_a_crash_broke_off_is_no_wrong_password(
    services: Services, clock: MovableClock, address: str, ip: str
) -> None:
    """A process that dies leaves no count: others know only the tries that have failed."""
    async with AsyncExitStack() as broken_off:
        dying = a_process(services, clock)
        for _ in range(3):
            await broken_off.enter_async_context(dying.attempt(address, ip, None, failure=WrongError))
        await refused(dying, address, ip)
        surviving = a_process(services, clock)
        for _ in range(3):
            await fail(surviving, address, ip)
        await refused(surviving, address, ip)


async def test_the_processes_count_together(services: Services, clock: MovableClock, address: str, ip: str) -> None:
    for _ in range(3):
        await fail(a_process(services, clock), address, ip)
    await refused(a_process(services, clock), address, ip)


async def test_nothing_is_kept_in_memory(throttle: SignInThrottle, address: str, ip: str) -> None:
    for _ in range(3):
        await fail(throttle, address, ip)
    await refused(throttle, address, ip)
    assert not throttle._failures._running


async def test_a_refusal_names_the_time_to_wait(throttle: SignInThrottle, address: str, ip: str) -> None:
    for _ in range(3):
        await fail(throttle, address, ip)
    assert (await refused(throttle, address, ip)).headers == {
        "RateLimit-Policy": '"sign-in-address-network";q=3;w=600',
        "RateLimit": '"sign-in-address-network";r=0;t=600',
    }
