"""Cards as a phone hands them out: a number, an expiry and a cryptogram, sent without a nonce."""

from braintree_sandbox.records.cards import CardFacts
from braintree_sandbox.resources import addresses
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import section, text
from braintree_sandbox.vault.brands import is_test_number
from braintree_sandbox.vault.card_params import NUMBER_NOT_TEST
from braintree_sandbox.wire.values import Params

# The number that the documentation of the client libraries puts on a phone; it is not a real card.
_DEVICE_NUMBERS = frozenset({"370295001292109"})


def read_device_card(params: Params, errors: ErrorTree, required: dict[str, Code]) -> CardFacts | None:
    """Return the card of a phone, its expiry as it was written; None after noting errors."""
    for name, code in required.items():
        if text(params, name) is None:
            errors.on(name, code)
    number = text(params, "number") or ""
    if number and not (is_test_number(number) or number in _DEVICE_NUMBERS):
        errors.on("number", NUMBER_NOT_TEST)
    billing = addresses.read(section(params, "billing_address"), errors.under("billing_address"))
    if errors:
        return None
    return CardFacts(
        number=number,
        expiration_month=text(params, "expiration_month") or "",
        expiration_year=text(params, "expiration_year") or "",
        cardholder_name=text(params, "cardholder_name"),
        billing=billing,
    )
