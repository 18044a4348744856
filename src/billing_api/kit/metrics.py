"""Counters of events that an operator should look at; the API shows them at /metrics, a batch writes them to a file."""

from prometheus_client import Counter

DIFFERENT_ANSWERS = Counter(
    "gateway_answers_different", "Responses of the gateway that differ from the request", ["operation"]
)
UNFAMILIAR_GATEWAY = Counter(
    "gateway_unfamiliar", "Look-ups whose absence did not count, since nothing that must be there was found"
)
LATE_CHARGES = Counter(
    "payment_late_charges", "Charges that turned up for a payment that had ended, by their end", ["end"]
)
