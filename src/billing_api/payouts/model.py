"""The tables of payouts, and their rows."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint

from billing_api.db.base import table, tenant_key
from billing_api.gateway.notices import MoneyDirection
from billing_api.payouts.states import PayoutState


@dataclass(frozen=True, slots=True)
class Payout:
    """Global: one settlement batch of the gateway, whose money reaches the vendor's bank together."""

    id: UUID
    batch_id: str
    merchant_account: str
    currency: str
    status: PayoutState
    settled_on: date
    paid_on: date | None
    charged: int
    refunded: int
    count: int
    created_at: datetime
    updated_at: datetime

    @property
    def amount(self) -> int:
        """The charges less the refunds."""
        return self.charged - self.refunded


@dataclass(frozen=True, slots=True)
class PayoutItem:
    """Global: a settled charge or refund of a payout; without a payment where the portal did not make it."""

    id: UUID
    payout_id: UUID
    transaction_id: str
    movement: MoneyDirection
    amount: int
    account_id: UUID | None
    payment_id: UUID | None
    payment_number: str | None  # documents never change, so it can stand here too


payouts = table(
    "payouts",
    Payout,
    UniqueConstraint("batch_id"),
    CheckConstraint("status IN ('in_transit', 'paid', 'failed')", name="status"),
    CheckConstraint("least(charged, refunded, count) >= 0", name="amounts"),
    Index(None, "settled_on", "id"),
    key=("id",),
)
payout_items = table(
    "payout_items",
    PayoutItem,
    ForeignKeyConstraint(["payout_id"], ["payouts.id"]),
    tenant_key("payment_id", "payments"),
    UniqueConstraint("transaction_id"),
    CheckConstraint("movement IN ('charge', 'refund') AND amount >= 0", name="amount"),
    CheckConstraint("num_nulls(account_id, payment_id, payment_number) IN (0, 3)", name="payment"),
    Index(None, "payout_id", "id"),
    Index(None, "account_id", "payment_id"),
    Index("ix_payout_items_payment_id", "payment_id"),
    key=("id",),
)
