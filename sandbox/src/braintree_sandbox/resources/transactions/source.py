"""The payment method of a transaction: a vaulted one, a nonce, typed details, or a customer's default."""

from dataclasses import dataclass, replace

from braintree_sandbox.call import Call
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.resources.transactions import codes
from braintree_sandbox.validation.errors import ErrorTree
from braintree_sandbox.validation.params import section, text
from braintree_sandbox.vault import methods, nonces
from braintree_sandbox.vault.kinds import AnyKind, Method, kind_of, kind_of_facts, typed_details
from braintree_sandbox.vault.known_tokens import NETWORK_TOKENIZED, network_tokenized_facts
from braintree_sandbox.wire.values import Params


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The details to charge, their vaulted method, the customer who pays, and the parameter that named them."""

    kind: AnyKind
    facts: object
    method: Method | None
    customer: Customer | None
    named_by: str


def read_source(call: Call, params: Params, errors: ErrorTree) -> Source | None:
    """Return the method to be charged; None after noting errors."""
    source = _found(call, params, errors)
    return source and replace(source, facts=source.kind.in_sale(source.facts, params))


def _found(call: Call, params: Params, errors: ErrorTree) -> Source | None:
    token, nonce = text(params, "payment_method_token"), text(params, "payment_method_nonce")
    customer_id = text(params, "customer_id")
    customer = call.work.get(Customer, customer_id)
    if customer_id is not None and customer is None:
        errors.on("customer_id", codes.CUSTOMER_INVALID)
        return None
    if sum((token is not None, nonce is not None, "number" in section(params, "credit_card"))) > 1:
        errors.on("base", codes.METHOD_CONFLICT)
        return None
    if nonce is not None:
        return _by_nonce(call, nonce, customer, errors)
    if token is not None:
        return _by_token(call, token, customer, errors)
    return _typed(params, customer, errors) or _by_default(call, customer, errors)


def _typed(params: Params, customer: Customer | None, errors: ErrorTree) -> Source | None:
    typed = typed_details(params, errors)
    if typed is None:
        return None
    kind, facts = typed
    return Source(kind=kind, facts=facts, method=None, customer=customer, named_by=kind.name)


def _by_nonce(call: Call, nonce: str, customer: Customer | None, errors: ErrorTree) -> Source | None:
    resolved = nonces.resolve(call, nonce, codes.NONCE_CODES, errors, card_errors=errors.under("credit_card"))
    if resolved is None:
        return None
    named_by = "payment_method_nonce"
    if resolved.method is not None:
        source = _of_method(call, resolved.method, customer, named_by, errors)
        return replace(source, facts=resolved.facts)
    kind = kind_of_facts(resolved.facts)
    return Source(kind=kind, facts=resolved.facts, method=None, customer=customer, named_by=named_by)


def _by_token(call: Call, token: str, customer: Customer | None, errors: ErrorTree) -> Source | None:
    named_by = "payment_method_token"
    method = methods.find(call.work, token)
    if method is not None:
        return _of_method(call, method, customer, named_by, errors)
    if token == NETWORK_TOKENIZED:
        facts = network_tokenized_facts()
        kind = kind_of_facts(facts)
        return Source(kind=kind, facts=facts, method=None, customer=customer, named_by=named_by)
    errors.on(named_by, codes.TOKEN_INVALID)
    return None


def _of_method(call: Call, method: Method, customer: Customer | None, named_by: str, errors: ErrorTree) -> Source:
    if customer is not None and customer.id != method.customer_id:
        errors.on("base", codes.TOKEN_OF_ANOTHER)
    owner = call.work.get(Customer, method.customer_id)
    return Source(kind=kind_of(method), facts=method.facts, method=method, customer=owner, named_by=named_by)


def _by_default(call: Call, customer: Customer | None, errors: ErrorTree) -> Source | None:
    if customer is None:
        # The errors of an unreadable card are noted already.
        if not errors:
            errors.on("base", codes.CREDIT_CARD_REQUIRED)
        return None
    method = methods.find(call.work, customer.default_token)
    if method is None:
        errors.on("customer_id", codes.CUSTOMER_WITHOUT_CARD)
        return None
    return Source(kind=kind_of(method), facts=method.facts, method=method, customer=customer, named_by="customer_id")
