"""Cards from a form."""

from braintree_sandbox.client.call import ClientCall, ClientResponse, ClientRoutes
from braintree_sandbox.client.cards import tokenize_card
from braintree_sandbox.client.views import method_view
from braintree_sandbox.validation.params import flag, section, text
from braintree_sandbox.vault.authentication_insight import Payment, regulation_environment
from braintree_sandbox.vault.brands import indicators

routes = ClientRoutes()


@routes.post("/v1/payment_methods/credit_cards")
def create(client: ClientCall) -> ClientResponse:
    """Return a nonce for a card: 202 for a card that was not checked, 201 otherwise."""
    body = client.call.body
    card = section(body, "credit_card")
    tokenized = tokenize_card(client, card, section(card, "options"))
    shown = method_view(tokenized.nonce, tokenized.facts)
    account_id = text(body, "merchant_account_id")
    if flag(body, "authentication_insight") and account_id is not None:
        issued_in = indicators(tokenized.facts.number)["country_of_issuance"]
        payment = Payment(account_id=account_id, issued_in=issued_in)
        shown["authenticationInsight"] = {"regulationEnvironment": regulation_environment(payment)}
    return ClientResponse(202 if tokenized.facts.unchecked else 201, {"creditCards": [shown]})
