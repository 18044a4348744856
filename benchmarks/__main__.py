"""`python -m benchmarks`: measure and print; `--full` with performance.md's amounts."""

import argparse
import signal
import sys

from benchmarks.data import Size
from benchmarks.harness import measure
from benchmarks.load import LoadError
from benchmarks.report import show
from benchmarks.scenarios import DifferenceError
from billing_api.dev.errors import LocalRunError

_FEW = Size(accounts=250, invoices=20_000, biggest=10_000)
_MANY = Size(accounts=2_000, invoices=200_000, biggest=100_100)
_FULL = Size(accounts=10_000, invoices=2_000_000, biggest=100_100)


def main() -> None:
    """Measure how near the service is to the limit, on databases and servers of its own."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument("--full", action="store_true", help="with 2 million invoices: filling takes some minutes")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that servers and folders are cleared away then too
    try:
        outcome = measure(_FEW, _FULL if arguments.full else _MANY)
    except (DifferenceError, LoadError, LocalRunError) as error:
        sys.exit(f"benchmarks: {error}")
    except KeyboardInterrupt:
        sys.exit("benchmarks: interrupted")
    show(outcome.contests, outcome.notes)


if __name__ == "__main__":
    main()
