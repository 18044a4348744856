"""Cards and bank accounts over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Depends, Query

from billing_api.addresses.errors import AddressNotFoundError
from billing_api.auth.allowances import TooManyRequestsError
from billing_api.auth.deps import Payer, Viewer
from billing_api.gateway.errors import GatewayResponseLostError, GatewayUnreachableError
from billing_api.http.etag import IfMatch
from billing_api.http.provide import RatesDep, provided
from billing_api.http.results import Created, Existing
from billing_api.http.routes import NO_STORE, Routes
from billing_api.kit.pagination import Page
from billing_api.payment_methods.card_rules import ThreeDSecureFailedError, ThreeDSecureRequiredError
from billing_api.payment_methods.create_schemas import (
    CardReplacement,
    PaymentMethodCreate,
    PaymentMethodUpdate,
    VerificationCreate,
)
from billing_api.payment_methods.errors import (
    DuplicateMethodError,
    MethodTypeNotAcceptedError,
    NotACardError,
    PaymentMethodBlockedError,
    PaymentMethodDeclinedError,
    PaymentMethodExpiredError,
    PaymentMethodInUseError,
    PaymentMethodNotFoundError,
    PaymentMethodRemovedError,
    TooManyDeclinesError,
)
from billing_api.payment_methods.remove import RemoveMethod
from billing_api.payment_methods.replace import ReplaceMethod
from billing_api.payment_methods.schemas import (
    ClientTokenRead,
    NonceRead,
    PaymentMethodQuery,
    PaymentMethodRead,
    PaymentMethodRemoved,
)
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payment_methods.store import StoreMethod
from billing_api.payment_methods.update import UpdateMethod
from billing_api.payment_methods.verification_errors import (
    AmountsDoNotMatchError,
    PaymentMethodNotVerifiedError,
    VerificationLockedError,
    VerificationNotAwaitedError,
)
from billing_api.payment_methods.verify import VerifyMethod

router = Routes("/payment-methods", tags=["payment methods"], errors=[PaymentMethodNotFoundError])
PaymentMethodsDep = Annotated[PaymentMethods, Depends(provided(PaymentMethods))]
StoreDep = Annotated[StoreMethod, Depends(provided(StoreMethod))]
ReplaceDep = Annotated[ReplaceMethod, Depends(provided(ReplaceMethod))]
UpdateDep = Annotated[UpdateMethod, Depends(provided(UpdateMethod))]
VerifyDep = Annotated[VerifyMethod, Depends(provided(VerifyMethod))]
RemoveDep = Annotated[RemoveMethod, Depends(provided(RemoveMethod))]
BroughtUpToDate = Annotated[Existing[PaymentMethodRead], "It was stored already, and that one is brought up to date"]

_GATEWAY_ERRORS = [GatewayUnreachableError, GatewayResponseLostError]
_STORING_ERRORS = [
    PaymentMethodDeclinedError,
    ThreeDSecureRequiredError,
    ThreeDSecureFailedError,
    DuplicateMethodError,
    AddressNotFoundError,
    TooManyRequestsError,
    TooManyDeclinesError,
    *_GATEWAY_ERRORS,
]


@router.get("", operation_id="payment_methods_list")
async def list_payment_methods(
    query: Annotated[PaymentMethodQuery, Query()], caller: Viewer, methods: PaymentMethodsDep
) -> Page[PaymentMethodRead]:
    """List the stored cards and bank accounts, oldest first."""
    return await methods.list(caller.account_id, query)


@router.post(
    "/client-token",
    operation_id="payment_methods_create_client_token",
    errors=[TooManyRequestsError, GatewayUnreachableError],
    status=201,
    cache_control=NO_STORE,
)
async def create_client_token(caller: Payer, methods: PaymentMethodsDep, rates: RatesDep) -> ClientTokenRead:
    """Get a token for the gateway's script in the browser, which turns a card or bank account into a nonce."""
    await rates.spend("client-tokens", caller.user_id, caller.account_id)
    return await methods.client_token()


