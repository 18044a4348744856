"""The file of a pass's metrics."""

import subprocess
import sys
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

_PASS = """
import sys
from collections import Counter
from pathlib import Path
from billing_api.cli.passes import write_metrics

write_metrics(Path(sys.argv[1]), {"payments": Counter({"final": 2, "failed": int(sys.argv[2])})}, seconds=1.5)
"""


def write_pass(file: Path, *, failed: int) -> dict[str, float]:
    """The samples of a pass that a process of its own has written."""
    subprocess.run([sys.executable, "-c", _PASS, str(file), str(failed)], check=True)
    families = list(text_string_to_metric_families(file.read_text()))
    samples = [sample for family in families for sample in family.samples]
    assert not any(sample.name.startswith(("process_", "python_")) for sample in samples)  # the node exporter has these
    return {
        ",".join((sample.name, *(text for _, text in sorted(sample.labels.items())))): sample.value
        for sample in samples
    }


def test_last_success_stays_when_a_pass_fails(tmp_path: Path) -> None:
    """Its age is what the alarm looks at."""
    file = tmp_path / "billing.prom"
    first = write_pass(file, failed=3)
    assert first["reconcile_last_success_timestamp_seconds"] == 0
    good = write_pass(file, failed=0)
    assert good["reconcile_last_success_timestamp_seconds"] == good["reconcile_last_end_timestamp_seconds"] > 0
    bad = write_pass(file, failed=1)
    assert bad["reconcile_last_success_timestamp_seconds"] == good["reconcile_last_success_timestamp_seconds"]
    assert bad["reconcile_last_end_timestamp_seconds"] > good["reconcile_last_end_timestamp_seconds"]


def test_results_of_a_pass_by_sort_and_outcome(tmp_path: Path) -> None:
    """Without a failure there is a zero, so that an alarm can compare."""
    samples = write_pass(tmp_path / "billing.prom", failed=0)
    assert samples["reconcile_items,final,payments"] == 2
    assert samples["reconcile_items,failed,payments"] == 0
    assert samples["reconcile_seconds"] == 1.5
