"""Failed sign-ins are counted by address and by network."""

import asyncio
from ipaddress import IPv4Address
from random import randrange
from uuid import uuid4

import pytest

from billing_api.auth.counters import PostgresCounters
from billing_api.auth.throttle import SignInThrottle, TooManyTriesError
from billing_api.bootstrap import Services
from billing_api.errors import AppError, Kind, UnavailableError
from tests.factories.clock import MovableClock


class WrongError(AppError):
    """What a failed try ends in."""

    code, title, kind = "wrong", "Wrong", Kind.UNAUTHENTICATED


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def throttle(services: Services, clock: MovableClock) -> SignInThrottle:
    """Three tries for an address, five for a network, in ten minutes."""
    return SignInThrottle(
        PostgresCounters(services.database, clock),
        clock,
        tries_per_address="3 per 10 minutes",
        tries_per_ip="5 per 10 minutes",
    )


@pytest.fixture
def address() -> str:
    return f"{uuid4().hex}@example.com"


@pytest.fixture
def ip() -> str:
    return str(IPv4Address(randrange(2**32)))


async def fail(throttle: SignInThrottle, address: str, ip: str) -> None:
    with pytest.raises(WrongError):
        async with throttle.attempt(address, ip, failure=WrongError):
            raise WrongError("no")


async def succeed(throttle: SignInThrottle, address: str, ip: str) -> None:
    async with throttle.attempt(address, ip, failure=WrongError):
        pass


async def refused(throttle: SignInThrottle, address: str, ip: str) -> TooManyTriesError:
    with pytest.raises(TooManyTriesError) as refusal:
        await succeed(throttle, address, ip)
    return refusal.value


async def test_an_address_waits_after_its_failures(throttle: SignInThrottle, address: str, ip: str) -> None:
    for _ in range(3):
        await fail(throttle, address, ip)
    assert (await refused(throttle, address, ip)).retry_after == 600


async def test_another_network_does_not_help(throttle: SignInThrottle, address: str) -> None:
    for n in range(3):
        await fail(throttle, address, f"2001:db8:{n}::1")
    await refused(throttle, address, "2001:db8:ffff::1")


async def test_a_network_waits_whatever_the_address(throttle: SignInThrottle, ip: str) -> None:
    for n in range(5):
        await fail(throttle, f"{n}-{uuid4().hex}@example.com", ip)
    await refused(throttle, f"{uuid4().hex}@example.com", ip)


async def test_an_ipv6_customer_is_one_network(throttle: SignInThrottle) -> None:
    network = f"2001:db8:{randrange(2**16):x}:{randrange(2**16):x}"
    for n in range(5):
        await fail(throttle, f"{n}-{uuid4().hex}@example.com", f"{network}::{n:x}")
    await refused(throttle, f"{uuid4().hex}@example.com", f"{network}:abcd::1")


async def test_ipv4_customers_on_a_dual_stack_socket_are_each_their_own(throttle: SignInThrottle) -> None:
    """Their addresses share a /64 only in how they are written."""
    busy, calm = f"198.51.100.{randrange(1, 255)}", "203.0.113.77"
    for n in range(5):
        await fail(throttle, f"{n}-{uuid4().hex}@example.com", f"::ffff:{busy}")
    await refused(throttle, f"{uuid4().hex}@example.com", busy)
    await fail(throttle, f"{uuid4().hex}@example.com", f"::ffff:{calm}")


async def test_nobody_is_locked_out_for_longer_than_a_window(
    throttle: SignInThrottle, clock: MovableClock, address: str, ip: str
) -> None:
    """Trying on while it is closed does not keep it closed."""
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
    """Or an attacker would pay each guess with a sign-in to an account of their own network."""
    await fail(throttle, address, ip)
    await fail(throttle, address, ip)
    await succeed(throttle, address, ip)
    await fail(throttle, address, ip)
    await refused(throttle, address, ip)


async def test_our_own_trouble_is_nobodys_failure(throttle: SignInThrottle, address: str, ip: str) -> None:
    for _ in range(4):
        with pytest.raises(UnavailableError):
            async with throttle.attempt(address, ip, failure=WrongError):
                raise UnavailableError
    await succeed(throttle, address, ip)


async def test_many_at_once_get_no_more_tries_than_one_after_the_other(throttle: SignInThrottle, address: str) -> None:
    tried = 0
    all_asked = asyncio.Event()

    async def guess(n: int) -> None:
        nonlocal tried
        async with throttle.attempt(address, f"2001:db8:1:{n:x}::1", failure=WrongError):
            tried += 1
            await all_asked.wait()
            raise WrongError("no")

    guesses = [asyncio.create_task(guess(n)) for n in range(12)]
    refused_now, under_way = await asyncio.wait(guesses, return_when=asyncio.FIRST_COMPLETED)
    while len(under_way) > 3:
        more, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
        refused_now |= more
    all_asked.set()
    outcomes = await asyncio.gather(*guesses, return_exceptions=True)
    assert tried == 3
    assert sum(isinstance(outcome, TooManyTriesError) for outcome in outcomes) == 9


async def test_the_refusal_tells_when_to_come_back(throttle: SignInThrottle, address: str, ip: str) -> None:
    for _ in range(3):
        await fail(throttle, address, ip)
    assert (await refused(throttle, address, ip)).headers == {
        "RateLimit-Policy": '"sign-in-address";q=3;w=600',
        "RateLimit": '"sign-in-address";r=0;t=600',
    }
