"""Calls of the SDK, which is synchronous: each in a thread of a bounded pool."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import perf_counter
from typing import TypeVar

import structlog

from billing_api.db.database import OpenTransactionError, transaction_is_open
from billing_api.gateway.braintree.failures import failure
from billing_api.gateway.port import GatewayError, GatewayMismatchError, GatewayUnavailableError
from billing_api.kit.context import acting
from billing_api.kit.metrics import DIFFERENT_ANSWERS

T = TypeVar("T")
log = structlog.get_logger(__name__)


class Calls:
    """The threads of one process, and the calls under way in them."""

    def __init__(self, *, threads: int, wait_seconds: float) -> None:
        """Take the number of calls under way at once, and how long one waits for a thread."""
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="gateway")
        self._free_threads = asyncio.Semaphore(threads)
        self._wait_seconds = wait_seconds

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
        try:
            await self._wait_for_thread()
            return await self._in_thread(work)
        except GatewayMismatchError as error:
            DIFFERENT_ANSWERS.labels(operation).inc()
            log.exception("gateway_answer_differs", operation=operation, differences=error.differences)
            raise
        except GatewayError:
            raise
        except Exception as error:
            log.warning("gateway_trouble", operation=operation, error=type(error).__name__, changes=changes)
            raise failure(error, changes=changes) from error
        finally:
            acting().notes.gateway_seconds += perf_counter() - started

    async def _wait_for_thread(self) -> None:
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free_threads.acquire()
        except TimeoutError as error:
            raise GatewayUnavailableError("every thread is busy") from error

    async def _in_thread(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        running: Future[T] = self._threads.submit(work)
        running.add_done_callback(lambda _: loop.call_soon_threadsafe(self._free_threads.release))
        return await asyncio.wrap_future(running)
