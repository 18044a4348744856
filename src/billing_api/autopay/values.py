"""Rows of autopay's lists: accounts, invoices and payments."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from billing_api.autopay.fields import Progress


@dataclass(frozen=True, slots=True)
class EnabledAccount:
    """An account with autopay, and whether it has an invoice that is to be planned now."""

    account_id: UUID
    is_near: bool


@dataclass(frozen=True, slots=True)
class InvoiceToPlan:
    """An open invoice that is to be planned, and what the present method has tried for it before."""

    id: UUID
    due_on: date
    tries: int  # automatic ones, without money
    is_hard: bool | None  # whether one of them was declined or returned for good
    is_returned: bool | None
    first_on: date | None
    last_code: str | None  # of the bank, for the latest try
    last_id: UUID | None  # of that payment


@dataclass(frozen=True, slots=True)
class WaitingPayment:
    """A planned payment whose day has not come, and the number of its invoices."""

    payment_id: UUID
    scheduled_on: date
    attempt: int
    count: int


@dataclass(frozen=True, slots=True)
class UpcomingInvoice:
    """An open invoice, with what is kept of it and of its latest payment."""

    id: UUID
    number: str
    due_on: date
    currency: str
    payable: int
    contested: int | None
    status: Progress | None
    attempt: int | None
    reason: str | None
    payment_id: UUID | None
    payment_state: str | None
    scheduled_on: date | None
