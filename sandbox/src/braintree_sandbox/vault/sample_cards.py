"""The cards behind test nonces and test tokens."""

from datetime import UTC, datetime

from braintree_sandbox.records.cards import CardFacts


def sample_card(
    number: str,
    *,
    fixed_result: str | None = None,
    three_d_secure: str | None = None,
    cardholder_name: str | None = None,
) -> CardFacts:
    """Return a card that expires at the end of next year."""
    return CardFacts(
        number=number,
        expiration_month="12",
        expiration_year=str(datetime.now(UTC).year + 1),
        cardholder_name=cardholder_name,
        fixed_result=fixed_result,
        three_d_secure=three_d_secure,
    )
