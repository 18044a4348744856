"""Verifications by themselves: a card is checked and not stored."""

from dataclasses import replace

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, created, refused
from braintree_sandbox.records.cards import CardFacts
from braintree_sandbox.records.three_d_secure import Authentication
from braintree_sandbox.resources import addresses
from braintree_sandbox.resources.card_verifications import OptionCodes, message, read_question, verify, view
from braintree_sandbox.resources.credit_cards import NONCE_CODES, NOT_A_CARD
from braintree_sandbox.validation.errors import Code, ErrorTree, InvalidError
from braintree_sandbox.validation.params import section, takes, text
from braintree_sandbox.validation.risk_data import RISK_DATA, check_risk_data
from braintree_sandbox.validation.three_d_secure import CARD_CODES, THREE_D_SECURE_PASS_THRU, check_pass_thru
from braintree_sandbox.vault import nonces
from braintree_sandbox.vault.card_params import CARD_DETAILS, read_card
from braintree_sandbox.wire.values import Params

routes = BraintreeRoutes()

ACCEPTED = takes(
    "intended_transaction_source",
    "payment_method_nonce",
    "three_d_secure_authentication_id",
    credit_card=CARD_DETAILS.plus(billing_address=addresses.ACCEPTED),
    external_vault=takes("status", "previous_network_transaction_id", "previous_mastercard_transaction_link_id"),
    options=takes("account_information_inquiry", "account_type", "amount", "merchant_account_id"),
    risk_data=RISK_DATA,
    three_d_secure_pass_thru=THREE_D_SECURE_PASS_THRU,
)
_CODES = OptionCodes(
    prefix="",
    account_invalid=Code("94204", "Merchant account ID is invalid."),
    account_suspended=Code("94205", "Merchant account is suspended."),
    account_without_cards=Code("94206", "Merchant account is forbidden."),
    amount_negative=Code("94201", "Amount cannot be negative."),
    amount_format=Code("94202", "Amount is an invalid format."),
    amount_too_large=Code("94207", "Amount is too large."),
    amount_unsupported=Code("94203", "Amount is not supported by the processor."),
    account_type_invalid=Code("942184", "Account type is invalid."),
    account_type_unsupported=Code("942185", "Account type is not supported."),
)
_LINK_WITHOUT_VAULT = Code("942205", "A previous Mastercard transaction link ID needs the status vaulted.")
_LINK_INVALID = Code("942206", "Previous Mastercard transaction link ID is invalid.")
_AUTHENTICATION_UNKNOWN = Code("942196", "Three D Secure authentication ID is invalid.")
_AUTHENTICATION_OF_ANOTHER_CARD = Code("942197", "Three D Secure authentication is of another payment method.")
_AUTHENTICATION_OF_ANOTHER_NONCE = Code("942198", "Three D Secure authentication is not that of the nonce.")
_AUTHENTICATED_TWICE = Code("942199", "Provide an authentication ID or the result of another provider, not both.")


@routes.post("/verifications")
def create(call: Call) -> ApiResponse:
    """Verify a card; a 422 has the verification that failed."""
    params = call.params("verification", ACCEPTED)
    errors = ErrorTree()
    here = errors.under("verification")
    facts = _facts(call, params, here)
    question = read_question(call, params, here, _CODES)
    check_risk_data(params, here)
    check_pass_thru(params, here, CARD_CODES)
    _check_external_vault(params, here)
    if facts is not None:
        facts = _authenticated(call, params, facts, here)
    if errors or facts is None:
        raise InvalidError(errors)
    verification = verify(call, facts, question)
    if verification.status != "verified":
        return refused(call, message(verification), verification=view(call, verification))
    return created("verification", view(call, verification))


def _facts(call: Call, params: Params, errors: ErrorTree) -> CardFacts | None:
    """Return the card of a nonce or of typed details, with its billing address."""
    card, nonce = section(params, "credit_card"), text(params, "payment_method_nonce")
    here = errors.under("credit_card")
    base: CardFacts | None = None
    if nonce is not None:
        resolved = nonces.resolve(call, nonce, NONCE_CODES, errors, card_errors=here)
        if resolved is None:
            return None
        if not isinstance(resolved.facts, CardFacts):
            errors.on("payment_method_nonce", NOT_A_CARD)
            return None
        base = resolved.facts
    facts = read_card(card, here, base=base)
    billing = addresses.read(section(card, "billing_address"), here.under("billing_address"))
    return replace(facts, billing=facts.billing | billing)


def _check_external_vault(params: Params, errors: ErrorTree) -> None:
    sent = section(params, "external_vault")
    link = text(sent, "previous_mastercard_transaction_link_id")
    if link is None:
        return
    here = errors.under("external_vault")
    if text(sent, "status") == "will_vault":
        here.on("status", _LINK_WITHOUT_VAULT)
    if not 1 <= len(link) <= 36:
        here.on("previous_mastercard_transaction_link_id", _LINK_INVALID)


def _authenticated(call: Call, params: Params, facts: CardFacts, errors: ErrorTree) -> CardFacts:
    """Return the card with its authentication from here, if one is named."""
    wanted = text(params, "three_d_secure_authentication_id")
    if wanted is None:
        return facts
    found = call.work.get(Authentication, wanted)
    wrong = None
    if section(params, "three_d_secure_pass_thru"):
        wrong = _AUTHENTICATED_TWICE
    elif found is None:
        wrong = _AUTHENTICATION_UNKNOWN
    elif facts.three_d_secure_id not in {None, wanted}:
        wrong = _AUTHENTICATION_OF_ANOTHER_NONCE
    elif facts.number != found.facts.number:
        wrong = _AUTHENTICATION_OF_ANOTHER_CARD
    if wrong is not None:
        errors.on("three_d_secure_authentication_id", wrong)
    if found is None:
        return facts
    return replace(facts, three_d_secure=found.facts.three_d_secure, three_d_secure_id=found.id)
