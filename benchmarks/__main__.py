"""`python -m benchmarks`: measure and print. docs/performance.md shows how to read the tables."""

import argparse
import signal
import subprocess
import sys

from benchmarks import plans
from benchmarks.harness import measure
from benchmarks.load import LoadError
from benchmarks.report import show
from benchmarks.scenarios import DifferenceError
from billing_api.dev.errors import LocalRunError


def main() -> None:
    """Measure how near the service is to the limit, on databases and servers of its own."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", action="store_true", help="with 2 million invoices, which take a few minutes to create")
    size.add_argument("--tiny", action="store_true", help="prove that it runs: the figures mean nothing")
    parser.add_argument("--strict", action="store_true", help="end with 1 when a goal is missed")
    arguments = parser.parse_args()
    plan = plans.FULL if arguments.full else plans.TINY if arguments.tiny else plans.USUAL
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that servers and folders are cleared away then too
    try:
        missed = show(measure(plan))
    except (DifferenceError, LoadError, LocalRunError, subprocess.CalledProcessError) as error:
        sys.exit(f"benchmarks: {error}")
    except KeyboardInterrupt:
        sys.exit("benchmarks: interrupted")
    if missed and arguments.strict:
        sys.exit(1)


if __name__ == "__main__":
    main()
