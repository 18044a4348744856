"""The owners of the payment methods of test nonces."""

from dataclasses import replace

from braintree_sandbox.records.cards import CardFacts
from braintree_sandbox.vault.brands import brand
from braintree_sandbox.vault.sample_cards import sample_card

_ADDRESS: dict[str, str | None] = {
    "first_name": "John",
    "last_name": "Doe",
    "street_address": "123 Townsend St Fl 6",
    "locality": "San Francisco",
    "region": "CA",
    "postal_code": "94107",
    "country_name": "United States of America",
    "country_code_alpha2": "US",
    "country_code_alpha3": "USA",
    "country_code_numeric": "840",
    "phone_number": "5555555555",
}


def with_address(number: str, wallet: str) -> CardFacts:
    """Return a card of a wallet that has its owner's address."""
    card = sample_card(number, cardholder_name=f"{brand(number)} {wallet} Cardholder")
    return replace(card, billing=dict(_ADDRESS))
