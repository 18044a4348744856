"""Cards and bank accounts over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, Request, Response

from billing_api.addresses.errors import AddressNotFoundError
from billing_api.auth.allowances import TooManyRequestsError
from billing_api.auth.deps import Payer, Viewer, spend
from billing_api.errors import StaleVersionError
from billing_api.http import responses
from billing_api.http.etag import IfMatch, PreconditionRequiredError
from billing_api.http.problems import problems
from billing_api.http.provide import provided
from billing_api.payment_methods.changing import MethodChanges
from billing_api.payment_methods.errors import (
    AmountsDoNotMatchError,
    DuplicateMethodError,
    GatewayAnswerLostError,
    GatewayUnreachableError,
    MethodTypeNotAcceptedError,
    NotACardError,
    PaymentMethodDeclinedError,
    PaymentMethodExpiredError,
    PaymentMethodInUseError,
    PaymentMethodNotFoundError,
    PaymentMethodNotVerifiedError,
    PaymentMethodRemovedError,
    TooManyDeclinesError,
    VerificationLockedError,
    VerificationNotAwaitedError,
)
from billing_api.payment_methods.removing import MethodRemoval
from billing_api.payment_methods.schemas import (
    CardReplacement,
    ClientTokenRead,
    PaymentMethodCreate,
    PaymentMethodPage,
    PaymentMethodQuery,
    PaymentMethodRead,
    PaymentMethodRemoved,
    PaymentMethodUpdate,
    VerificationCreate,
)
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payment_methods.verifying import MethodVerification

router = APIRouter(prefix="/payment-methods", tags=["payment methods"])
PaymentMethodsDep = Annotated[PaymentMethods, Depends(provided(PaymentMethods))]
ChangesDep = Annotated[MethodChanges, Depends(provided(MethodChanges))]
VerificationDep = Annotated[MethodVerification, Depends(provided(MethodVerification))]
RemovalDep = Annotated[MethodRemoval, Depends(provided(MethodRemoval))]


@router.get("", operation_id="payment_methods_list", response_model=PaymentMethodPage)
async def list_payment_methods(
    request: Request, query: Annotated[PaymentMethodQuery, Query()], caller: Viewer, methods: PaymentMethodsDep
) -> Response:
    """List the stored cards and bank accounts, oldest first."""
    return responses.page(request, await methods.list(caller.account_id, query))


@router.post(
    "/client-token",
    operation_id="payment_methods_create_client_token",
    status_code=201,
    response_model=ClientTokenRead,
    responses=problems(TooManyRequestsError, GatewayUnreachableError),
)
async def create_client_token(request: Request, caller: Payer, methods: PaymentMethodsDep) -> Response:
    """Get a token for the gateway's script in the browser, which turns a card or bank account into a nonce."""
    await spend(request, "client-tokens", caller)
    return responses.resource(request, await methods.client_token(), status=201, no_store=True)


@router.post(
    "",
    operation_id="payment_methods_create",
    status_code=201,
    response_model=PaymentMethodRead,
    responses=problems(
        PaymentMethodDeclinedError,
        DuplicateMethodError,
        MethodTypeNotAcceptedError,
        AddressNotFoundError,
        GatewayUnreachableError,
        TooManyRequestsError,
        TooManyDeclinesError,
        GatewayAnswerLostError,
    )
    | {200: {"model": PaymentMethodRead, "description": "It was stored already, and that one is brought up to date"}},
)
async def create_payment_method(
    request: Request, new: Annotated[PaymentMethodCreate, Body()], caller: Payer, methods: PaymentMethodsDep
) -> Response:
    """Store a card or US bank account from its nonce; a bank account may stay `pending` until its bank confirms it."""
    method, is_new = await methods.store(caller.account_id, new)
    return responses.resource(request, method, status=201 if is_new else 200, created=method.id)


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
    return responses.resource(request, await methods.get(caller.account_id, payment_method_id))


@router.patch(
    "/{payment_method_id}",
    operation_id="payment_methods_update",
    response_model=PaymentMethodRead,
    responses=problems(
        PaymentMethodNotFoundError,
        PaymentMethodRemovedError,
        PaymentMethodNotVerifiedError,
        PaymentMethodExpiredError,
        NotACardError,
        AddressNotFoundError,
        StaleVersionError,
        PreconditionRequiredError,
        GatewayUnreachableError,
        GatewayAnswerLostError,
    ),
)
async def update_payment_method(
    request: Request,
    payment_method_id: UUID,
    change: PaymentMethodUpdate,
    caller: Payer,
    if_match: IfMatch,
    changes: ChangesDep,
    methods: PaymentMethodsDep,
) -> Response:
    """Make a method the default (the flag is taken from the one that has it), or change a card's billing address."""
    await changes.update(caller.account_id, payment_method_id, change, if_match)
    return responses.resource(request, await methods.get(caller.account_id, payment_method_id))


@router.post(
    "/{payment_method_id}/replacement",
    operation_id="payment_methods_replace",
    response_model=PaymentMethodRead,
    responses=problems(
        PaymentMethodNotFoundError,
        PaymentMethodRemovedError,
        NotACardError,
        PaymentMethodDeclinedError,
        DuplicateMethodError,
        AddressNotFoundError,
        StaleVersionError,
        PreconditionRequiredError,
        GatewayUnreachableError,
        TooManyRequestsError,
        TooManyDeclinesError,
        GatewayAnswerLostError,
    ),
)
async def replace_payment_method(
    request: Request,
    payment_method_id: UUID,
    new: CardReplacement,
    caller: Payer,
    if_match: IfMatch,
    methods: PaymentMethodsDep,
) -> Response:
    """Put a new card in the place of one that ends: the method keeps its id, its default flag and what uses it."""
    return responses.resource(request, await methods.replace(caller.account_id, payment_method_id, new, if_match))


@router.post(
    "/{payment_method_id}/verification",
    operation_id="payment_methods_verify",
    response_model=PaymentMethodRead,
    responses=problems(
        PaymentMethodNotFoundError,
        PaymentMethodRemovedError,
        VerificationNotAwaitedError,
        VerificationLockedError,
        AmountsDoNotMatchError,
        GatewayUnreachableError,
        GatewayAnswerLostError,
    ),
)
async def verify_payment_method(
    request: Request,
    payment_method_id: UUID,
    sent: VerificationCreate,
    caller: Payer,
    verification: VerificationDep,
    methods: PaymentMethodsDep,
) -> Response:
    """Say what two small deposits on a bank account came to; right amounts make it `active`, at once or in some days.

    It is no edit, so it wants no If-Match: amounts stay right whatever version was read. Each call that the gateway
    may have heard is one of five tries, and `tries_left` tells what is left of them.
    """
    await verification.confirm(caller.account_id, payment_method_id, (sent.amounts[0], sent.amounts[1]))
    return responses.resource(request, await methods.get(caller.account_id, payment_method_id))


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
    request: Request,
    payment_method_id: UUID,
    caller: Payer,
    if_match: IfMatch,
    removal: RemovalDep,
    detach: Annotated[
        bool, Query(description="Remove it even if something uses it, which then goes on without")
    ] = False,
) -> Response:
    """Remove a method; when it was the default no other takes its place, and the answer says so."""
    removed = await removal.remove(caller.account_id, payment_method_id, if_match, detach=detach)
    return responses.resource(request, removed)
