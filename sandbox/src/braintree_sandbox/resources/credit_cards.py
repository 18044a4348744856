"""Cards in the vault."""

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, created, deleted, found
from braintree_sandbox.records.cards import Card, CardFacts
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.resources import addresses
from braintree_sandbox.resources.cards import CARDS
from braintree_sandbox.validation.errors import Code, ErrorTree, InvalidError
from braintree_sandbox.validation.params import takes, text
from braintree_sandbox.validation.three_d_secure import THREE_D_SECURE_PASS_THRU
from braintree_sandbox.vault import methods, nonces
from braintree_sandbox.vault.card_params import CARD_DETAILS, read_card
from braintree_sandbox.vault.known_tokens import NETWORK_TOKENIZED, network_tokenized_card
from braintree_sandbox.vault.nonces import NonceCodes
from braintree_sandbox.wire.refusals import NotFoundError
from braintree_sandbox.wire.values import Params, is_digits

routes = BraintreeRoutes()

OPTIONS = takes(
    "account_information_inquiry",
    "fail_on_duplicate_payment_method",
    "fail_on_duplicate_payment_method_for_customer",
    "make_default",
    "skip_advanced_fraud_checking",
    "venmo_sdk_session",
    "verification_account_type",
    "verification_amount",
    "verification_currency_iso_code",
    "verification_merchant_account_id",
    "verify_card",
    adyen=takes("overwrite_brand", "selected_brand"),
)
ACCEPTED = CARD_DETAILS.plus(
    "billing_address_id",
    "customer_id",
    "device_data",
    "device_session_id",
    "fraud_merchant_id",
    "payment_method_nonce",
    "token",
    "venmo_sdk_payment_method_code",
    billing_address=addresses.ACCEPTED.plus(options=takes("update_existing")),
    external_vault=takes("network_transaction_id"),
    options=OPTIONS,
    three_d_secure_pass_thru=THREE_D_SECURE_PASS_THRU,
)
"""The parameters of a card, wherever it is stored or changed."""

CUSTOMER_REQUIRED = Code("91704", "Customer ID is required.")
CUSTOMER_INVALID = Code("91705", "Customer ID is invalid.")
DETAILS_CONFLICT = Code("81725", "Cannot provide both a credit card number and a payment method nonce.")
VENMO_CODE_INVALID = Code("91727", "Invalid VenmoSDK payment method code")
NOT_A_CARD = Code("91738", "Payment method is not a credit card.")
NONCE_CODES = NonceCodes(
    unknown=Code("91732", "Unknown payment_method_nonce."),
    consumed=Code("91731", "Cannot use a payment_method_nonce more than once."),
    locked=Code("91733", "Payment method nonce is locked."),
)


def facts_from(call: Call, params: Params, errors: ErrorTree) -> CardFacts | None:
    """Return the card of a nonce or of typed details; None after noting errors."""
    nonce, venmo = text(params, "payment_method_nonce"), text(params, "venmo_sdk_payment_method_code")
    if nonce is None and venmo is not None:
        return _from_venmo(call, venmo, errors)
    if nonce is None:
        return read_card(params, errors)
    if "number" in params:
        errors.on("base", DETAILS_CONFLICT)
        return None
    resolved = nonces.resolve(call, nonce, NONCE_CODES, errors, card_errors=errors)
    if resolved is None:
        return None
    if not isinstance(resolved.facts, CardFacts):
        errors.on("payment_method_nonce", NOT_A_CARD)
        return None
    return resolved.facts


def create(call: Call) -> ApiResponse:
    """Vault a card for a customer that exists; the route is shared with payment methods of any kind."""
    params = call.params("credit_card", ACCEPTED)
    errors = ErrorTree()
    here = errors.under("credit_card")
    customer_id = text(params, "customer_id")
    customer = call.work.get(Customer, customer_id)
    if customer is None:
        here.on("customer_id", CUSTOMER_REQUIRED if customer_id is None else CUSTOMER_INVALID)
    facts = facts_from(call, params, here)
    if customer is None or facts is None:
        raise InvalidError(errors)
    card = CARDS.store(call, customer, facts, params, here)
    if errors:
        raise InvalidError(errors)
    return created("credit_card", CARDS.view(call, card))


@routes.get("/payment_methods/credit_card/{token}")
def find(call: Call) -> ApiResponse:
    """Return one card."""
    known = call.path["token"] == NETWORK_TOKENIZED
    card = network_tokenized_card(call.now) if known else _card(call)
    return found("credit_card", CARDS.view(call, card))


@routes.put("/payment_methods/credit_card/{token}")
def update(call: Call) -> ApiResponse:
    """Change a card."""
    card = _card(call)
    params = call.params("credit_card", ACCEPTED)
    errors = ErrorTree()
    here = errors.under("credit_card")
    facts = facts_from(call, params, here) if "payment_method_nonce" in params else None
    changed = CARDS.update(call, card, facts, params, here)
    if errors:
        raise InvalidError(errors)
    return found("credit_card", CARDS.view(call, changed))


@routes.delete("/payment_methods/credit_card/{token}")
def delete(call: Call) -> ApiResponse:
    """Remove a card."""
    methods.remove(call, _card(call))
    return deleted()


@routes.get("/payment_methods/from_nonce/{nonce}")
def from_nonce(call: Call) -> ApiResponse:
    """Return the vaulted card of a nonce, and use the nonce up."""
    ignored = ErrorTree()
    resolved = nonces.resolve(call, call.path["nonce"], NONCE_CODES, ignored, card_errors=ignored)
    if resolved is None or not isinstance(resolved.method, Card):
        raise NotFoundError
    return found("credit_card", CARDS.view(call, resolved.method))


def _card(call: Call) -> Card:
    card = call.work.get(Card, call.path["token"])
    if card is None:
        raise NotFoundError
    return card


def _from_venmo(call: Call, code: str, errors: ErrorTree) -> CardFacts | None:
    """Return the card of a test code of the retired Venmo SDK: `stub-` and its number."""
    number = code.removeprefix("stub-")
    if number == code or not is_digits(number):
        errors.on("venmo_sdk_payment_method_code", VENMO_CODE_INVALID)
        return None
    return read_card({"number": number, "expiration_date": f"12/{call.now.year + 1}"}, errors)
