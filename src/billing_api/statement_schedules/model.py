"""The table of schedules."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, text
from sqlalchemy.dialects.postgresql import JSONB

from billing_api.db.base import account_key, table
from billing_api.statement_schedules.fields import Frequency
from billing_api.statements.fields import StatementType


@dataclass(frozen=True, slots=True)
class StatementSchedule:
    """When an account's statements are mailed, and to whom: one for each account."""

    account_id: UUID
    enabled: bool
    frequency: Frequency
    day: int  # 31: the month's last
    kind: StatementType
    summary: bool
    locale: str | None  # None: the profile's
    recipients: list[str]
    next_on: date | None  # the mailing day that comes next, or was missed; None while it is not enabled
    mailed_through: date | None  # the last day of the period that was mailed last
    updated_at: datetime
    version: int


statement_schedules = table(
    "statement_schedules",
    StatementSchedule,
    account_key(),
    Column("recipients", JSONB, nullable=False),
    CheckConstraint("frequency IN ('monthly', 'quarterly')", name="frequency"),
    CheckConstraint("day BETWEEN 1 AND 31", name="day"),
    CheckConstraint("kind IN ('activity', 'open_items')", name="kind"),
    CheckConstraint("enabled = (next_on IS NOT NULL)", name="enabled"),
    Index("ix_statement_schedules_next_on", "next_on", "account_id", postgresql_where=text("next_on IS NOT NULL")),
    key=("account_id",),
)
