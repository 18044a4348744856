"""PayPal accounts, as a payer comes back from PayPal's window."""

from braintree_sandbox.client.call import ClientCall, ClientResponse, ClientRoutes
from braintree_sandbox.client.views import method_view
from braintree_sandbox.resources.wallets.paypal_accounts import PAYPAL_ACCOUNTS
from braintree_sandbox.resources.wallets.paypal_facts import from_browser
from braintree_sandbox.validation.errors import ErrorTree, InvalidError
from braintree_sandbox.validation.params import flag, section
from braintree_sandbox.vault import nonces
from braintree_sandbox.wire.values import Params

routes = ClientRoutes()


@routes.post("/v1/payment_methods/paypal_accounts")
def create(client: ClientCall) -> ClientResponse:
    """Return a nonce for the payer's agreement; with a customer's client token a lasting agreement is vaulted."""
    sent = section(client.call.body, "paypal_account")
    options = section(sent, "options")
    facts, errors = from_browser(sent), ErrorTree()
    here = errors.under("paypal_account")
    if "validate" not in options or flag(options, "validate"):
        PAYPAL_ACCOUNTS.check_agreement(facts, here)
    if errors:
        raise InvalidError(errors)
    customer = client.customer()
    if customer is None or not PAYPAL_ACCOUNTS.storable(facts):
        made = nonces.issue(client.call, "paypal", facts=facts)
    else:
        wanted: Params = {"options": dict.fromkeys(client.credential.options, True)}
        account = PAYPAL_ACCOUNTS.store(client.call, customer, facts, wanted, here)
        if errors:
            raise InvalidError(errors)
        made = nonces.issue(client.call, "paypal", token=account.token)
    return ClientResponse(202, {"paypalAccounts": [method_view(made, facts)]})
