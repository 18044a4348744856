"""Fraud tools: the test numbers of Braintree's sandbox that they reject.

Source: Braintree's "Testing" reference, Premium Fraud Management Tools.
"""

_REJECTED = {"4000111111111511": "fraud", "4111130000000003": "risk_threshold"}


def rejection_by_number(number: str) -> str | None:
    """Return the reason why the fraud tools reject that card; None when they do not."""
    return _REJECTED.get(number)
