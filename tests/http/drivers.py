"""Requests of every operation: what makes a row that its path may name, and calls with all that it wants."""

import re
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import repeat
from typing import Any
from uuid import uuid4

import httpx

from billing_api.config import AchVerification, Settings
from billing_api.payment_methods.schemas import BankAccountCreate
from tests.architecture.authorisation import ANYONE, MATRIX
from tests.architecture.operations import Operation, example_of, operations
from tests.factories.invoices import post_invoice
from tests.factories.payments import MANDATE, new_key, pay, store_card
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal

GUARDED = [one for one in operations() if one.id in MATRIX and MATRIX[one.id].roles != ANYONE]
NAMING_A_ROW = [one for one in GUARDED if MATRIX[one.id].names_a_row]

Make = Callable[[Portal, Services], Awaitable[object]]


def parameter_of(operation: Operation) -> str:
    """The name of the id in its path, the last one where there are two."""
    return str(re.findall(r"\{(\w+)\}", operation.path)[-1])


def path_of(operation: Operation, row: object) -> str:
    """The path of a row: of its id, or of the ids that lead to it."""
    ids = iter(row if isinstance(row, tuple) else repeat(row))
    return re.sub(r"\{\w+\}", lambda _: str(next(ids)), operation.path)


async def _posted(collection: str, portal: Portal, _: Services) -> object:
    """Make a row with the docs' example of a POST."""
    creating = [one for one in operations() if (one.method, one.path) == ("POST", collection)]
    assert creating, f"add a function that makes a row of {collection} to MAKERS in tests/http/drivers.py"
    response = await portal.post(collection, json=example_of(creating[0]), headers=new_key())
    assert response.is_success, (
        f"the example of POST {collection} makes no row, so MAKERS needs a function: {response.text}"
    )
    return response.json()["id"]


async def _session(portal: Portal, _: Services) -> object:
    return portal.session_id


async def _payment_method(portal: Portal, _: Services) -> object:
    return (await store_card(portal))["id"]


async def account_that_awaits_amounts(settings: Settings, portal: Portal, _services: Services) -> object:
    """A bank account of the same vendor, at a time when deposits are sent to new ones."""
    sending_deposits = settings.model_copy(update={"gateway_ach_verification": AchVerification.MICRO_TRANSFERS})
    body = {"type": "us_bank_account", "nonce": "fake-us-bank-account-nonce", "mandate": MANDATE}
    new = BankAccountCreate.model_validate(body)
    async with open_services(sending_deposits) as services:
        account, _is_new = await services.store_method.store(portal.account_id, new)
    return account.id


async def _invoice(portal: Portal, services: Services) -> object:
    return await post_invoice(services, portal.account_id)


async def _dispute(portal: Portal, services: Services) -> object:
    invoice_id = await post_invoice(services, portal.account_id)
    response = await portal.post(
        f"/v1/invoices/{invoice_id}/disputes", json={"reason": "other", "text": "We never agreed to this."}
    )
    return invoice_id, response.json()["id"]


async def _payment(portal: Portal, services: Services) -> object:
    invoice_id = await post_invoice(services, portal.account_id)
    return (await pay(portal, await store_card(portal), invoice_id)).json()["id"]


# How a row comes to be whose id a path may name; `makers` has those of operations that want a row of another sort.
MAKERS: dict[str, Make] = {
    **{parameter_of(one): partial(_posted, one.path.partition("/{")[0]) for one in NAMING_A_ROW},
    "session_id": _session,
    "payment_method_id": _payment_method,
    "invoice_id": _invoice,
    "payment_id": _payment,
    "dispute_id": _dispute,
}


def name_of(value: object) -> str:
    """The operation's id, or the role."""
    return value.id if isinstance(value, Operation) else str(value)


async def call(caller: httpx.AsyncClient, operation: Operation, row: object = None, **parts: Any) -> httpx.Response:
    """Call the operation, on a row or on an unknown id."""
    return await caller.request(operation.method, path_of(operation, row or uuid4()), **parts)


async def call_well(caller: httpx.AsyncClient, operation: Operation, row: object) -> httpx.Response:
    """Call the operation with a good body and good headers."""
    return await call(
        caller, operation, row, headers={"If-Match": "*", **new_key()}, json=example_of(operation) or None
    )
