"""Cards and bank accounts over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, Request, Response

from billing_api.auth.deps import Payer, Viewer
from billing_api.errors import StaleVersionError
from billing_api.kit import answers
from billing_api.kit.etag import IfMatch, PreconditionRequiredError
from billing_api.kit.problems import problems
from billing_api.kit.provide import provided
from billing_api.payment_methods.errors import (
    GatewayAnswerLostError,
    GatewayUnreachableError,
    MethodTypeNotAcceptedError,
    PaymentMethodDeclinedError,
    PaymentMethodInUseError,
    PaymentMethodNotFoundError,
    PaymentMethodRemovedError,
)
from billing_api.payment_methods.schemas import (
    ClientTokenRead,
    PaymentMethodCreate,
    PaymentMethodPage,
    PaymentMethodQuery,
    PaymentMethodRead,
    PaymentMethodRemoved,
    PaymentMethodUpdate,
)
from billing_api.payment_methods.service import PaymentMethods

router = APIRouter(prefix="/payment-methods", tags=["payment methods"])
PaymentMethodsDep = Annotated[PaymentMethods, Depends(provided(PaymentMethods))]


@router.get("", operation_id="payment_methods_list", response_model=PaymentMethodPage)
async def list_payment_methods(
    request: Request, query: Annotated[PaymentMethodQuery, Query()], caller: Viewer, methods: PaymentMethodsDep
) -> Response:
    """List the stored cards and bank accounts, oldest first."""
    return answers.page(request, await methods.list(caller.account_id, query))


@router.post(
    "/client-token",
    operation_id="payment_methods_create_client_token",
    status_code=201,
    response_model=ClientTokenRead,
    responses=problems(GatewayUnreachableError),
)
async def create_client_token(request: Request, _: Payer, methods: PaymentMethodsDep) -> Response:
    """Get a token for the gateway's script in the browser, which turns a card or bank account into a nonce."""
    return answers.resource(request, await methods.client_token(), status=201, no_store=True)


@router.post(
    "",
    operation_id="payment_methods_create",
    status_code=201,
    response_model=PaymentMethodRead,
    responses=problems(
        PaymentMethodDeclinedError, MethodTypeNotAcceptedError, GatewayUnreachableError, GatewayAnswerLostError
    ),
)
async def create_payment_method(
    request: Request, new: Annotated[PaymentMethodCreate, Body()], caller: Payer, methods: PaymentMethodsDep
) -> Response:
    """Store a card or US bank account from its nonce; a bank account may stay `pending` until its bank confirms it."""
    method = await methods.store(caller.account_id, new)
    return answers.resource(request, method, status=201, location=f"/payment-methods/{method.id}")


@router.get(
    "/{payment_method_id}",
    operation_id="payment_methods_get",
    response_model=PaymentMethodRead,
    responses=problems(PaymentMethodNotFoundError),
)
async def get_payment_method(
    request: Request, payment_method_id: UUID, caller: Viewer, methods: PaymentMethodsDep
) -> Response:
    """Read one method, also when it has been removed."""
    return answers.resource(request, await methods.get(caller.account_id, payment_method_id))


@router.patch(
    "/{payment_method_id}",
    operation_id="payment_methods_update",
    response_model=PaymentMethodRead,
    responses=problems(
        PaymentMethodNotFoundError, PaymentMethodRemovedError, StaleVersionError, PreconditionRequiredError
    ),
)
async def update_payment_method(
    request: Request,
    payment_method_id: UUID,
    change: PaymentMethodUpdate,
    caller: Payer,
    if_match: IfMatch,
    methods: PaymentMethodsDep,
) -> Response:
    """Make a method the default; the flag is taken from the one that has it."""
    return answers.resource(request, await methods.update(caller.account_id, payment_method_id, change, if_match))


@router.delete(
    "/{payment_method_id}",
    operation_id="payment_methods_remove",
    response_model=PaymentMethodRemoved,
    responses=problems(
        PaymentMethodNotFoundError,
        PaymentMethodInUseError,
        StaleVersionError,
        PreconditionRequiredError,
        GatewayUnreachableError,
        GatewayAnswerLostError,
    ),
)
async def remove_payment_method(
    request: Request, payment_method_id: UUID, caller: Payer, if_match: IfMatch, methods: PaymentMethodsDep
) -> Response:
    """Remove a method; when it was the default no other takes its place, and the answer says so."""
    return answers.resource(request, await methods.remove(caller.account_id, payment_method_id, if_match))
