"""The authorisation matrix against the application: every operation is called in every role."""

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, get_args
from uuid import uuid4

import httpx
import pytest

from billing_api.auth.caller import Role
from billing_api.config import AchVerification, Settings
from billing_api.payment_methods.schemas import BankAccountCreate
from tests.architecture.authorisation import ANYONE, MATRIX
from tests.architecture.operations import Operation, example_of, operations
from tests.factories.invoices import post_invoice
from tests.factories.payments import MANDATE, new_key, pay, store_card
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal, SignInAs
from tests.http.problem import problem

ROLES: tuple[Role, ...] = get_args(Role)
GUARDED = [one for one in operations() if one.id in MATRIX and MATRIX[one.id].roles != ANYONE]
NAMING_A_ROW = [one for one in GUARDED if MATRIX[one.id].names_a_row]
ALLOWED = [(one, role) for one in GUARDED for role in ROLES if role in MATRIX[one.id].roles]
REFUSED = [(one, role) for one in GUARDED for role in ROLES if role not in MATRIX[one.id].roles]

Make = Callable[[Portal, Services], Awaitable[object]]


def _parameter(operation: Operation) -> str:
    """The name of the id in its path."""
    [parameter] = re.findall(r"\{(\w+)\}", operation.path)
    return str(parameter)


async def _posted(collection: str, portal: Portal, _: Services) -> object:
    """Make a row with the docs' example of a POST."""
    creating = [one for one in operations() if (one.method, one.path) == ("POST", collection)]
    assert creating, f"add a function that makes a row of {collection} to MAKERS in tests/http/test_authorisation.py"
    response = await portal.post(collection, json=example_of(creating[0]), headers=new_key())
    assert response.is_success, (
        f"the example of POST {collection} makes no row, so MAKERS needs a function: {response.text}"
    )
    return response.json()["id"]


async def _session(portal: Portal, _: Services) -> object:
    return portal.session_id


async def _payment_method(portal: Portal, _: Services) -> object:
    return (await store_card(portal))["id"]


async def _account_that_awaits_amounts(settings: Settings, portal: Portal, _services: Services) -> object:
    """A bank account of the same vendor, at a time when deposits are sent to new ones."""
    sending_deposits = settings.model_copy(update={"gateway_ach_verification": AchVerification.MICRO_TRANSFERS})
    body = {"type": "us_bank_account", "nonce": "fake-us-bank-account-nonce", "mandate": MANDATE}
    new = BankAccountCreate.model_validate(body)
    async with open_services(sending_deposits) as services:
        account, _is_new = await services.store_method.store(portal.account_id, new)
    return account.id


async def _invoice(portal: Portal, services: Services) -> object:
    return await post_invoice(services, portal.account_id)


async def _payment(portal: Portal, services: Services) -> object:
    invoice_id = await post_invoice(services, portal.account_id)
    return (await pay(portal, await store_card(portal), invoice_id)).json()["id"]


# How a row comes to be whose id a path may name; `makers` has those of operations that want a row of another sort.
MAKERS: dict[str, Make] = {
    **{_parameter(one): partial(_posted, one.path.partition("/{")[0]) for one in NAMING_A_ROW},
    "session_id": _session,
    "payment_method_id": _payment_method,
    "invoice_id": _invoice,
    "payment_id": _payment,
}


@pytest.fixture
def makers(settings: Settings) -> dict[str, Make]:
    """Functions that make a row, by the operation or else by the path's parameter."""
    return MAKERS | {"payment_methods_verify": partial(_account_that_awaits_amounts, settings)}


def name_of(value: object) -> str:
    """The operation's id, or the role."""
    return value.id if isinstance(value, Operation) else str(value)


async def call(caller: httpx.AsyncClient, operation: Operation, row: object = None, **parts: Any) -> httpx.Response:
    """Call the operation, on a row or on an unknown id."""
    path = re.sub(r"\{\w+\}", str(row or uuid4()), operation.path)
    return await caller.request(operation.method, path, **parts)


async def call_well(caller: httpx.AsyncClient, operation: Operation, row: object) -> httpx.Response:
    """Call the operation with a good body and good headers."""
    return await call(
        caller, operation, row, headers={"If-Match": "*", **new_key()}, json=example_of(operation) or None
    )


@pytest.mark.parametrize("operation", GUARDED, ids=name_of)
async def test_anonymous_is_asked_for_a_token(client: httpx.AsyncClient, operation: Operation) -> None:
    """The response is a 401 before any check of the request, which here has neither body nor headers."""
    response = await call(client, operation)
    problem(response, 401, "unauthenticated")
    assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("operation", GUARDED, ids=name_of)
async def test_forged_token_is_refused(client: httpx.AsyncClient, operation: Operation) -> None:
    """The response is a 401 with another error."""
    client.headers["Authorization"] = "Bearer eyJhbGciOiJub25lIn0.e30."
    response = await call(client, operation)
    problem(response, 401, "invalid_token")
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


@pytest.mark.parametrize(("operation", "role"), REFUSED, ids=name_of)
async def test_role_that_does_not_suffice(sign_in_as: SignInAs, operation: Operation, role: Role) -> None:
    """403, with the roles that do."""
    body = problem(await call(await sign_in_as(role), operation), 403, "role_not_sufficient")
    assert body["role"] == role
    assert set(body["needed"]) == MATRIX[operation.id].roles


@pytest.mark.parametrize(("operation", "role"), ALLOWED, ids=name_of)
async def test_role_that_suffices(sign_in_as: SignInAs, operation: Operation, role: Role) -> None:
    """Such a request may lack other things, but not the right to call."""
    response = await call(await sign_in_as(role), operation)
    assert response.status_code < 500, response.text
    assert response.status_code not in {401, 403, 405}
    assert "Authorization" in response.headers["vary"]


@pytest.mark.parametrize("operation", NAMING_A_ROW, ids=name_of)
async def test_row_of_another_account_is_not_found(
    portal: Portal, stranger: Portal, services: Services, makers: dict[str, Make], operation: Operation
) -> None:
    """404 for the owner of another account, with all that the operation wants; the row's own may use it then."""
    make = makers.get(operation.id) or makers[_parameter(operation)]
    row = await make(portal, services)
    foreign = await call_well(stranger, operation, row)
    problem(foreign, 404, foreign.json()["code"])
    unknown = await call_well(stranger, operation, uuid4())
    assert foreign.json()["code"] == unknown.json()["code"]
    assert (await call_well(portal, operation, row)).is_success
