"""Reads of refunds, each for its purpose."""

from dataclasses import dataclass
from datetime import datetime
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
