"""How the sandbox knows an account's methods: by tokens that only our tables and the gateway have."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from billing_api.payment_methods.model import GatewayCustomer, PaymentMethod
from braintree_sandbox.testing import Sandbox
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services

CustomerOf = Callable[[UUID], Awaitable[GatewayCustomer]]
MethodsOf = Callable[[UUID], Awaitable[list[PaymentMethod]]]
InGateway = Callable[[UUID], Awaitable[set[str]]]
EventsOf = Callable[[UUID], Awaitable[list[tuple[str, dict[str, Any]]]]]


@pytest.fixture
def customer_of(services: Services) -> CustomerOf:
    """Who an account is at the gateway."""

    async def find(account_id: UUID) -> GatewayCustomer:
        async def work() -> GatewayCustomer:
            found = await services.database.session.scalars(
                select(GatewayCustomer).where(GatewayCustomer.account_id == account_id)
            )
            return found.one()

        return await services.database.run(work)

    return find


@pytest.fixture
def in_gateway(sandbox: Sandbox, customer_of: CustomerOf) -> InGateway:
    """The tokens that the gateway keeps for an account."""

    async def find(account_id: UUID) -> set[str]:
        customer = await customer_of(account_id)
        return {method.token for method in sandbox.gateway().customer.find(customer.customer_id).payment_methods}

    return find


@pytest.fixture
def methods_of(services: Services) -> MethodsOf:
    """Every row of an account, those that were never shown too."""

    async def find(account_id: UUID) -> list[PaymentMethod]:
        async def work() -> list[PaymentMethod]:
            found = await services.database.session.scalars(
                select(PaymentMethod).where(PaymentMethod.account_id == account_id).order_by(PaymentMethod.id)
            )
            return list(found)

        return await services.database.run(work)

    return find


@pytest.fixture
def events_of(sql: Sql) -> EventsOf:
    """What the outbox tells of a method, oldest first: kinds without their prefix, and data."""

    async def find(method_id: UUID) -> list[tuple[str, dict[str, Any]]]:
        rows = await sql.fetch("SELECT kind, data FROM outbox_events WHERE subject_id = $1 ORDER BY id", method_id)
        return [(row["kind"].removeprefix("payment_method."), json.loads(row["data"])) for row in rows]

    return find
