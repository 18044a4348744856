"""Grants of payment methods: a nonce that another merchant may charge once, or vault if that is allowed.

Braintree grants to another merchant by its OAuth token; here a merchant grants to itself.
"""

from dataclasses import replace

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, created
from braintree_sandbox.records.cards import Card
from braintree_sandbox.records.customer import Address
from braintree_sandbox.resources.payment_method_nonces import view
from braintree_sandbox.validation.params import flag, takes, text
from braintree_sandbox.vault import grants, methods
from braintree_sandbox.vault.kinds import Method
from braintree_sandbox.wire.refusals import NotFoundError

routes = BraintreeRoutes()

_REVOKE = takes("shared_payment_method_token")
_GRANT = _REVOKE.plus("allow_vaulting", "include_billing_postal_code", "revoke_after")


@routes.post("/payment_methods/grant")
def grant(call: Call) -> ApiResponse:
    """Return a nonce for a vaulted method, on request with the postal code of its billing address."""
    params = call.params("payment_method", _GRANT)
    method = _method(call)
    facts = _facts(call, method, with_postal_code=flag(params, "include_billing_postal_code"))
    nonce = grants.grant(call, method, facts=facts, vaultable=flag(params, "allow_vaulting"))
    return created("payment_method_nonce", view(nonce, facts, vaulted=False))


@routes.post("/payment_methods/revoke")
def revoke(call: Call) -> ApiResponse:
    """Make the nonces that were granted for a method unusable."""
    call.params("payment_method", _REVOKE)
    grants.revoke(call, _method(call))
    return ApiResponse(200, "success", True)


def _method(call: Call) -> Method:
    method = methods.find(call.work, text(call.params("payment_method"), "shared_payment_method_token"))
    if method is None:
        raise NotFoundError
    return method


def _facts(call: Call, method: Method, *, with_postal_code: bool) -> object:
    if not isinstance(method, Card):
        return method.facts
    address = call.work.get(Address, f"{method.customer_id}/{method.billing_address_id}")
    known = address.fields.get("postal_code") if address and with_postal_code else None
    return replace(method.facts, billing={"postal_code": known} if known else {})
