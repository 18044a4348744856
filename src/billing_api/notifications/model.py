"""The tables of preferences, and of the invoices that users were reminded of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from billing_api.db.base import account_key, table, tenant_key, user_key


@dataclass(frozen=True, slots=True)
class NotificationPreference:
    """The choices of one user for one account: by topic, whether its mails are wanted."""

    account_id: UUID
    user_id: UUID
    choices: dict[str, Any]
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class InvoiceReminder:
    """A reminder that was queued: each notice, such as `due_soon`, once for an invoice."""

    account_id: UUID
    invoice_id: UUID
    notice: str
    queued_at: datetime


notification_preferences = table(
    "notification_preferences",
    NotificationPreference,
    account_key(),
    user_key(stored_as="person_id", primary_key=True),
    key=("account_id", "user_id"),
)
invoice_reminders = table(
    "invoice_reminders",
    InvoiceReminder,
    account_key(),
    tenant_key("invoice_id", "invoices"),
    key=("account_id", "invoice_id", "notice"),
)
