"""Reads of refunds, each for its purpose."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from billing_api.refunds.states import RefundState


@dataclass(frozen=True, slots=True)
class DueRefund:
    """A refund whose next check is due."""

    account_id: UUID
    id: UUID
    state: RefundState


@dataclass(frozen=True, slots=True)
class AwaitedRefunds:
    """The refunds of all accounts in one state that are looked up or tried again."""

    state: RefundState
    count: int
    oldest_created_at: datetime


@dataclass(frozen=True, slots=True)
class NoticedRefund:
    """A refund that a transaction of the gateway names."""

    account_id: UUID
    id: UUID
    state: RefundState


@dataclass(frozen=True, slots=True)
class OwedRefund:
    """A refund whose money the customer has without its payment, and the invoice by which it is due again."""

    account_id: UUID
    id: UUID
    payment_number: str
    currency: str
    repayment_id: UUID
    invoice_number: str
    amount_due: int
    issued_on: date
