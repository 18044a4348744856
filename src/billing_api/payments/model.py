"""The payments' tables."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from billing_api.db.base import Base, TenantRow, account_key, tenant_key


class Payment(TenantRow):
    """Money a customer pays: charged through the gateway, or received offline (check, wire, cash)."""

    __tablename__ = "payments"
    __table_args__ = (
        account_key(),
        tenant_key("payment_method_id", "payment_methods"),
        UniqueConstraint("account_id", "number"),
        CheckConstraint("kind IN ('card', 'us_bank_account', 'check', 'wire', 'cash', 'other')", name="kind"),
        CheckConstraint(
            "state IN ('submitting', 'succeeded', 'processing', 'declined', 'failed', 'unknown', 'returned', "
            "'cancelling', 'cancelled')",
            name="state",
        ),
        CheckConstraint("amount >= 0 AND unapplied >= 0 AND unapplied <= amount", name="amount"),
        Index(None, "account_id", "created_at", "id"),
        # Of all accounts: what is due next.
        Index("ix_payments_next_check_at", "next_check_at", "id", postgresql_where=text("next_check_at IS NOT NULL")),
    )

    number: Mapped[str]
    external_id: Mapped[str | None]
    kind: Mapped[str]
    state: Mapped[str]
    currency: Mapped[str]
    amount: Mapped[int]
    unapplied: Mapped[int]  # kept as unapplied cash
    received_on: Mapped[date]  # the day that counts: initiated, or received offline
    payment_method_id: Mapped[UUID | None]
    method_brand: Mapped[str | None]  # as it was when paying: history keeps its last four
    method_last4: Mapped[str | None]
    method_token: Mapped[str | None]  # the gateway's charge must have been made with it
    reference: Mapped[str | None]
    order_id: Mapped[str | None]
    gateway_transaction_id: Mapped[str | None]
    decline_code: Mapped[str | None]
    decline_text: Mapped[str | None]
    decline_is_soft: Mapped[bool | None]
    next_check_at: Mapped[datetime | None]
    absent_since: Mapped[datetime | None]  # the first time that the gateway did not find the order
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int]


class PaymentAllocation(TenantRow):
    """The part of a payment that one invoice gets: reserved while the payment is live, then applied."""

    __tablename__ = "payment_allocations"
    __table_args__ = (
        tenant_key("payment_id", "payments"),
        tenant_key("invoice_id", "invoices"),
        UniqueConstraint("account_id", "payment_id", "invoice_id"),
        CheckConstraint("amount > 0", name="amount"),
        Index(None, "account_id", "invoice_id"),
    )

    payment_id: Mapped[UUID]
    invoice_id: Mapped[UUID]
    invoice_number: Mapped[str]  # documents never change, so it can stand here too
    amount: Mapped[int]


class LateCharge(TenantRow):
    """A charge that turned up for a payment that had ended without it, or that is one too many under its order id.

    accepted                   the payment has it: its invoices were payable still
    giving_back → given_back   it is voided or refunded at the gateway; the payment says when that is tried next
    """

    __tablename__ = "late_charges"
    __table_args__ = (
        tenant_key("payment_id", "payments"),
        UniqueConstraint("account_id", "payment_id", "transaction_id"),
        CheckConstraint("status IN ('accepted', 'giving_back', 'given_back')", name="status"),
    )

    payment_id: Mapped[UUID]
    transaction_id: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class GatewayOrder(Base):
    """Global: which account and payment an order id at the gateway belongs to, written before the charge."""

    __tablename__ = "gateway_orders"
    __table_args__ = (tenant_key("payment_id", "payments"),)

    order_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    transaction_id: Mapped[str | None] = mapped_column(unique=True)
