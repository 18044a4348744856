"""The SQL of preferences and reminders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Text, Uuid, and_, any_, bindparam, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from billing_api.accounts.model import accounts
from billing_api.autopay.model import autopay, autopay_invoices
from billing_api.db.base import each_of, rows_of
from billing_api.db.database import Database
from billing_api.db.statements import Command, Statement, columns_of, values_of
from billing_api.invoices.model import invoices
from billing_api.notifications.model import (
    NotificationPreference,
    invoice_reminders,
    notification_preferences,
)


@dataclass(frozen=True, slots=True)
class DueInvoice:
    """An open invoice, as reminders show it."""

    account_id: UUID
    id: UUID
    number: str
    currency: str
    due_on: date
    amount_due: int


_preference = notification_preferences.c
_PREFERENCE = columns_of(notification_preferences, NotificationPreference)
_ON_ACCOUNT = _preference.account_id == bindparam("account_id")
_FIND = Statement(
    select(*_PREFERENCE).where(_ON_ACCOUNT, _preference.user_id == bindparam("user_id")), NotificationPreference
)
_LIST = Statement(select(*_PREFERENCE).where(_ON_ACCOUNT), NotificationPreference)
_new = insert(notification_preferences)
_SAVE = Command(
    _new.on_conflict_do_update(
        index_elements=[_preference.account_id, _preference.user_id],
        set_={name: _new.excluded[name] for name in ("choices", "updated_at", "version")},
    )
)

_LIST_ACCOUNTS = Statement(
    select(accounts.c.id)
    .where(accounts.c.id > bindparam("after"), accounts.c.status == "active")
    .order_by(accounts.c.id)
    .limit(bindparam("limit")),
    UUID,
)
_of_accounts = each_of("account_ids", Uuid())
_is_reminded = (
    select(invoice_reminders.c.invoice_id)
    .where(
        invoice_reminders.c.account_id == invoices.c.account_id,
        invoice_reminders.c.invoice_id == invoices.c.id,
        invoice_reminders.c.notice == bindparam("notice"),
    )
    .exists()
)
# Autopay has mails of its own about the invoices that it pays. It does not pay one again whose payment was sent before,
# and that is due again by a refund or a chargeback.
_gave_up = (
    select(autopay_invoices.c.invoice_id)
    .where(
        autopay_invoices.c.account_id == invoices.c.account_id,
        autopay_invoices.c.invoice_id == invoices.c.id,
        autopay_invoices.c.status.not_in([literal_column("'planned'"), literal_column("'again'")]),
    )
    .exists()
)
_is_paid_automatically = (
    select(autopay.c.account_id)
    .join(accounts, accounts.c.id == autopay.c.account_id)
    .where(
        autopay.c.account_id == invoices.c.account_id,
        autopay.c.enabled,
        autopay.c.pays_from <= invoices.c.due_on,
        accounts.c.currency == invoices.c.currency,
    )
    .exists()
)
# A payment under way may yet be returned; until then there is nothing to remind of.
_to_pay = (invoices.c.amount_due - invoices.c.amount_pending).label("amount_due")
_LIST_DUE = Statement(
    select(invoices.c.account_id, invoices.c.id, invoices.c.number, invoices.c.currency, invoices.c.due_on, _to_pay)
    .join(
        _of_accounts,
        and_(
            invoices.c.account_id == _of_accounts.c.value,
            invoices.c.status == "open",
            invoices.c.due_on >= bindparam("due_from"),
            invoices.c.due_on <= bindparam("due_to"),
        ),
    )
    .where(
        invoices.c.amount_due > invoices.c.amount_pending,
        invoices.c.contested.is_(None),
        ~_is_reminded,
        or_(~_is_paid_automatically, _gave_up),
    )
    .order_by(invoices.c.account_id, invoices.c.due_on, invoices.c.id),
    DueInvoice,
)
_LIST_OVERDUE = Statement(
    select(invoices.c.account_id, invoices.c.id, invoices.c.number, invoices.c.currency, invoices.c.due_on, _to_pay)
    .where(
        invoices.c.account_id == bindparam("account_id"),
        invoices.c.status == "open",
        invoices.c.due_on < bindparam("today"),
        invoices.c.amount_due > invoices.c.amount_pending,
        invoices.c.contested.is_(None),
    )
    .order_by(invoices.c.due_on, invoices.c.id),
    DueInvoice,
)
_HAS_REMINDED = Statement(
    select(invoice_reminders.c.invoice_id)
    .where(
        invoice_reminders.c.account_id == bindparam("account_id"),
        invoice_reminders.c.notice == any_(bindparam("notices", type_=ARRAY(Text()))),
        invoice_reminders.c.queued_at >= bindparam("since"),
    )
    .limit(1),
    UUID,
)
_reminded = rows_of("reminded", invoice_id=Uuid())
_ADD_REMINDERS = Statement(
    insert(invoice_reminders)
    .from_select(
        ["account_id", "notice", "queued_at", "invoice_id"],
        select(
            bindparam("account_id", type_=Uuid()),
            bindparam("notice", type_=Text()),
            bindparam("queued_at", type_=invoice_reminders.c.queued_at.type),
            *_reminded.c,
        ),
    )
    .on_conflict_do_nothing()
    .returning(invoice_reminders.c.invoice_id),
    UUID,
)


class NotificationRepository:
    """Preferences of users on an account, and the reminders of its invoices."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, account_id: UUID, user_id: UUID) -> NotificationPreference | None:
        """Return the choices of a user, or None where they have made none."""
        return await self._db.fetch_one(_FIND, account_id=account_id, user_id=user_id)

    async def list_on_account(self, account_id: UUID) -> list[NotificationPreference]:
        """Return the choices of all users of an account who have made some."""
        return await self._db.fetch(_LIST, account_id=account_id)

    async def save(self, preference: NotificationPreference) -> None:
        """Insert or replace the choices of a user."""
        await self._db.execute(_SAVE, **values_of(preference))

    async def list_accounts(self, after: UUID, *, limit: int) -> list[UUID]:
        """Return the next active accounts."""
        return await self._db.fetch(_LIST_ACCOUNTS, after=after, limit=limit)

    async def list_due(
        self, account_ids: Sequence[UUID], notice: str, *, due_from: date, due_to: date
    ) -> list[DueInvoice]:
        """Return the invoices with something to pay that are due in these days, and had no such notice yet.

        Those that autopay pays are left to its own mails.
        """
        return await self._db.fetch(
            _LIST_DUE, account_ids=list(account_ids), notice=notice, due_from=due_from, due_to=due_to
        )

    async def list_overdue(self, account_id: UUID, today: date) -> list[DueInvoice]:
        """Return the overdue invoices of an account with something to pay that is not contested, the oldest first."""
        return await self._db.fetch(_LIST_OVERDUE, account_id=account_id, today=today)

    async def has_reminded(self, account_id: UUID, notices: Sequence[str], *, since: datetime) -> bool:
        """Return whether one of these notices was queued for an account since then."""
        found = await self._db.fetch_one(_HAS_REMINDED, account_id=account_id, notices=list(notices), since=since)
        return found is not None

    async def add_reminders(
        self, account_id: UUID, notice: str, invoice_ids: Sequence[UUID], now: datetime
    ) -> set[UUID]:
        """Note reminders of one account, and return the invoices that had none of this notice."""
        added = await self._db.fetch(
            _ADD_REMINDERS, account_id=account_id, notice=notice, queued_at=now, invoice_ids=list(invoice_ids)
        )
        return set(added)
