"""A card as it is shown: never the number, but its first and last digits."""

from datetime import datetime

from braintree_sandbox.records.cards import CardFacts
from braintree_sandbox.vault.brands import brand, indicators, location
from braintree_sandbox.wire.values import Fields


def card_fields(facts: CardFacts, token: str | None) -> Fields:
    """Return a card as transactions and verifications show it, with or without a token."""
    number = facts.number
    return {
        "token": token,
        "bin": number[:6],
        "last_4": number[-4:],
        "card_type": brand(number),
        "expiration_month": facts.expiration_month,
        "expiration_year": facts.expiration_year,
        "cardholder_name": facts.cardholder_name,
        "customer_location": location(number),
        "image_url": f"https://assets.braintreegateway.com/payment_method_logo/{_slug(brand(number))}.png",
        "unique_number_identifier": facts.identifier,
        "venmo_sdk": False,
        "expired": None,
        "is_network_tokenized": False,
        **indicators(number),
    }


def is_expired(facts: CardFacts, now: datetime) -> bool:
    """Return whether the last day of its month has passed."""
    return facts.expiration_year + facts.expiration_month < f"{now:%Y%m}"


def _slug(name: str) -> str:
    return name.lower().replace(" ", "_")
