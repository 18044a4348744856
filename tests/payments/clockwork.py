"""The part of the worker that payments need, which does what is due when a test says so."""

from datetime import timedelta

from billing_api.gateway_webhooks.applying import ApplyNotices
from billing_api.gateway_webhooks.service import APPLY
from billing_api.gateway_webhooks.sweeping import SweepGateway
from billing_api.jobs.notes import JobNotes
from billing_api.jobs.repository import Queue
from billing_api.jobs.running import Attempts, Bound
from billing_api.parts import Parts
from billing_api.payments.passes import ReconcilerPass
from billing_api.payments.schedule_jobs import RUN
from billing_api.payments.schedule_runs import ScheduleRuns
from billing_api.refunds.checks import RefundChecks
from tests.fixtures.clocked import TICK


class Clockwork:
    """A worker, by the clock of its parts."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def reconcile(self) -> None:
        """Check at the gateway all that is due."""
        await self._parts[ReconcilerPass].run()
        await self._parts[RefundChecks].resolve_due()

    async def work(self) -> None:
        """Make the scheduled payments whose day has come, and apply the webhooks that were kept."""
        queue, schedule = self._parts[Queue], self._parts[ScheduleRuns]
        attempts = Attempts(queue, self._parts[JobNotes])
        bound = {
            APPLY.name: Bound(APPLY, self._parts[ApplyNotices].apply),
            RUN.name: Bound(RUN, schedule.run),
        }
        await schedule.enqueue_due(TICK)
        lease = timedelta(minutes=1)
        while found := await queue.start(list(bound), limit=50, is_idle=True, lease=lease, worker="clockwork"):
            for job in found:
                await attempts.run(job, bound[job.task])

    async def sweep(self) -> None:
        """Search the gateway for what no webhook has said."""
        await self._parts[SweepGateway].sweep()

    async def round(self) -> None:
        """Do all of it once."""
        await self.work()
        await self.reconcile()
        await self.sweep()
        await self.work()
