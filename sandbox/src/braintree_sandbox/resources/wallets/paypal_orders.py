"""PayPal orders that a payer has approved, changed before they are vaulted: another nonce stands for the new one."""

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, found
from braintree_sandbox.resources import addresses
from braintree_sandbox.resources.payment_method_nonces import view
from braintree_sandbox.resources.wallets.paypal_facts import PayPalFacts
from braintree_sandbox.validation.emails import is_email
from braintree_sandbox.validation.errors import Code, ErrorTree, InvalidError
from braintree_sandbox.validation.params import amount, takes, text
from braintree_sandbox.vault import nonces
from braintree_sandbox.vault.nonces import NonceCodes
from braintree_sandbox.wire.values import Params

routes = BraintreeRoutes()

_ROOT = "paypal_payment_resource"
_LINE_ITEM = takes(
    "commodity_code", "description", "discount_amount", "image_url", "kind", "name", "product_code", "quantity",
    "tax_amount", "total_amount", "unit_amount", "unit_of_measure", "unit_tax_amount", "upc_code", "upc_type", "url",
)  # fmt: skip
_BREAKDOWN = takes("discount", "handling", "insurance", "item_total", "shipping", "shipping_discount", "tax_total")
_ACCEPTED = takes(
    "amount",
    "currency_iso_code",
    "custom_field",
    "description",
    "order_id",
    "payee_email",
    "payment_method_nonce",
    amount_breakdown=_BREAKDOWN,
    line_items=_LINE_ITEM,
    shipping=addresses.ACCEPTED,
    shipping_options=takes("amount", "id", "label", "selected", "type"),
)
_EXPIRED = Code("97301", "The PayPal payment's nonce has expired.")
_NOT_SUPPORTED = Code("97302", "The nonce is not one of a PayPal payment.")
_REQUIRED = Code("97303", "A nonce is required.")
_EMAIL_INVALID = Code("97304", "The payee's email is invalid.")
_EMAIL_TOO_LONG = Code("97305", "The payee's email is too long.")
_AMOUNT_INVALID = Code("97325", "The amount is invalid.")
_CURRENCY_REQUIRED = Code("97311", "A currency is required with an amount.")
_NONCE_CODES = NonceCodes(unknown=_EXPIRED, consumed=_EXPIRED, locked=_NOT_SUPPORTED)
_MAX_EMAIL = 127


@routes.put("/paypal/payment_resource")
def update(call: Call) -> ApiResponse:
    """Change an approved order; its nonce is used up and replaced by another."""
    params = call.params(_ROOT, _ACCEPTED)
    errors = ErrorTree()
    here = errors.under(_ROOT)
    _check(params, here)
    facts = _payment(call, params, here)
    if errors or facts is None:
        raise InvalidError(errors)
    return found("payment_method_nonce", view(nonces.issue(call, "paypal", facts=facts), facts, vaulted=False))


def _check(params: Params, errors: ErrorTree) -> None:
    email, total = text(params, "payee_email"), text(params, "amount")
    if email is not None and len(email) > _MAX_EMAIL:
        errors.on("payee_email", _EMAIL_TOO_LONG)
    elif email is not None and not is_email(email):
        errors.on("payee_email", _EMAIL_INVALID)
    if total is not None and amount(total) is None:
        errors.on("amount", _AMOUNT_INVALID)
    if total is not None and text(params, "currency_iso_code") is None:
        errors.on("currency_iso_code", _CURRENCY_REQUIRED)


def _payment(call: Call, params: Params, errors: ErrorTree) -> PayPalFacts | None:
    nonce = text(params, "payment_method_nonce")
    if nonce is None:
        errors.on("payment_method_nonce", _REQUIRED)
        return None
    resolved = nonces.resolve(call, nonce, _NONCE_CODES, errors, card_errors=ErrorTree())
    if resolved is not None and isinstance(resolved.facts, PayPalFacts):
        return resolved.facts
    if not errors:
        errors.on("payment_method_nonce", _NOT_SUPPORTED)
    return None
