"""Payment methods of any kind: vaulted from a nonce, then found, changed and removed by token."""

from braintree_sandbox.call import Answer, BraintreeRoutes, Call, created, deleted, found
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.resources import credit_cards
from braintree_sandbox.resources.customers import NONCE_CODES
from braintree_sandbox.validation.errors import Code, ErrorTree, InvalidError, invalid
from braintree_sandbox.validation.params import flag, section, text
from braintree_sandbox.vault import methods, nonces
from braintree_sandbox.vault.kinds import AnyKind, Method, kind_of, kind_of_facts
from braintree_sandbox.vault.nonces import Resolved
from braintree_sandbox.wire.refusals import NotFoundError
from braintree_sandbox.wire.values import Params

routes = BraintreeRoutes()

PARAMS_REQUIRED = Code("93101", "Payment method parameters are required.")
NONCE_REQUIRED = Code("93103", "Nonce is required.")
CUSTOMER_REQUIRED = Code("93104", "Customer ID is required.")
CUSTOMER_INVALID = Code("93105", "Customer ID is invalid.")
NONCE_OF_ANOTHER_KIND = Code("93102", "Nonce is for another kind of payment method.")
BELONGS_TO_ANOTHER = Code("91617", "The vaulted payment method of the nonce belongs to a different customer.")


@routes.post("/payment_methods")
def create(call: Call) -> Answer:
    """Vault what a nonce stands for; the same path takes typed cards from `credit_card.create`."""
    if "credit_card" in call.body:
        return credit_cards.create(call)
    params = call.params("payment_method")
    if not params:
        raise invalid("payment_method", "base", PARAMS_REQUIRED)
    errors = ErrorTree()
    here = errors.under("payment_method")
    customer = _customer(call, params, here)
    resolved = _resolved(call, params, errors)
    if customer is None or resolved is None:
        raise InvalidError(errors)
    if resolved.method is not None:
        return _existing(call, customer, resolved.method, params)
    kind = kind_of_facts(resolved.facts)
    method = kind.store(call, customer, resolved.facts, params, errors.under(kind.name))
    if errors:
        raise InvalidError(errors)
    return created(kind.name, kind.view(call, method))


@routes.get("/payment_methods/any/{token}")
def find(call: Call) -> Answer:
    """One payment method."""
    kind, method = _method(call)
    return found(kind.name, kind.view(call, method))


@routes.put("/payment_methods/any/{token}")
def update(call: Call) -> Answer:
    """Change a payment method, also to what a nonce of the same kind stands for."""
    kind, method = _method(call)
    params = call.params("payment_method")
    errors = ErrorTree()
    facts: object = None
    if "payment_method_nonce" in params:
        resolved = _resolved(call, params, errors)
        if resolved is not None and not isinstance(resolved.facts, kind.facts):
            errors.under("payment_method").on("payment_method_nonce", NONCE_OF_ANOTHER_KIND)
        if errors or resolved is None:
            raise InvalidError(errors)
        facts = resolved.facts
    changed = kind.update(call, method, facts, params, errors.under(kind.name))
    if errors:
        raise InvalidError(errors)
    return found(kind.name, kind.view(call, changed))


@routes.delete("/payment_methods/any/{token}")
def delete(call: Call) -> Answer:
    """Remove a payment method."""
    _, method = _method(call)
    methods.remove(call, method)
    return deleted()


def _method(call: Call) -> tuple[AnyKind, Method]:
    method = methods.find(call.work, call.path["token"])
    if method is None:
        raise NotFoundError
    return kind_of(method), method


def _customer(call: Call, params: Params, errors: ErrorTree) -> Customer | None:
    customer_id = text(params, "customer_id")
    customer = call.work.get(Customer, customer_id)
    if customer is None:
        errors.on("customer_id", CUSTOMER_REQUIRED if customer_id is None else CUSTOMER_INVALID)
    return customer


def _resolved(call: Call, params: Params, errors: ErrorTree) -> Resolved | None:
    nonce = text(params, "payment_method_nonce")
    if nonce is None:
        errors.under("payment_method").on("payment_method_nonce", NONCE_REQUIRED)
        return None
    return nonces.resolve(
        call, nonce, NONCE_CODES, errors.under("payment_method"), card_errors=errors.under("credit_card")
    )


def _existing(call: Call, customer: Customer, method: Method, params: Params) -> Answer:
    """A nonce for a method that is in the vault already stores nothing new."""
    if method.customer_id != customer.id:
        raise invalid("payment_method", "payment_method_nonce", BELONGS_TO_ANOTHER)
    methods.place_default(call, method, asked=flag(section(params, "options"), "make_default"))
    kind = kind_of(method)
    return created(kind.name, kind.view(call, method))
