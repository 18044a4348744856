"""The schedule of statements over HTTP."""

from typing import Annotated

from fastapi import Depends

from billing_api.auth.deps import Payer, Viewer
from billing_api.http.etag import IfMatch
from billing_api.http.provide import provided
from billing_api.http.routes import Routes
from billing_api.statement_schedules.schemas import StatementScheduleRead, StatementScheduleUpdate
from billing_api.statement_schedules.service import StatementSchedules

router = Routes("/statement-schedule", tags=["statements"])
SchedulesDep = Annotated[StatementSchedules, Depends(provided(StatementSchedules))]


@router.get("", operation_id="statement_schedule_get")
async def get_statement_schedule(caller: Viewer, schedules: SchedulesDep) -> StatementScheduleRead:
    """Read when statements are mailed, and to whom."""
    return await schedules.get(caller.account_id)


@router.put("", operation_id="statement_schedule_update")
async def update_statement_schedule(
    change: StatementScheduleUpdate, caller: Payer, version: IfMatch, schedules: SchedulesDep
) -> StatementScheduleRead:
    """Have a statement of each month or quarter mailed, on a day of the books' time zone.

    After a time in which the service was down, each statement that was missed is mailed once.
    """
    return await schedules.update(caller.account_id, change, version)