@router.post("", operation_id="payment_methods_create", errors=[MethodTypeNotAcceptedError, *_STORING_ERRORS])
async def create_payment_method(
    new: Annotated[PaymentMethodCreate, Body()], caller: Payer, operation: StoreDep
) -> Created[PaymentMethodRead] | BroughtUpToDate:
    """Store a card or US bank account from its nonce; a bank account may stay `pending` until its bank confirms it."""
    method, is_new = await operation.store(caller.account_id, new)
    return Created(method) if is_new else Existing(method)


@router.get("/{payment_method_id}", operation_id="payment_methods_get")
async def get_payment_method(payment_method_id: UUID, caller: Viewer, methods: PaymentMethodsDep) -> PaymentMethodRead:
    """Read one method, also when it has been removed."""
    return await methods.get(caller.account_id, payment_method_id)


@router.patch(
    "/{payment_method_id}",
    operation_id="payment_methods_update",
    errors=[
        PaymentMethodRemovedError,
        PaymentMethodBlockedError,
        PaymentMethodNotVerifiedError,
        PaymentMethodExpiredError,
        NotACardError,
        AddressNotFoundError,
        *_GATEWAY_ERRORS,
    ],
)
async def update_payment_method(
    payment_method_id: UUID,
    change: PaymentMethodUpdate,
    caller: Payer,
    version: IfMatch,
    operation: UpdateDep,
) -> PaymentMethodRead:
    """Make a method the default (the flag is taken from the one that has it), or change a card's billing address."""
    return await operation.update(caller.account_id, payment_method_id, change, version)


@router.post(
    "/{payment_method_id}/nonces",
    operation_id="payment_methods_create_nonce",
    errors=[NotACardError, PaymentMethodRemovedError, TooManyRequestsError, GatewayUnreachableError],
    status=201,
    cache_control=NO_STORE,
)
async def create_nonce(
    payment_method_id: UUID, caller: Payer, methods: PaymentMethodsDep, rates: RatesDep
) -> NonceRead:
    """Get a nonce of a stored card, with which the gateway's script authenticates its owner by 3-D Secure."""
    await rates.spend("client-tokens", caller.user_id, caller.account_id)
    return await methods.make_nonce(caller.account_id, payment_method_id)


@router.post(
    "/{payment_method_id}/replacement",
    operation_id="payment_methods_replace",
    errors=[PaymentMethodRemovedError, NotACardError, *_STORING_ERRORS],
)
async def replace_payment_method(
    payment_method_id: UUID, new: CardReplacement, caller: Payer, version: IfMatch, operation: ReplaceDep
) -> PaymentMethodRead:
    """Put a new card in the place of one that expires: the method keeps its id, its default flag and its uses."""
    return await operation.replace(caller.account_id, payment_method_id, new, version)


@router.post(
    "/{payment_method_id}/verification",
    operation_id="payment_methods_verify",
    errors=[
        PaymentMethodRemovedError,
        VerificationNotAwaitedError,
        VerificationLockedError,
        AmountsDoNotMatchError,
        *_GATEWAY_ERRORS,
    ],
)
async def verify_payment_method(
    payment_method_id: UUID,
    sent: VerificationCreate,
    caller: Payer,
    operation: VerifyDep,
) -> PaymentMethodRead:
    """Send the amounts of two small deposits on a bank account; right ones make it `active`, at once or in some days.

    No If-Match is needed: the amounts are right or wrong in every version. Each call that may have reached the gateway
    is one of five tries; `tries_left` is the number of tries that are left.
    """
    return await operation.verify(caller.account_id, payment_method_id, (sent.amounts[0], sent.amounts[1]))


@router.delete(
    "/{payment_method_id}",
    operation_id="payment_methods_remove",
    errors=[PaymentMethodInUseError, *_GATEWAY_ERRORS],
)
async def remove_payment_method(
    payment_method_id: UUID,
    caller: Payer,
    version: IfMatch,
    operation: RemoveDep,
    detach: Annotated[
        bool,
        Query(
            description="Remove it although it is used: scheduled payments are cancelled, autopay is switched off, and "
            "a payment under way goes on"
        ),
    ] = False,
) -> PaymentMethodRemoved:
    """Remove a method; when it was the default no other takes its place, and the response says so.

    One that is used is a 409 with `used_by`, unless `detach` is true. The response then names the payments that were
    cancelled.
    """
    return await operation.remove(caller.account_id, payment_method_id, version, detach=detach)
