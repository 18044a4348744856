"""The metrics of requests, and all metrics in Prometheus' text form.

With several workers each keeps its metrics in files of the folder PROMETHEUS_MULTIPROC_DIR (see server.py). Any of
them adds up all.
"""

import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

REQUESTS = Counter("http_requests", "Requests by route and status", ["method", "route", "status"])
SECONDS = Histogram(
    "http_request_seconds",
    "Time to respond",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
IN_FLIGHT = Gauge("http_requests_in_flight", "Requests under way", multiprocess_mode="livesum")
REPLAYS = Counter("idempotent_replays", "Responses that were stored under an Idempotency-Key and given again")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"  # the label of each other method: a client may send any word as one
_SERIES = 4096  # that are found at once; `labels` takes most of the time of a measure


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request."""
    requests, histogram = _series(method if method in METHODS else OTHER, route, status)
    requests.inc()
    histogram.observe(seconds)


def exposition() -> bytes:
    """Return the metrics of all workers."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not folder:
        return generate_latest()
    for file in Path(folder).glob("gauge_live*_*.db"):
        if not _is_alive(process := int(file.stem.rpartition("_")[2])):
            mark_process_dead(process)  # type: ignore[no-untyped-call] # a killed worker has nothing in flight
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _is_alive(process: int) -> bool:
    with suppress(ProcessLookupError, PermissionError):  # the number may be that of another user's process by now
        os.kill(process, 0)
        return True
    return False


@lru_cache(_SERIES)
def _series(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(method, route, status), SECONDS.labels(method, route)
