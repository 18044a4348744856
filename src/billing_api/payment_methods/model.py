"""The tables of cards and bank accounts; their numbers are the gateway's alone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from billing_api.db.base import Base, TenantRow, account_key, tenant_key


class GatewayCustomer(Base):
    """The account's customer at the gateway; the id is ours, written before the gateway is asked to make it.

    `merchant_id` is the gateway's merchant that has confirmed it; None, too, when that was before merchants were kept.
    """

    __tablename__ = "gateway_customers"
    __table_args__ = (account_key(), Index("ix_gateway_customers_merchant_id", "merchant_id"))

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[str]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    merchant_id: Mapped[str | None]


class GatewayToken(Base):
    """Global: whose a token at the gateway is, written before anything is stored under it; a webhook names no more."""

    __tablename__ = "gateway_tokens"

    token: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]


class PaymentMethod(TenantRow):
    """A stored card or bank account. `token` is ours: recovery after a crash is a find by it.

    vaulting → pending | active | refused | discarding     `wanted` is what its request asked for
    pending, active                                        `wanted` is the newest address that was sent (AddressChange)
    discarding → refused                                   it is, or may be, at the gateway, and must not stay there
    pending → active | verification_failed
    verification_failed → pending | active                 the vendor has begun another verification at the gateway
    pending, active, verification_failed → removing → removed
    """

    __tablename__ = "payment_methods"
    __table_args__ = (
        account_key(),
        CheckConstraint("kind IN ('card', 'us_bank_account')", name="kind"),
        CheckConstraint(
            "status IN ('vaulting', 'refused', 'discarding', 'pending', 'active', 'verification_failed', 'removing', "
            "'removed')",
            name="status",
        ),
        CheckConstraint("NOT is_default OR status IN ('pending', 'active', 'removing')", name="default_is_live"),
        CheckConstraint("kind <> 'us_bank_account' OR mandate_accepted_at IS NOT NULL", name="mandate"),
        CheckConstraint(
            "kind <> 'us_bank_account' OR status <> 'active' OR verified_at IS NOT NULL", name="verified_before_it_pays"
        ),
        CheckConstraint("expiry_told IN ('soon', 'expired')", name="expiry_told"),
        Index("uq_payment_methods_default", "account_id", unique=True, postgresql_where=text("is_default")),
        Index("ix_payment_methods_next_check_at", "next_check_at", postgresql_where=text("next_check_at IS NOT NULL")),
        Index(
            "ix_payment_methods_expiration_year_expiration_month",
            "expiration_year",
            "expiration_month",
            postgresql_where=text("status = 'active' AND expiry_told IS DISTINCT FROM 'expired'"),
        ),
    )

    kind: Mapped[str]
    status: Mapped[str]
    token: Mapped[str]
    wanted: Mapped[dict[str, Any] | None]
    is_default: Mapped[bool]
    fingerprint: Mapped[str | None]
    last4: Mapped[str | None]
    brand: Mapped[str | None]
    cardholder_name: Mapped[str | None]
    expiration_month: Mapped[int | None]
    expiration_year: Mapped[int | None]
    expiry_told: Mapped[str | None]
    billing_address: Mapped[dict[str, Any] | None]
    bank_name: Mapped[str | None]
    bank_account_type: Mapped[str | None]
    account_holder_name: Mapped[str | None]
    mandate_text: Mapped[str | None]
    mandate_accepted_at: Mapped[datetime | None]
    verification_id: Mapped[str | None]
    verification_wants_amounts: Mapped[bool]
    verification_tries: Mapped[int]
    amounts_confirmed_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    decline_code: Mapped[str | None]
    decline_text: Mapped[str | None]
    next_check_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    version: Mapped[int]

    def move(self, status: str, *, now: datetime) -> None:
        """Put the row into a state, the present one included: whoever read it before has an old version then."""
        self.status = status
        self.updated_at = now
        self.version += 1

    @property
    def is_shown(self) -> bool:
        """Whether its owner knows of it: what was never stored, or must go again, is nobody's business."""
        return self.status not in {"vaulting", "refused", "discarding"}


class PaymentMethodHold(Base):
    """Why a method can't be removed now: a live payment, or autopay. Whoever places a hold releases it."""

    __tablename__ = "payment_method_holds"
    __table_args__ = (tenant_key("payment_method_id", "payment_methods"),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_method_id: Mapped[UUID] = mapped_column(primary_key=True)
    holder_kind: Mapped[str] = mapped_column(primary_key=True)
    holder_id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
