"""The metrics of one pass of the reconciler, in a file for Prometheus' textfile collector."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR, REGISTRY, Gauge, write_to_textfile
from prometheus_client.parser import text_string_to_metric_families

from billing_api.kit.batches import FAILED, NOT_BELIEVED
from billing_api.kit.clock import Clock

_SUCCESS = "reconcile_last_success_timestamp_seconds"


def write_metrics(file: Path, found: Mapping[str, Counter[str]], *, seconds: float) -> None:
    """Write the metrics of a pass with these results; after a failure the last success stays as the file has it."""
    now = Clock().now().timestamp()
    has_failed = any(counts[FAILED] or counts[NOT_BELIEVED] for counts in found.values())
    # Made here: the API, which runs no pass, would show a last success of 1970.
    Gauge("reconcile_last_end_timestamp_seconds", "The end of the last pass").set(now)
    Gauge("reconcile_seconds", "Time of the last pass").set(seconds)
    Gauge(_SUCCESS, "The end of the last pass without a failure").set(_last_success(file) if has_failed else now)
    items = Gauge("reconcile_items", "Results of the last pass: each sort of item by its outcome", ["sort", "outcome"])
    for sort, counts in found.items():
        for outcome in {FAILED, *counts}:
            items.labels(sort, outcome).set(counts[outcome])
    # The node exporter has metrics of these names for itself, and refuses a file that repeats them.
    for collector in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
        REGISTRY.unregister(collector)
    write_to_textfile(str(file), REGISTRY)


def _last_success(file: Path) -> float:
    """Return the time of the last success by the file of the pass before; 0 when it is not known."""
    if not file.is_file():
        return 0.0
    samples = (
        sample.value
        for family in text_string_to_metric_families(file.read_text())
        for sample in family.samples
        if sample.name == _SUCCESS
    )
    return next(samples, 0.0)
