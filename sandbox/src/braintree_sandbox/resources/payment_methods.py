"""Payment methods of any kind: vaulted from a nonce, then found, changed and removed by token."""

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, created, deleted, found
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.resources import addresses, credit_cards
from braintree_sandbox.resources.customer_methods import NONCE_CODES, NOT_GRANTED_FOR_VAULTING
from braintree_sandbox.validation.errors import Code, ErrorTree, InvalidError, invalid
from braintree_sandbox.validation.params import flag, section, takes, text
from braintree_sandbox.vault import grants, methods, nonces
from braintree_sandbox.vault.kinds import AnyKind, Method, kind_of, kind_of_facts
from braintree_sandbox.vault.known_nonces import facts_of
from braintree_sandbox.vault.nonces import Resolved
from braintree_sandbox.wire.refusals import NotFoundError
from braintree_sandbox.wire.values import Params

routes = BraintreeRoutes()

_OPTIONS = credit_cards.OPTIONS.plus(
    "us_bank_account_verification_method",
    "verification_add_ons",
    paypal=takes("payee_email", "order_id", "custom_field", "description", "amount", shipping=addresses.ACCEPTED),
)
_UPDATE = credit_cards.ACCEPTED.plus(options=_OPTIONS)
_CREATE = _UPDATE.plus(
    "customer_id", "paypal_refresh_token", us_bank_account=takes("ach_mandate_text", "ach_mandate_accepted_at")
)

PARAMS_REQUIRED = Code("93101", "Payment method parameters are required.")
NONCE_REQUIRED = Code("93103", "Nonce is required.")
CUSTOMER_REQUIRED = Code("93104", "Customer ID is required.")
CUSTOMER_INVALID = Code("93105", "Customer ID is invalid.")
NONCE_OF_ANOTHER_KIND = Code("93102", "Nonce is for another kind of payment method.")
BELONGS_TO_ANOTHER = Code("91617", "The vaulted payment method of the nonce belongs to a different customer.")


@routes.post("/payment_methods")
def create(call: Call) -> ApiResponse:
    """Vault the details of a nonce; the same path takes typed cards from `credit_card.create`."""
    if call.has("credit_card"):
        return credit_cards.create(call)
    params = call.params("payment_method", _CREATE)
    if not params:
        raise invalid("payment_method", "base", PARAMS_REQUIRED)
    errors = ErrorTree()
    resolved = _resolved(call, params, errors)
    customer = _customer(call, params, resolved, errors)
    if customer is None or resolved is None:
        raise InvalidError(errors)
    if resolved.method is not None:
        return _existing(call, customer, resolved.method, params)
    if not resolved.vaultable:
        raise invalid("payment_method", "payment_method_nonce", NOT_GRANTED_FOR_VAULTING)
    kind = kind_of_facts(resolved.facts)
    method = kind.store(call, customer, resolved.facts, params, errors.under(kind.errors_name))
    if errors:
        raise InvalidError(errors)
    return created(kind.name, kind.view(call, method))


@routes.get("/payment_methods/any/{token}")
def find(call: Call) -> ApiResponse:
    """Return one payment method."""
    kind, method = _method(call)
    return found(kind.name, kind.view(call, method))


@routes.put("/payment_methods/any/{token}")
def update(call: Call) -> ApiResponse:
    """Change a payment method; a card also to the details of a nonce."""
    kind, method = _method(call)
    params = call.params("payment_method", _UPDATE)
    errors = ErrorTree()
    facts: object = None
    if "payment_method_nonce" in params:
        resolved = _resolved(call, params, errors)
        if resolved is not None and not isinstance(resolved.facts, kind.facts):
            errors.under("payment_method").on("payment_method_nonce", NONCE_OF_ANOTHER_KIND)
        if errors or resolved is None:
            raise InvalidError(errors)
        facts = resolved.facts
    changed = kind.update(call, method, facts, params, errors.under(kind.errors_name))
    if errors:
        raise InvalidError(errors)
    return found(kind.name, kind.view(call, changed))


@routes.delete("/payment_methods/any/{token}")
def delete(call: Call) -> ApiResponse:
    """Remove a payment method, on request with the nonces that were granted for it."""
    _, method = _method(call)
    if call.query.get("revoke_all_grants") == "true":
        grants.revoke(call, method)
    methods.remove(call, method)
    return deleted()


def _method(call: Call) -> tuple[AnyKind, Method]:
    method = methods.find(call.work, call.path["token"])
    if method is None:
        raise NotFoundError
    return kind_of(method), method


def _customer(call: Call, params: Params, resolved: Resolved | None, errors: ErrorTree) -> Customer | None:
    """Return the customer to vault for, or note that one is missing, by the code of the kind if it has one."""
    customer_id = text(params, "customer_id")
    customer = call.work.get(Customer, customer_id)
    if customer is not None:
        return customer
    kind = kind_of_facts(resolved.facts) if resolved else None
    if customer_id is None and kind is not None and resolved is not None and kind.customer_required is not None:
        kind.check_storing(resolved.facts, errors.under(kind.errors_name))
        errors.under(kind.errors_name).on("customer_id", kind.customer_required)
    else:
        errors.under("payment_method").on("customer_id", CUSTOMER_REQUIRED if customer_id is None else CUSTOMER_INVALID)
    return None


def _resolved(call: Call, params: Params, errors: ErrorTree) -> Resolved | None:
    nonce = text(params, "payment_method_nonce")
    if nonce is None and text(params, "paypal_refresh_token") is not None:
        return Resolved(facts_of("fake-paypal-future-refresh-token-nonce"))
    if nonce is None:
        errors.under("payment_method").on("payment_method_nonce", NONCE_REQUIRED)
        return None
    return nonces.resolve(
        call, nonce, NONCE_CODES, errors.under("payment_method"), card_errors=errors.under("credit_card")
    )


def _existing(call: Call, customer: Customer, method: Method, params: Params) -> ApiResponse:
    """Return the vaulted method that a nonce stands for; nothing new is stored."""
    if method.customer_id != customer.id:
        raise invalid("payment_method", "payment_method_nonce", BELONGS_TO_ANOTHER)
    methods.place_default(call, method, asked=flag(section(params, "options"), "make_default"))
    kind = kind_of(method)
    return created(kind.name, kind.view(call, method))
