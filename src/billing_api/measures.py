"""The metrics that are worked out when they are read: of the pool, the build, open payments, background work."""

import asyncio
import platform
from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from billing_api.db.database import Database
from billing_api.db.errors import DRIVER_ERRORS
from billing_api.errors import UnavailableError
from billing_api.http.metrics import exposition
from billing_api.kit.clock import Clock
from billing_api.parts import Parts
from billing_api.payments.reconciling import PaymentChecks
from billing_api.payments.states import PaymentState
from billing_api.payments.values import AwaitedPayments
from billing_api.refunds.checks import RefundChecks
from billing_api.refunds.states import RefundState
from billing_api.refunds.values import AwaitedRefunds
from billing_api.work_measures import WorkMeasures

log = structlog.get_logger(__name__)

_PATIENCE_SECONDS = 2.0  # a scrape must not wait for a busy database
_EVERY_SECONDS = 5.0
# Failed: it ended because it was not found, and is looked up for some days longer.
_AWAITED = tuple(PaymentState(state) for state in ("submitting", "unknown", "processing", "cancelling", "failed"))


class Measures:
    """The metrics as Prometheus gets them."""

    def __init__(self, parts: Parts) -> None:
        self._database = parts[Database]
        self._payments = parts[PaymentChecks]
        self._refunds = parts[RefundChecks]
        self._clock = parts[Clock]
        self._work = WorkMeasures(self._database, self._clock)

    async def text(self) -> bytes:
        """Return all metrics in Prometheus' text form."""
        self._database.measure()
        return await asyncio.to_thread(exposition) + await self._of_the_books()

    async def keep_current(self) -> None:
        """Set the pool's gauges from time to time: any worker may give the metrics of all."""
        while True:
            self._database.measure()
            await asyncio.sleep(_EVERY_SECONDS)

    async def _of_the_books(self) -> bytes:
        """Return the metrics that are the same in each process.

        Those of payments and of the background work are missing when the database does not return them in time.
        """
        registry = CollectorRegistry()
        build = Gauge("billing_api_build_info", "The running version", ["version", "python"], registry=registry)
        build.labels(version("billing-api"), platform.python_version()).set(1)
        reached = Gauge("database_reached", "Whether the database was reached for these metrics", registry=registry)
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                awaited = {one.state: one for one in await self._payments.count_awaited()}
                refunds = {one.state: one for one in await self._refunds.count_awaited()}
                await self._work.add_to(registry)
        except (UnavailableError, *DRIVER_ERRORS) as error:
            log.warning("books_not_measured", error=type(error).__name__)
            return generate_latest(registry)
        reached.set(1)
        now = self._clock.now()
        _add_awaited(registry, "payments", "Payments that are still looked up at the gateway", _AWAITED, awaited, now)
        live = [state for state in RefundState if state.is_live]
        _add_awaited(registry, "refunds", "Refunds that are not final", live, refunds, now)
        overdue = Gauge(
            "payments_check_overdue_seconds", "Time since the longest overdue check was due", registry=registry
        )
        overdue.set(max([0.0, *((now - one.first_check_at).total_seconds() for one in awaited.values())]))
        return generate_latest(registry)


def _add_awaited(
    registry: CollectorRegistry,
    name: str,
    words: str,
    states: Iterable[str],
    groups: Mapping[Any, AwaitedPayments | AwaitedRefunds],
    now: datetime,
) -> None:
    """Add the numbers of payments or refunds by status, and the age of the oldest of each."""
    count = Gauge(f"{name}_awaited", words, ["status"], registry=registry)
    oldest = Gauge(
        f"{name}_awaited_oldest_seconds",
        f"Age of the oldest {name.removesuffix('s')} with this status",
        ["status"],
        registry=registry,
    )
    for state in states:
        group = groups.get(state)
        count.labels(state).set(group.count if group else 0)
        oldest.labels(state).set((now - group.oldest_created_at).total_seconds() if group else 0)
