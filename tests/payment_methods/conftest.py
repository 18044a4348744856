"""How the sandbox knows an account's methods: by tokens that only our tables and the gateway have."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import bindparam, select

from billing_api.db.statements import Statement, columns_of
from billing_api.payment_methods.model import GatewayCustomer, PaymentMethod, gateway_customers, payment_methods
from billing_api.payment_methods.service import ChargeableMethod
from braintree_sandbox.testing import Sandbox
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services

_CUSTOMER = Statement(
    select(*columns_of(gateway_customers, GatewayCustomer)).where(
        gateway_customers.c.account_id == bindparam("account_id")
    ),
    GatewayCustomer,
)
_METHODS = Statement(
    select(*columns_of(payment_methods, PaymentMethod))
    .where(payment_methods.c.account_id == bindparam("account_id"))
    .order_by(payment_methods.c.id),
    PaymentMethod,
)

CustomerOf = Callable[[UUID], Awaitable[GatewayCustomer]]
MethodsOf = Callable[[UUID], Awaitable[list[PaymentMethod]]]
InGateway = Callable[[UUID], Awaitable[set[str]]]
EventsOf = Callable[[UUID], Awaitable[list[tuple[str, dict[str, Any]]]]]


@pytest.fixture
def customer_of(services: Services) -> CustomerOf:
    """Who an account is at the gateway."""

    async def find(account_id: UUID) -> GatewayCustomer:
        found = await services.database.fetch_one(_CUSTOMER, account_id=account_id)
        assert found is not None
        return found

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
        return await services.database.fetch(_METHODS, account_id=account_id)

    return find


@pytest.fixture
def events_of(sql: Sql) -> EventsOf:
    """What the outbox tells of a method, oldest first: kinds without their prefix, and data."""

    async def find(method_id: UUID) -> list[tuple[str, dict[str, Any]]]:
        rows = await sql.fetch("SELECT kind, data FROM outbox_events WHERE subject_id = $1 ORDER BY id", method_id)
        return [(row["kind"].removeprefix("payment_method."), json.loads(row["data"])) for row in rows]

    return find


async def place_hold(services: Services, account_id: UUID, method_id: UUID, holder_id: UUID) -> None:
    """Keep a method for a payment."""

    async def work() -> None:
        account = await services.accounts.lock(account_id)
        services.payment_methods.place_hold(account, method_id, "payment", holder_id)

    await services.database.run(work)


async def release_hold(services: Services, account_id: UUID, method_id: UUID, holder_id: UUID) -> None:
    """Release a payment's hold."""

    async def work() -> None:
        account = await services.accounts.lock(account_id)
        services.payment_methods.release_hold(account, method_id, "payment", holder_id)

    await services.database.run(work)


async def chargeable(services: Services, account_id: UUID, method_id: UUID) -> ChargeableMethod:
    """Return a method that can pay US dollars."""

    async def work() -> ChargeableMethod:
        account = await services.accounts.lock(account_id)
        return await services.payment_methods.get_chargeable(account, method_id, "USD")

    return await services.database.run(work)
