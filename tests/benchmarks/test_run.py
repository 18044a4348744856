"""`python -m benchmarks` from an empty folder to its tables."""

import subprocess
import sys

import pytest

from benchmarks.scenarios import SCENARIOS


@pytest.mark.slow
def test_tiny_run_measures_everything() -> None:
    """Its figures mean nothing, so goals may be missed: then --strict ends with 1, and names them."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--tiny", "--strict"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.stderr == ""
    for scenario in SCENARIOS:
        assert scenario.name in done.stdout
    for part in (
        "page 4",
        "240 invoices",
        "sixteen payers of one account",
        "lines/s",
        "25 invoices of four readers",
        "/v1/transactions.csv",
        "/v1/invoices.csv",
        "importing the application",
    ):
        assert part in done.stdout
    assert done.returncode == (1 if "missed goals:" in done.stdout else 0)
