"""Many calls at once; the SDK keeps a connection for each thread, and each thread has to close its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from braintree_sandbox.testing import Gateway

T = TypeVar("T")


def at_once(gateway: Gateway, work: Callable[[int], T], *, calls: int, threads: int) -> list[T]:
    """Return the results of `work(0)` to `work(calls - 1)`, done by so many threads."""
    everybody = Barrier(threads)

    def hang_up(_: int) -> None:
        # Nobody gets a second turn before all have had their first.
        everybody.wait(timeout=30)
        gateway.config.close()

    with ThreadPoolExecutor(threads) as pool:
        results = list(pool.map(work, range(calls)))
        list(pool.map(hang_up, range(threads)))
    return results
