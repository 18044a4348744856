"""What a transaction is paid with: a vaulted method, a nonce, a typed card, or a customer's default."""

from dataclasses import dataclass

from braintree_sandbox.call import Call
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.resources.transactions import codes
from braintree_sandbox.validation.errors import ErrorTree
from braintree_sandbox.validation.params import section, text
from braintree_sandbox.vault import methods, nonces
from braintree_sandbox.vault.card_params import read_card
from braintree_sandbox.vault.kinds import AnyKind, Method, kind_of, kind_of_facts
from braintree_sandbox.wire.values import Params


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The details to charge, the vaulted method they come from, and the customer who pays."""

    kind: AnyKind
    facts: object
    method: Method | None
    customer: Customer | None


def read_source(call: Call, params: Params, errors: ErrorTree) -> Source | None:
    """Find out what is to be charged; None after noting in `errors` why that can't be said."""
    token, nonce = text(params, "payment_method_token"), text(params, "payment_method_nonce")
    card = section(params, "credit_card")
    customer_id = text(params, "customer_id")
    customer = call.work.get(Customer, customer_id)
    if customer_id is not None and customer is None:
        errors.on("customer_id", codes.CUSTOMER_INVALID)
        return None
    source: Source | None = None
    if sum((token is not None, nonce is not None, "number" in card)) > 1:
        errors.on("base", codes.METHOD_CONFLICT)
    elif nonce is not None:
        source = _by_nonce(call, nonce, customer, errors)
    elif token is not None:
        source = _by_token(call, token, customer, errors)
    elif card:
        facts = read_card(card, errors.under("credit_card"))
        source = Source(kind=kind_of_facts(facts), facts=facts, method=None, customer=customer)
    elif customer is not None:
        source = _by_default(call, customer, errors)
    else:
        errors.on("base", codes.CREDIT_CARD_REQUIRED)
    return source


def _by_nonce(call: Call, nonce: str, customer: Customer | None, errors: ErrorTree) -> Source | None:
    resolved = nonces.resolve(call, nonce, codes.NONCE_CODES, errors, card_errors=errors.under("credit_card"))
    if resolved is None:
        return None
    if resolved.method is not None:
        return _of_method(call, resolved.method, customer, errors)
    return Source(kind=kind_of_facts(resolved.facts), facts=resolved.facts, method=None, customer=customer)


def _by_token(call: Call, token: str, customer: Customer | None, errors: ErrorTree) -> Source | None:
    method = methods.find(call.work, token)
    if method is None:
        errors.on("payment_method_token", codes.TOKEN_INVALID)
        return None
    return _of_method(call, method, customer, errors)


def _of_method(call: Call, method: Method, customer: Customer | None, errors: ErrorTree) -> Source:
    if customer is not None and customer.id != method.customer_id:
        errors.on("base", codes.TOKEN_OF_ANOTHER)
    owner = call.work.get(Customer, method.customer_id)
    return Source(kind=kind_of(method), facts=method.facts, method=method, customer=owner)


def _by_default(call: Call, customer: Customer, errors: ErrorTree) -> Source | None:
    method = methods.find(call.work, customer.default_token)
    if method is None:
        errors.on("customer_id", codes.CUSTOMER_WITHOUT_CARD)
        return None
    return Source(kind=kind_of(method), facts=method.facts, method=method, customer=customer)
