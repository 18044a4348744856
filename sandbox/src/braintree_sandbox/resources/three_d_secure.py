"""3-D Secure without a cardholder: calls for tests that make an authentication, with or without a nonce."""

from dataclasses import replace

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, created
from braintree_sandbox.records.cards import CardFacts
from braintree_sandbox.records.three_d_secure import Authentication
from braintree_sandbox.state import ids
from braintree_sandbox.validation.errors import ErrorTree, InvalidError
from braintree_sandbox.validation.params import takes
from braintree_sandbox.vault import nonces
from braintree_sandbox.vault.card_params import read_card
from braintree_sandbox.vault.three_d_secure import SUCCESSFUL, three_d_secure_info
from braintree_sandbox.wire.refusals import NotFoundError

routes = BraintreeRoutes()

_CARD = takes("number", "expiration_month", "expiration_year", "expiration_date", "cardholder_name", "cvv", "amount")


@routes.post("/three_d_secure/create_verification/{account_id}")
def create_verification(call: Call) -> ApiResponse:
    """Make a successful authentication of the card in the request."""
    authentication = _authenticate(call, "three_d_secure_verification")
    # Older clients call the id a token.
    names = ("three_d_secure_authentication_id", "three_d_secure_token")
    return created("three_d_secure_verification", dict.fromkeys(names, authentication.id))


@routes.post("/three_d_secure/create_nonce/{account_id}")
def create_nonce(call: Call) -> ApiResponse:
    """Return a nonce of a card with a successful authentication."""
    authentication = _authenticate(call, "credit_card")
    nonce = nonces.issue(call, "cc", facts=authentication.facts)
    info = three_d_secure_info(SUCCESSFUL, authentication.id)
    return created("payment_method_nonce", {"nonce": nonce.nonce, "type": "CreditCard", "three_d_secure_info": info})


def _authenticate(call: Call, root: str) -> Authentication:
    account = call.merchant.account(call.path["account_id"])
    if account is None:
        raise NotFoundError
    errors = ErrorTree()
    facts: CardFacts = read_card(call.params(root, _CARD), errors.under(root))
    if errors:
        raise InvalidError(errors)
    authentication_id = ids.transaction_id()
    return call.work.put(
        Authentication(
            id=authentication_id,
            merchant_account_id=account.id,
            facts=replace(facts, three_d_secure=SUCCESSFUL, three_d_secure_id=authentication_id),
            created_at=call.now,
        )
    )
