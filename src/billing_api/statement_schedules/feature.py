"""All that the application needs to know of the schedules of statements."""

from billing_api.core import Core
from billing_api.feature import Feature
from billing_api.jobs.service import Jobs
from billing_api.parts import Parts
from billing_api.statement_schedules.jobs import ENQUEUE_DUE, MAKE
from billing_api.statement_schedules.model import statement_schedules
from billing_api.statement_schedules.repository import StatementScheduleRepository
from billing_api.statement_schedules.routes import router
from billing_api.statement_schedules.scheduled import ScheduledStatements
from billing_api.statement_schedules.service import StatementSchedules
from billing_api.statements.mailing import MailStatements
from billing_api.statements.making import MakeStatement


def _scheduled(core: Core, parts: Parts) -> ScheduledStatements:
    return ScheduledStatements(
        core,
        StatementScheduleRepository(core.db),
        parts[Jobs],
        parts[MakeStatement],
        parts[MailStatements],
        parts.settings.locales,
    )


FEATURE = Feature(
    routes=router,
    tables=[statement_schedules],
    parts={
        StatementSchedules: lambda core, parts: StatementSchedules(
            core, StatementScheduleRepository(core.db), parts.settings.locales
        ),
        ScheduledStatements: _scheduled,
    },
    tasks={MAKE: lambda parts: parts[ScheduledStatements].make},
    periodic={ENQUEUE_DUE: lambda parts: parts[ScheduledStatements].enqueue_due},
)
