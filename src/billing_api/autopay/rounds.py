"""The hourly round over all accounts: it finds those that have something to plan, each of which is a job of its own.

A round goes on from job to job, a page of accounts each: it takes as long as there are accounts, one that was
interrupted goes on at its place, and an account that fails keeps no other from its turn.
"""

from datetime import timedelta
from uuid import UUID

from billing_api.autopay.jobs import PLAN, PLAN_PAGE, PlanAccount, PlanPage
from billing_api.autopay.repository import AutopayRepository
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.jobs.periodic import Tick
from billing_api.jobs.service import Jobs
from billing_api.jobs.tasks import JobRun, KeyedJob

_FIRST_ACCOUNT = UUID(int=0)
_ACCOUNTS_AT_ONCE = 500
_FROM_HOUR = 8  # in the books' time zone: a plan is announced by mail


class PlanRounds:
    """Enqueues the planning of accounts."""

    def __init__(self, core: Core, repository: AutopayRepository, jobs: Jobs, *, notice_days: int) -> None:
        """Take the number of days between the notice and the payment."""
        self.db = core.db
        self._clock = core.clock
        self._repository = repository
        self._jobs = jobs
        self._notice_days = notice_days

    @in_transaction
    async def begin(self, _: Tick) -> None:
        """Begin a round, from eight in the morning on: periodic work."""
        if self._clock.now().astimezone(self._clock.zone).hour >= _FROM_HOUR:
            await self._jobs.enqueue(PLAN_PAGE, PlanPage(_FIRST_ACCOUNT))

    @in_transaction
    async def plan_page(self, page: PlanPage, run: JobRun) -> None:
        """Enqueue a job for each of the next accounts that has something to plan, and one for the page after it."""
        due_to = self._clock.today() + timedelta(days=self._notice_days)
        found = await self._repository.list_enabled(page.after, due_to, _ACCOUNTS_AT_ONCE)
        hour = f"{self._clock.now():%Y-%m-%dT%H}"
        # By the hour: a round that overlaps the one before finds its jobs.
        wanted = [
            KeyedJob(f"{one.account_id} {hour}", PlanAccount(one.account_id), one.account_id)
            for one in found
            if one.is_near
        ]
        await self._jobs.enqueue_all(PLAN, wanted)
        if len(found) == _ACCOUNTS_AT_ONCE:
            await self._jobs.enqueue(PLAN_PAGE, PlanPage(found[-1].account_id))
        await run.finish()
