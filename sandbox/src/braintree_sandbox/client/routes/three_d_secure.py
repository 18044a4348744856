"""3-D Secure, as `verifyCard` of Braintree's script runs it: a lookup, and the result of the bank's challenge."""

from dataclasses import replace

from braintree_sandbox.client.call import ClientCall, ClientResponse, ClientRoutes
from braintree_sandbox.client.views import camel_cased, method_view
from braintree_sandbox.records.cards import CardFacts
from braintree_sandbox.records.nonces import Nonce
from braintree_sandbox.records.three_d_secure import Authentication
from braintree_sandbox.state import ids
from braintree_sandbox.validation.errors import ErrorTree, InvalidError
from braintree_sandbox.validation.params import text
from braintree_sandbox.vault import methods, nonces
from braintree_sandbox.vault.card_params import checked
from braintree_sandbox.vault.known_nonces import facts_of
from braintree_sandbox.vault.three_d_secure import (
    CHALLENGE_REQUIRED,
    after_challenge,
    after_lookup,
    three_d_secure_info,
)
from braintree_sandbox.wire.refusals import NotFoundError

routes = ClientRoutes()

# The songbird of this sandbox (browsers/songbird.js) makes such a text where Cardinal's makes a JWT.
_CANCELLED = "cancelled"


@routes.post("/v1/payment_methods/{nonce}/three_d_secure/lookup")
def look_up(client: ClientCall) -> ClientResponse:
    """Return a new nonce of the card with the result, and in `lookup` whether the bank wants to ask its owner.

    The nonce in the path is used up.
    """
    facts, token = _card(client)
    status, authentication_id = after_lookup(facts.number), ids.transaction_id()
    shown, version = _authenticated(client, facts, token, status, authentication_id)
    asks = status == CHALLENGE_REQUIRED
    shown["lookup"] = {
        "acsUrl": "https://acs.sandbox.braintreegateway.com/challenge" if asks else None,
        "pareq": "sandbox-pareq" if asks else None,
        "md": "",
        "termUrl": "",
        "transactionId": authentication_id,
        "threeDSecureVersion": version,
    }
    return ClientResponse(201, shown)


@routes.post("/v1/payment_methods/{nonce}/three_d_secure/authenticate_from_jwt")
def authenticate(client: ClientCall) -> ClientResponse:
    """Return a new nonce of the card with the result of the bank's challenge."""
    facts, token = _card(client)
    if facts.three_d_secure != CHALLENGE_REQUIRED or facts.three_d_secure_id is None:
        raise NotFoundError
    status = after_challenge(facts.number, cancelled=text(client.call.body, "jwt") == _CANCELLED)
    shown, _ = _authenticated(client, facts, token, status, facts.three_d_secure_id)
    return ClientResponse(201, shown)


def _card(client: ClientCall) -> tuple[CardFacts, str | None]:
    """Return the card of the nonce in the path, and its token if it is vaulted; the nonce is used up."""
    work, name = client.call.work, client.call.path["nonce"]
    known, made = facts_of(name), work.get(Nonce, name)
    if isinstance(known, CardFacts):
        return known, None
    method = methods.find(work, made.token) if made else None
    facts = made and (made.facts or (method and method.facts))
    if made is None or made.consumed or made.expires_at < client.call.now or not isinstance(facts, CardFacts):
        raise NotFoundError
    errors = ErrorTree()
    usable = checked(facts, errors.under("credit_card"))
    if usable is None:
        raise InvalidError(errors)
    work.put(replace(made, consumed=True))
    return usable, made.token


def _authenticated(
    client: ClientCall, facts: CardFacts, token: str | None, status: str, authentication_id: str
) -> tuple[dict[str, object], object]:
    """Keep the authentication, and return the card's new nonce with its result, and the version of the protocol."""
    call = client.call
    facts = replace(facts, three_d_secure=status, three_d_secure_id=authentication_id)
    call.work.put(
        Authentication(
            id=authentication_id,
            merchant_account_id=call.merchant.default_account.id,
            facts=facts,
            created_at=call.now,
        )
    )
    info = three_d_secure_info(status, authentication_id) or {}
    named = camel_cased(info)
    shown = method_view(nonces.issue(call, "cc", facts=facts, token=token), facts) | {"threeDSecureInfo": named}
    return {"paymentMethod": shown, "threeDSecureInfo": named}, info.get("three_d_secure_version")
