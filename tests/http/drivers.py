"""Requests of every operation: what makes a row that its path may name, and calls with all that it wants."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from itertools import repeat
from typing import Any
from uuid import UUID, uuid4

import httpx

from billing_api.config import Settings
from billing_api.gateway_settings import AchVerification
from billing_api.invoices.application_schemas import ApplicationCreate
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.payment_methods.create_schemas import BankAccountCreate
from billing_api.refunds.schemas import RefundCreate, RefundWhole
from billing_api.write_offs.schemas import WriteOffCreate
from tests.architecture.authorisation import ANYONE, MATRIX
from tests.architecture.operations import Operation, example_of, operations
from tests.factories.disputes import made_dispute
from tests.factories.invoices import post_invoice
from tests.factories.payments import MANDATE, new_key, pay, record_offline, store_card
from tests.factories.payouts import make_payout
from tests.fixtures.partners import Partner
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal

GUARDED = [one for one in operations() if one.id in MATRIX and MATRIX[one.id].roles != ANYONE]
PARTNERS = [one for one in operations() if one.id in MATRIX and MATRIX[one.id].scope is not None]
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


async def _scheduled_payment(portal: Portal, services: Services) -> object:
    invoice_id = await post_invoice(services, portal.account_id)
    day = services.clock.today() + timedelta(days=7)
    return (await pay(portal, await store_card(portal), invoice_id, scheduled_on=day.isoformat())).json()["id"]


async def _account(portal: Portal, _: Services) -> object:
    return portal.account_id


async def _own_invoice(portal: Portal, services: Services) -> object:
    return portal.account_id, await post_invoice(services, portal.account_id)


async def _check(portal: Portal, services: Services) -> object:
    return portal.account_id, await record_offline(services, portal.account_id, 10_000)


async def _chargeback(portal: Portal, services: Services) -> object:
    payment_id = await _payment(portal, services)
    dispute = made_dispute(services, amount=100)
    await services.record_disputes.record(portal.account_id, UUID(str(payment_id)), dispute)
    return (await portal.get("/v1/chargebacks")).json()["data"][0]["id"]


async def _refund(portal: Portal, services: Services) -> tuple[object, object, object]:
    payment_id = await record_offline(services, portal.account_id, 10_000)
    key = IdempotencyKey(str(uuid4()), "POST", "/v1/refunds", "digest")
    wanted = RefundCreate(refund=RefundWhole(type="whole"))
    return portal.account_id, payment_id, (await services.refunds.refund(portal.account_id, payment_id, wanted, key)).id


async def _own_refund(portal: Portal, services: Services) -> object:
    return (await _refund(portal, services))[1:]


async def _application(portal: Portal, services: Services) -> object:
    invoice_id = await post_invoice(services, portal.account_id)
    payment_id = await record_offline(services, portal.account_id, 5_000)
    new = ApplicationCreate(source_type="payment", source_id=payment_id, invoice_id=invoice_id, amount=5_000)
    return portal.account_id, (await services.applications.create(portal.account_id, new, None)).resource.id


async def _write_off(portal: Portal, services: Services) -> object:
    new = WriteOffCreate(invoice_id=await post_invoice(services, portal.account_id), currency="USD")
    return portal.account_id, (await services.write_offs.create(portal.account_id, new, None)).resource.id


async def _payout(_: Portal, services: Services) -> object:
    return await make_payout(services)


# How a row comes to be whose id a path may name; `makers` has those of operations that want a row of another sort.
MAKERS: dict[str, Make] = {
    **{parameter_of(one): partial(_posted, one.path.partition("/{")[0]) for one in NAMING_A_ROW},
    "session_id": _session,
    "payment_method_id": _payment_method,
    "invoice_id": _invoice,
    "payment_id": _payment,
    "payments_update": _scheduled_payment,
    "payments_cancel": _scheduled_payment,
    "dispute_id": _dispute,
    "account_id": _account,
    "account_invoices_get": _own_invoice,
    "account_invoices_void": _own_invoice,
    "account_payments_get": _check,
    "account_payments_return": _check,
    "account_refunds_list": _check,
    "account_refunds_create": _check,
    "account_refunds_get": _refund,
    "refund_id": _own_refund,
    "chargeback_id": _chargeback,
    "applications_get": _application,
    "applications_reverse": _application,
    "payouts_list": _payout,
    "payout_id": _payout,
    "write_offs_get": _write_off,
    "write_offs_reverse": _write_off,
}


def maker_of(operation: Operation) -> Make:
    """The function that makes a row which the operation's path may name."""
    return MAKERS.get(operation.id) or MAKERS[parameter_of(operation)]


def caller_of(operation: Operation, portal: Portal, services: Services) -> httpx.AsyncClient:
    """The client that may call the operation: the portal, or a partner's."""
    return Partner(portal.app, services) if operation.scoped else portal


def name_of(value: object) -> str:
    """The operation's id, or the role."""
    return value.id if isinstance(value, Operation) else str(value)


async def call(caller: httpx.AsyncClient, operation: Operation, row: object = None, **parts: Any) -> httpx.Response:
    """Call the operation, on a row or on an unknown id."""
    return await caller.request(operation.method, path_of(operation, row or uuid4()), **parts)


async def call_well(caller: httpx.AsyncClient, operation: Operation, row: object) -> httpx.Response:
    """Call the operation with a good body and good headers."""
    return await call(caller, operation, row, headers={"If-Match": "*", **new_key()}, json=body_of(operation) or None)


def body_of(operation: Operation) -> dict[str, Any]:
    """The docs' example, under an external id of its own: they are unique across accounts."""
    body = example_of(operation)
    return body | ({"external_id": str(uuid4())} if "external_id" in body else {})
