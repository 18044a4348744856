"""The demo account's statements: each of the last three months, what is open today, a year in sums, and a schedule."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from billing_api.statement_schedules.schemas import StatementScheduleUpdate
from billing_api.statements.schemas import StatementCreate

_MONTHS = 3
_DAY = timedelta(days=1)


def demo_statements(today: date) -> Iterator[StatementCreate]:
    """Yield the statements in the order of their making."""
    starts = [today.replace(day=1)]
    for _ in range(_MONTHS):
        starts.append((starts[-1] - _DAY).replace(day=1))
    yield StatementCreate(
        type="activity", date_from=date(today.year - 1, 1, 1), date_to=date(today.year - 1, 12, 31), summary=True
    )
    for following, start in reversed(list(pairwise(starts))):
        yield StatementCreate(type="activity", date_from=start, date_to=following - _DAY)
    yield StatementCreate(type="open_items", date_to=today)


def demo_schedule(recipient: str) -> StatementScheduleUpdate:
    """Return a schedule of monthly statements to the demo user."""
    return StatementScheduleUpdate(frequency="monthly", day=5, recipients=[recipient])
