"""Calls of the SDK, which is synchronous: each in a thread of a bounded pool."""

import asyncio
import gc
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from time import perf_counter
from typing import TypeVar

import structlog

from billing_api.db.transactions import OpenTransactionError, transaction_is_open
from billing_api.gateway.braintree.failures import failure
from billing_api.gateway.failures import (
    GatewayDeclinedError,
    GatewayError,
    GatewayInvalidError,
    GatewayMismatchError,
    GatewayOutcomeUnknownError,
    GatewayUnavailableError,
)
from billing_api.kit.context import acting
from billing_api.kit.metrics import (
    DIFFERENT_RESPONSES,
    GATEWAY_CALLS,
    GATEWAY_IN_FLIGHT,
    GATEWAY_SECONDS,
    GATEWAY_THREAD_SECONDS,
    GATEWAY_THREADS,
    GATEWAY_WAITING,
)
from billing_api.kit.tracing import gateway_span

T = TypeVar("T")
log = structlog.get_logger(__name__)

# The words of a failed call in the metrics, the narrower errors first.
_OUTCOMES: Mapping[type[GatewayError], str] = {
    GatewayDeclinedError: "declined",
    GatewayInvalidError: "refused",
    GatewayUnavailableError: "unavailable",
    GatewayMismatchError: "different",
    GatewayOutcomeUnknownError: "unknown",
}


class Calls:
    """The threads of one process, and the calls under way in them."""

    def __init__(self, *, threads: int, wait_seconds: float) -> None:
        """Take the number of calls under way at once, and how long one waits for a thread."""
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="gateway")
        self._free_threads = asyncio.Semaphore(threads)
        self._wait_seconds = wait_seconds
        GATEWAY_THREADS.set(threads)

    async def close(self) -> None:
        """Wait for the calls under way."""
        await asyncio.to_thread(self._threads.shutdown)

    async def run(self, operation: str, work: Callable[[], T], *, changes: bool) -> T:
        """Run `work` in a thread. Raise GatewayError, and OpenTransactionError inside a transaction.

        Cancelling the await doesn't cancel the call: its thread is free again only when it has ended.
        """
        if transaction_is_open():
            raise OpenTransactionError(f"the gateway must not be called inside a transaction: {operation}")
        started = perf_counter()
        outcome = "ended"  # cancelled, with its client
        try:
            with gateway_span(operation):
                await self._wait_for_thread()
                result = await self._translated(operation, work, changes=changes)
            outcome = "done"
        except GatewayError as error:
            outcome = next((word for kind, word in _OUTCOMES.items() if isinstance(error, kind)), "failed")
            raise
        finally:
            GATEWAY_CALLS.labels(operation, outcome).inc()
            acting().notes.gateway_seconds += perf_counter() - started
        return result

    async def _translated(self, operation: str, work: Callable[[], T], *, changes: bool) -> T:
        try:
            with GATEWAY_IN_FLIGHT.track_inprogress(), GATEWAY_SECONDS.labels(operation).time():
                return await self._in_thread(work)
        except GatewayMismatchError as error:
            DIFFERENT_RESPONSES.labels(operation).inc()
            # Its words say all.
            log.error("gateway_answer_differs", operation=operation, differences=error.differences)  # noqa: TRY400
            raise
        except GatewayError:
            raise
        except Exception as error:
            log.warning("gateway_trouble", operation=operation, error=type(error).__name__, changes=changes)
            raise failure(error, changes=changes) from error

    async def _wait_for_thread(self) -> None:
        try:
            with GATEWAY_WAITING.track_inprogress(), GATEWAY_THREAD_SECONDS.time():
                async with asyncio.timeout(self._wait_seconds):
                    await self._free_threads.acquire()
        except TimeoutError as error:
            raise GatewayUnavailableError("every thread is busy") from error

    async def _in_thread(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        running: Future[T] = self._threads.submit(_without_leftovers, work)
        running.add_done_callback(lambda _: loop.call_soon_threadsafe(self._free_threads.release))
        return await asyncio.wrap_future(running)


def _without_leftovers(work: Callable[[], T]) -> T:
    """Return the result of `work`, and free what it left.

    The SDK reads each response as a tree of some thousand objects that refer to each other, which the garbage
    collector alone frees. It would wait for forty such trees, and then stop every request of the process for them.
    """
    try:
        return work()
    finally:
        gc.collect(0)  # the objects that are new since the last collection
