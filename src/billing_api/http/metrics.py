"""The measures of requests, in Prometheus' form."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("http_requests", "Requests by route and status", ["method", "route", "status"])
SECONDS = Histogram(
    "http_request_seconds",
    "Time to respond",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
IN_FLIGHT = Gauge("http_requests_in_flight", "Requests under way")


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request."""
    REQUESTS.labels(method, route, status).inc()
    SECONDS.labels(method, route).observe(seconds)
