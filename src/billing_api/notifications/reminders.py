"""Reminders of invoices that are due soon or overdue: one mail a day for each, and each invoice once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.deliveries.service import Deliveries, Order
from billing_api.jobs.batches import run_each
from billing_api.jobs.periodic import Tick
from billing_api.kit.ids import new_id
from billing_api.notifications.fields import Topic
from billing_api.notifications.repository import DueInvoice, NotificationRepository
from billing_api.notifications.service import NotificationPreferences

_FIRST_ACCOUNT = UUID(int=0)
_ACCOUNTS_AT_ONCE = 500
_FROM_HOUR = 8  # in the books' time zone
# After downtime a reminder is still sent this long after its day. Older ones are those of a first start.
_LATE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder, and the days on which its invoices are due."""

    name: str  # of the row that keeps it from being sent twice
    kind: str  # of its mail
    topic: Topic
    due_from: date
    due_to: date


@dataclass(frozen=True, slots=True)
class Due:
    """The invoices of one account that a notice is about."""

    notice: Reminder
    invoices: Sequence[DueInvoice]


class Reminders:
    """Looks for invoices to remind of, over all accounts."""

    def __init__(
        self,
        core: Core,
        repository: NotificationRepository,
        preferences: NotificationPreferences,
        deliveries: Deliveries,
        *,
        due_soon_days: int,
        overdue_days: Sequence[int],
    ) -> None:
        """Take the days before the due date, and those after it in ascending order, on which reminders are sent."""
        self.db = core.db
        self._core = core
        self._repository = repository
        self._preferences = preferences
        self._deliveries = deliveries
        self._due_soon_days = due_soon_days
        self._overdue_days = overdue_days

    async def remind(self, _: Tick) -> None:
        """Queue all reminders of today, from eight in the morning on: periodic work.

        Raise TryAgainError when several in a row could not be queued.
        """
        if self._core.clock.now().astimezone(self._core.clock.zone).hour < _FROM_HOUR:
            return
        after = _FIRST_ACCOUNT
        while account_ids := await self._repository.list_accounts(after, limit=_ACCOUNTS_AT_ONCE):
            found: dict[tuple[UUID, Topic], list[Due]] = {}
            for notice in self._notices(self._core.clock.today()):
                due = await self._repository.list_due(
                    account_ids, notice.name, due_from=notice.due_from, due_to=notice.due_to
                )
                for account_id, invoices in groupby(due, key=lambda invoice: invoice.account_id):
                    found.setdefault((account_id, notice.topic), []).append(Due(notice, list(invoices)))
            await run_each(
                found.values(),
                self._remind_of,
                event="reminder_not_queued",
                facts=lambda dues: {"account_id": str(_account_of(dues))},
            )
            after = account_ids[-1]

    async def list_overdue(self, account_id: UUID, today: date) -> list[DueInvoice]:
        """Return all invoices of an account that are overdue and have something to pay, the oldest first."""
        return await self._repository.list_overdue(account_id, today)

    def _notices(self, today: date) -> list[Reminder]:
        notices = [Reminder("due_soon", "due_soon", Topic.DUE_SOON, today, today + timedelta(days=self._due_soon_days))]
        later = [*self._overdue_days[1:], self._overdue_days[-1] + _LATE.days + 1]
        for days, next_days in zip(self._overdue_days, later, strict=True):
            # Those of the next notice are left to that one.
            first = max(today - timedelta(days=next_days - 1), today - timedelta(days=days) - _LATE)
            notices.append(Reminder(f"overdue_{days}", "overdue", Topic.OVERDUE, first, today - timedelta(days=days)))
        return notices

    @in_transaction
    async def _remind_of(self, dues: Sequence[Due]) -> None:
        """Queue one mail about all of these, unless the account had one of this topic today: then tomorrow."""
        now, notice, account_id = self._core.clock.now(), dues[0].notice, _account_of(dues)
        morning = now.astimezone(self._core.clock.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        names = [one.name for one in self._notices(self._core.clock.today()) if one.topic is notice.topic]
        if await self._repository.has_reminded(account_id, names, since=morning):
            return
        noted: list[DueInvoice] = []
        for due in dues:
            ids = [invoice.id for invoice in due.invoices]
            added = await self._repository.add_reminders(account_id, due.notice.name, ids, now)
            noted += [invoice for invoice in due.invoices if invoice.id in added]
        if not noted:
            return
        noted.sort(key=lambda invoice: (invoice.due_on, invoice.id))
        audience = await self._preferences.audience(account_id, notice.topic)
        source_id = new_id()
        facts = {
            "company": audience.company,
            "today": self._core.clock.today().isoformat(),
            "invoices": [fact_of(invoice) for invoice in noted],
        }
        for reader in audience.readers:
            order = Order(
                kind=notice.kind,
                source_id=source_id,
                recipient=reader.email,
                locale=audience.locale,
                subject_id=noted[0].id if len(noted) == 1 else None,
                user_id=reader.user_id,
                facts=facts,
            )
            await self._deliveries.queue(account_id, order)


def _account_of(dues: Sequence[Due]) -> UUID:
    return dues[0].invoices[0].account_id


def fact_of(invoice: DueInvoice) -> dict[str, Any]:
    """Return an invoice as the facts of a reminder have it."""
    return {
        "id": str(invoice.id),
        "number": invoice.number,
        "currency": invoice.currency,
        "due_on": invoice.due_on.isoformat(),
        "amount_due": invoice.amount_due,
    }
