"""The measures of requests, in Prometheus' form."""

from functools import lru_cache

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("http_requests", "Requests by route and status", ["method", "route", "status"])
SECONDS = Histogram(
    "http_request_seconds",
    "Time to respond",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
IN_FLIGHT = Gauge("http_requests_in_flight", "Requests under way")

_SERIES = 4096  # that are found at once; `labels` takes most of the time of a measure


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request."""
    requests, histogram = _series(method, route, status)
    requests.inc()
    histogram.observe(seconds)


@lru_cache(_SERIES)
def _series(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(method, route, status), SECONDS.labels(method, route)
