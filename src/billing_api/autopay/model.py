"""The tables of autopay: each account's choice, and the invoices that it has planned once."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text

from billing_api.autopay.fields import Progress, SwitchedOffCode
from billing_api.db.base import account_key, table, tenant_key


@dataclass(frozen=True, slots=True)
class Autopay:
    """An account's choice: at most one for each account."""

    account_id: UUID
    enabled: bool
    payment_method_id: UUID | None
    most: int | None  # of one payment, credits included, in the minor unit of the account's currency
    use_credits: bool
    pays_from: date | None  # the first due date that it pays: the day on which it was switched on
    consent_text: str | None
    consented_at: datetime | None
    switched_off_code: SwitchedOffCode | None  # None: by the customer, or it is on
    switched_off_text: str | None
    switched_off_at: datetime | None
    switched_off_by: UUID | None  # the payment that was declined or returned
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class AutopayInvoice:
    """An invoice that was planned once. Without such a row it is planned when its due date is near."""

    account_id: UUID
    invoice_id: UUID
    status: Progress
    payment_id: UUID | None  # the latest one; None when it was above the limit at first, or is planned again
    attempt: int
    first_on: date  # the day of the first try, from which retries are counted
    reason: str | None  # why it ended: a code, or the words of the bank
    updated_at: datetime


autopay = table(
    "autopay",
    Autopay,
    account_key(),
    tenant_key("payment_method_id", "payment_methods"),
    CheckConstraint("NOT enabled OR (payment_method_id IS NOT NULL AND pays_from IS NOT NULL)", name="enabled"),
    CheckConstraint("most > 0", name="most"),
    Index("ix_autopay_enabled", "account_id", postgresql_where=text("enabled")),
    key=("account_id",),
)
autopay_invoices = table(
    "autopay_invoices",
    AutopayInvoice,
    account_key(),
    tenant_key("invoice_id", "invoices"),
    tenant_key("payment_id", "payments"),
    CheckConstraint("status IN ('planned', 'sent', 'above_limit', 'ended', 'again')", name="status"),
    Index(None, "account_id", "payment_id"),
    # Those that autopay has not paid: they stay few.
    Index("ix_autopay_invoices_not_sent", "account_id", "status", postgresql_where=text("status <> 'sent'")),
    key=("account_id", "invoice_id"),
)
