"""People with passwords, and the browsers they sign in from."""

from collections.abc import AsyncIterator
from ipaddress import IPv6Address
from random import randrange

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from billing_api.auth.passwords import StoredPassword
from billing_api.bootstrap import Services
from tests.factories.sessions import PASSWORD
from tests.factories.users import Member, make_member


@pytest.fixture(scope="session")
async def stored(services: Services) -> StoredPassword:
    """The password's hash, computed once."""
    return await services.passwords.hash(SecretStr(PASSWORD))


@pytest.fixture
async def member(services: Services, stored: StoredPassword) -> Member:
    """Somebody who can sign in."""
    return await make_member(services, password=stored)


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser on a network of its own, so that the tests' failures don't add up; over TLS, as its cookie wants it."""
    network = str(IPv6Address(randrange(2**128)))
    transport = httpx.ASGITransport(app=app, client=(network, 50000))
    async with httpx.AsyncClient(transport=transport, base_url="https://billing.test") as client:
        yield client
