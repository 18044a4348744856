"""The payment method that may come with a customer: a card or one in a wallet, typed or behind a nonce."""

from braintree_sandbox.call import Call
from braintree_sandbox.records.cards import Card
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.resources import addresses
from braintree_sandbox.resources.cards import CARDS
from braintree_sandbox.resources.credit_cards import ACCEPTED as CARD
from braintree_sandbox.resources.credit_cards import OPTIONS, facts_from
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import section, takes, text
from braintree_sandbox.validation.three_d_secure import THREE_D_SECURE_PASS_THRU
from braintree_sandbox.vault import nonces
from braintree_sandbox.vault.kinds import KINDS, kind_of_facts
from braintree_sandbox.vault.nonces import NonceCodes
from braintree_sandbox.wire.values import Params

_WALLET_CARD = takes(
    "cardholder_name",
    "cryptogram",
    "customer_id",
    "eci_indicator",
    "expiration_month",
    "expiration_year",
    "google_transaction_id",
    "network_transaction_id",
    "number",
    "token",
    billing_address=addresses.ACCEPTED,
    options=OPTIONS,
)
# The card of a phone. Braintree has its errors beside the customer, not under it.
_WALLETS = {
    "apple_pay_card": "apple_pay",
    "android_pay_card": "android_pay_card",
    "android_pay_network_token": "android_pay_network_token",
}
ACCEPTED = takes(
    "device_data",
    "device_session_id",
    "fraud_merchant_id",
    "payment_method_nonce",
    credit_card=CARD.plus(options=OPTIONS.plus("update_existing_token")),
    options=takes(
        paypal=takes("payee_email", "order_id", "custom_field", "description", "amount", shipping=addresses.ACCEPTED)
    ),
    three_d_secure_pass_thru=THREE_D_SECURE_PASS_THRU,
    **dict.fromkeys(_WALLETS, _WALLET_CARD),
)
"""The parameters of a customer that are about a payment method."""

UPDATE_TOKEN_INVALID = Code("91723", "Update existing token is invalid.")
UPDATE_TOKEN_NOT_ALLOWED = Code("91729", "Cannot update an existing token of a customer that is new.")
NOT_GRANTED_FOR_VAULTING = Code("93102", "Nonce was granted for one payment only.")
BELONGS_TO_ANOTHER = Code("91617", "The vaulted payment method of the nonce belongs to a different customer.")
NONCE_CODES = NonceCodes(
    unknown=Code("93108", "Unknown or expired payment_method_nonce."),
    consumed=Code("93107", "Cannot use a payment_method_nonce more than once."),
    locked=Code("93109", "Payment method nonce is locked."),
)
# The customer's own facts count for the card, too.
_OF_BOTH = ("device_data", "device_session_id", "three_d_secure_pass_thru")


def store_method(call: Call, customer: Customer, params: Params, root: ErrorTree, *, new: bool) -> None:
    """Vault the method, or change the card that is named; `root` are the errors of the request.

    Raise RefusedError when it was to be verified and was not.
    """
    errors = root.under("customer")
    card, nonce = section(params, "credit_card"), text(params, "payment_method_nonce")
    token = text(section(card, "options"), "update_existing_token")
    card = {name: params[name] for name in _OF_BOTH if name in params} | card if card or nonce else {}
    if nonce is not None:
        card["payment_method_nonce"] = nonce
    if token is not None:
        _update_card(call, customer, token, card, errors.under("credit_card"), new=new)
    elif nonce is not None:
        _store_nonce(call, customer, nonce, card, params, root)
    elif card:
        facts = facts_from(call, card, errors.under("credit_card"))
        if facts is not None:
            CARDS.store(call, customer, facts, card, errors.under("credit_card"))
    else:
        _store_wallet_card(call, customer, params, root)


def _update_card(call: Call, customer: Customer, token: str, params: Params, errors: ErrorTree, *, new: bool) -> None:
    here = errors.under("options")
    card = call.work.get(Card, token)
    if new:
        here.on("update_existing_token", UPDATE_TOKEN_NOT_ALLOWED)
    elif card is None or card.customer_id != customer.id:
        here.on("update_existing_token", UPDATE_TOKEN_INVALID)
    else:
        facts = facts_from(call, params, errors) if "payment_method_nonce" in params else None
        CARDS.update(call, card, facts, params, errors)


def _store_nonce(call: Call, customer: Customer, nonce: str, card: Params, params: Params, root: ErrorTree) -> None:
    errors = root.under("customer")
    resolved = nonces.resolve(call, nonce, NONCE_CODES, errors, card_errors=errors.under("credit_card"))
    if resolved is None:
        return
    if resolved.method is not None:
        if resolved.method.customer_id != customer.id:
            errors.on("payment_method_nonce", BELONGS_TO_ANOTHER)
        return
    if not resolved.vaultable:
        errors.on("payment_method_nonce", NOT_GRANTED_FOR_VAULTING)
        return
    kind = kind_of_facts(resolved.facts)
    here = (root if kind.name in _WALLETS else errors).under(kind.errors_name)
    kind.check_storing(resolved.facts, here)
    if not root:
        # Options of the card go for one in a wallet too, unless they are sent with that.
        own = section(params, kind.name)
        options = {**section(card, "options"), **section(own, "options")}
        kind.store(call, customer, resolved.facts, card if kind is CARDS else {**own, "options": options}, here)


def _store_wallet_card(call: Call, customer: Customer, params: Params, root: ErrorTree) -> None:
    name = next((name for name in _WALLETS if name in params), None)
    if name is None:
        return
    for kind in KINDS:
        facts = kind.typed(params, root) if kind is not CARDS else None
        if facts is not None:
            # The address has been read with the card.
            sent = {key: value for key, value in section(params, name).items() if key != "billing_address"}
            kind.store(call, customer, facts, sent, root.under(_WALLETS[name]))
