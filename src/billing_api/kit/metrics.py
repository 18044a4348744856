"""What calls for a person, counted in Prometheus' form; the API shows it at /metrics, a pass writes it to a file."""

from prometheus_client import Counter

UNFAMILIAR_GATEWAY = Counter(
    "gateway_unfamiliar", "Look-ups whose absence did not count, since nothing that must be there was found"
)
