"""What calls for a person, counted in Prometheus' form; the API shows it at /metrics, a pass writes it to a file."""

from prometheus_client import Counter

DIFFERENT_ANSWERS = Counter(
    "gateway_answers_different", "Answers of the gateway about something else than what was asked for", ["operation"]
)
UNFAMILIAR_GATEWAY = Counter(
    "gateway_unfamiliar", "Look-ups whose absence did not count, since nothing that must be there was found"
)
LATE_CHARGES = Counter(
    "payment_late_charges", "Charges that turned up for a payment that had ended, by what they came to", ["end"]
)
