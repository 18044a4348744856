"""A customer's vaulted methods, from which a drop-in form lets the customer choose."""

from braintree_sandbox.client.call import ClientCall, ClientResponse, ClientRoutes
from braintree_sandbox.client.views import method_view
from braintree_sandbox.validation.params import flag
from braintree_sandbox.vault import methods, nonces

routes = ClientRoutes()


@routes.get("/v1/payment_methods")
def list_all(client: ClientCall) -> ClientResponse:
    """Return the customer's methods, each under a new nonce; `defaultFirst=1` puts the default first."""
    work, customer = client.call.work, client.customer()
    found = methods.of_customer(work, customer.id) if customer else []
    if flag(client.call.body, "default_first"):
        found.sort(key=lambda method: not methods.is_default(work, method))
    shown = [
        method_view(
            nonces.issue(client.call, "cc", token=method.token),
            method.facts,
            default=methods.is_default(work, method),
        )
        for method in found
    ]
    return ClientResponse(200, {"paymentMethods": shown})
