"""Test tokens of vaulted cards that are there without being stored."""

from dataclasses import replace
from datetime import datetime

from braintree_sandbox.records.cards import Card, CardFacts
from braintree_sandbox.vault.sample_cards import sample_card

NETWORK_TOKENIZED = "network_tokenized_credit_card"
"""A card that the network has given a token for."""
ISSUED_IN = {"india_visa_credit": "IND", "european_visa_credit": "FRA"}
"""Cards by whose issuers the rules for authenticating customers can be tried: the token, and the country."""


def network_tokenized_facts() -> CardFacts:
    """Return the card that is charged by that token."""
    return replace(sample_card("4012888888881881"), network_tokenized=True)


def network_tokenized_card(now: datetime) -> Card:
    """Return the card that is found by that token; its customer is not stored."""
    return Card(
        token=NETWORK_TOKENIZED,
        customer_id="network_tokenized_customer",
        facts=network_tokenized_facts(),
        created_at=now,
        updated_at=now,
    )
