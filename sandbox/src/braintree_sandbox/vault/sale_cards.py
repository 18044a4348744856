"""Cards typed into a sale: by their number, as a network token, or as a card reader's encrypted data."""

import re
from dataclasses import replace
from datetime import UTC, datetime

from braintree_sandbox.records.cards import CardFacts
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import section, text
from braintree_sandbox.vault.card_params import read_card
from braintree_sandbox.vault.kinds import NOT_SUPPORTED_BY_ACCOUNT
from braintree_sandbox.wire.values import Params

_CRYPTOGRAM_REQUIRED = Code("81762", "Network tokenization attribute cryptogram is required.")

# Together with a customer's id, these parameters alone refer to a card in the vault.
_OF_A_STORED_CARD = frozenset({"cvv", "token"})
_READER_DATA = re.compile(r"([0-9A-F]{2})+\Z", re.IGNORECASE)
_READ_BY_READER = "4111111111111111"


def read_sale_card(sale: Params, errors: ErrorTree) -> CardFacts | None:
    """Return the card in a sale's own parameters, or None. Errors are noted in `errors`, those of the transaction."""
    card = section(sale, "credit_card")
    if not card or (card.keys() <= _OF_A_STORED_CARD and text(sale, "customer_id") is not None):
        return None
    reader = section(card, "payment_reader_card_details")
    if reader:
        return _from_reader(reader, errors)
    here = errors.under("credit_card")
    facts = read_card(card, here)
    tokenized = section(card, "network_tokenization_attributes")
    if tokenized and text(tokenized, "cryptogram") is None:
        here.on("network_tokenization_attributes", _CRYPTOGRAM_REQUIRED)
    return replace(facts, network_tokenized=bool(tokenized))


def _from_reader(reader: Params, errors: ErrorTree) -> CardFacts | None:
    """Return the same test card for any encrypted data, because the sandbox does not have the key."""
    if not all(_READER_DATA.match(text(reader, name) or "") for name in ("encrypted_card_data", "key_serial_number")):
        errors.on("base", NOT_SUPPORTED_BY_ACCOUNT)
    next_year = datetime.now(UTC).year + 1
    return CardFacts(number=_READ_BY_READER, expiration_month="12", expiration_year=str(next_year))
