"""The file of a pass's metrics."""

from pathlib import Path

from tests.fixtures.passes import write_pass


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
