"""The chargebacks' tables, and their rows."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from billing_api.chargebacks.states import ChargebackKind, ChargebackState
from billing_api.db.base import account_key, table, tenant_key


@dataclass(frozen=True, slots=True)
class Chargeback:
    """A dispute that the bank of a card has opened about a payment; amounts in minor units."""

    account_id: UUID
    id: UUID
    number: str
    payment_id: UUID
    payment_number: str  # documents never change, so it can stand here too
    dispute_id: str  # the gateway's
    kind: ChargebackKind
    state: ChargebackState
    gateway_status: str  # the gateway's word for the state
    reason: str  # the gateway's word
    currency: str
    amount: int  # that the bank disputes
    taken: int  # of it: taken from the payment in the books, also after it came back
    won: int  # of `taken`: put back
    opened_on: date
    reply_by: date | None
    case_number: str | None
    resolved_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int
    gateway_currency: str | None  # of a dispute in another currency than the payment
    gateway_amount: int | None  # in that currency; `amount` is the one that an operator has stated


@dataclass(frozen=True, slots=True)
class ChargebackDetail(Chargeback):
    """A chargeback with what invoices lost by it."""

    parts: "tuple[TakenPart, ...]"


@dataclass(frozen=True, slots=True)
class TakenPart:
    """The money that one invoice lost by a chargeback, and the discount that this money had earned."""

    invoice_id: UUID
    invoice_number: str
    amount: int
    discounted: int


@dataclass(frozen=True, slots=True)
class ChargebackPart:
    """A taken part as it is stored."""

    account_id: UUID
    id: UUID
    chargeback_id: UUID
    invoice_id: UUID
    invoice_number: str
    amount: int
    discounted: int


chargebacks = table(
    "chargebacks",
    Chargeback,
    account_key(),
    tenant_key("payment_id", "payments"),
    UniqueConstraint("account_id", "dispute_id"),
    UniqueConstraint("account_id", "number"),
    CheckConstraint("kind IN ('chargeback', 'pre_arbitration', 'retrieval')", name="kind"),
    CheckConstraint("state IN ('open', 'under_review', 'won', 'lost', 'accepted', 'expired')", name="state"),
    CheckConstraint("(gateway_currency IS NULL) = (gateway_amount IS NULL)", name="gateway_amount"),
    CheckConstraint("least(taken, won, amount - taken, taken - won) >= 0", name="amounts"),
    Index(None, "account_id", "payment_id"),
    # Of all accounts: those that the gateway names, and those of a time.
    Index("ix_chargebacks_dispute_id", "dispute_id"),
    Index("ix_chargebacks_opened_on", "opened_on"),
)
chargeback_parts = table(
    "chargeback_parts",
    ChargebackPart,
    tenant_key("chargeback_id", "chargebacks"),
    tenant_key("invoice_id", "invoices"),
    UniqueConstraint("account_id", "chargeback_id", "invoice_id"),
    CheckConstraint("amount > 0 AND discounted >= 0", name="amount"),
)
