"""A client with both scopes of payments, and its tokens over HTTP."""

import pytest

from billing_api.clients.service import NewSecret
from tests.fixtures.services import Services


@pytest.fixture
async def known(services: Services) -> NewSecret:
    """A client and its secret."""
    return await services.clients.create("ERP", ["payments:read", "payments:write"])
