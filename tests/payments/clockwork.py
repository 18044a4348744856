"""The part of the worker that payments need, which does what is due when a test says so."""

from datetime import timedelta
from uuid import UUID

from billing_api.autopay.feature import FEATURE as AUTOPAY
from billing_api.autopay.following import FollowAutopay
from billing_api.autopay.jobs import FOLLOW_UP, PLAN, PlanAccount
from billing_api.autopay.planning import PlanAutopay
from billing_api.autopay.repository import AutopayRepository
from billing_api.chargebacks.feature import FEATURE as CHARGEBACKS
from billing_api.chargebacks.lacking import TAKE_LACKING, LackingDisputes
from billing_api.core import Core
from billing_api.events.relay import Relay
from billing_api.gateway.steps import PASS_LIMIT
from billing_api.gateway_webhooks.applying import ApplyNotices
from billing_api.gateway_webhooks.service import APPLY
from billing_api.gateway_webhooks.sweeping import SweepGateway
from billing_api.jobs.callbacks import JobCallbacks
from billing_api.jobs.repository import Queue
from billing_api.jobs.running import Attempts, BoundTask
from billing_api.jobs.service import Jobs
from billing_api.parts import Parts
from billing_api.payments.passes import ReconcilerPass
from billing_api.payments.schedule_enqueuing import EnqueueScheduled
from billing_api.payments.schedule_jobs import RUN
from billing_api.payments.schedule_runs import RunScheduled
from billing_api.refunds.checks import RefundChecks
from billing_api.working import make_consumers
from tests.fixtures.clocked import TICK

_MOST_PASSES = 100


class Clockwork:
    """A worker, by the clock of its parts."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def reconcile(self) -> None:
        """Check at the gateway all that is due, by as many passes as that takes."""
        for _ in range(_MOST_PASSES):
            found = await self._parts[ReconcilerPass].run()
            refunds = await self._parts[RefundChecks].resolve_due()
            if all(counts.total() < PASS_LIMIT for counts in (*found.values(), refunds)):
                break

    async def work(self) -> None:
        """Plan automatic payments, make and follow those that are due, and apply the webhooks that were kept.

        Also what follows from events.
        """
        queue = self._parts[Queue]
        attempts = Attempts(queue, self._parts[JobCallbacks])
        bound = {
            APPLY.name: BoundTask(APPLY, self._parts[ApplyNotices].apply),
            RUN.name: BoundTask(RUN, self._parts[RunScheduled].run),
            PLAN.name: BoundTask(PLAN, self._parts[PlanAutopay].plan_account),
            FOLLOW_UP.name: BoundTask(FOLLOW_UP, self._parts[FollowAutopay].follow_up),
            TAKE_LACKING.name: BoundTask(TAKE_LACKING, self._parts[LackingDisputes].take),
        }
        await self._plan()
        await self._parts[EnqueueScheduled].enqueue_due(TICK)
        await self._read_events()
        lease = timedelta(minutes=1)
        while found := await queue.start(list(bound), limit=50, is_idle=True, lease=lease, worker="clockwork"):
            for job in found:
                await attempts.run(job, bound[job.task])

    async def _plan(self) -> None:
        """Enqueue the planning of each account, whatever the hour."""
        core, jobs = self._parts[Core], self._parts[Jobs]

        async def enqueue() -> None:
            for one in await AutopayRepository(core.db).list_enabled(UUID(int=0), core.clock.today(), 100):
                await jobs.enqueue(PLAN, PlanAccount(one.account_id), account_id=one.account_id)

        await core.db.run(enqueue)

    async def _read_events(self) -> None:
        core = self._parts[Core]
        await Relay(core.db, core.clock).number_all()
        await make_consumers(self._parts, [AUTOPAY, CHARGEBACKS]).consume_all()

    async def sweep(self) -> None:
        """Search the gateway for what no webhook has said."""
        await self._parts[SweepGateway].sweep()

    async def round(self) -> None:
        """Do all of it once."""
        await self.work()
        await self.reconcile()
        await self.sweep()
        await self.work()
