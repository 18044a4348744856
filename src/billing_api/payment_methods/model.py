"""The tables of cards and bank accounts; the gateway alone has their numbers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from billing_api.db.base import account_key, table, tenant_key
from billing_api.gateway.methods import MethodKind
from billing_api.payment_methods.states import MethodState


@dataclass(frozen=True, slots=True)
class GatewayCustomer:
    """The account's customer at the gateway; the id is ours, written before the gateway creates the customer.

    `merchant_id` is the gateway's merchant that has confirmed it. It is None until then, and for customers that were
    confirmed before merchants were recorded.
    """

    account_id: UUID
    customer_id: str
    created_at: datetime
    confirmed_at: datetime | None
    merchant_id: str | None


@dataclass(frozen=True, slots=True)
class GatewayToken:
    """Global: the account of a token at the gateway, written before the token is used; a webhook names only a token."""

    token: str
    account_id: UUID


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A stored card or bank account; states.py draws its states.

    `token` is ours: after a crash the method is found by it. `open_request` is JSON: the options of the request while
    the method is `vaulting`, and later the newest billing address that was sent (see open_requests.py).
    """

    account_id: UUID
    id: UUID
    kind: MethodKind
    status: MethodState
    token: str
    created_at: datetime
    updated_at: datetime
    version: int
    open_request: dict[str, Any] | None = None
    is_default: bool = False
    fingerprint: str | None = None
    last4: str | None = None
    brand: str | None = None
    cardholder_name: str | None = None
    expiration_month: int | None = None
    expiration_year: int | None = None
    expiry_announced: str | None = None
    billing_address: dict[str, Any] | None = None
    three_d_secure_status: str | None = None
    liability_shifted: bool | None = None
    bank_name: str | None = None
    bank_account_type: str | None = None
    account_holder_name: str | None = None
    mandate_text: str | None = None
    mandate_accepted_at: datetime | None = None
    verification_id: str | None = None
    verification_wants_amounts: bool = False
    verification_tries: int = 0
    amounts_confirmed_at: datetime | None = None
    verified_at: datetime | None = None
    decline_code: str | None = None
    decline_text: str | None = None
    blocked_code: str | None = None  # of a bank's return, after which the account must not be debited again
    blocked_at: datetime | None = None
    next_check_at: datetime | None = None
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DueMethod:
    """A method, of any account, that is due for a check or a notice."""

    account_id: UUID
    id: UUID


@dataclass(frozen=True, slots=True)
class PaymentMethodHold:
    """The reason why a method can't be removed now: a payment under way, which releases it."""

    account_id: UUID
    payment_method_id: UUID
    holder_kind: str
    holder_id: UUID
    created_at: datetime


gateway_customers = table(
    "gateway_customers",
    GatewayCustomer,
    account_key(),
    Index("ix_gateway_customers_merchant_id", "merchant_id"),
    key=("account_id",),
)
gateway_tokens = table("gateway_tokens", GatewayToken, key=("token",))
payment_methods = table(
    "payment_methods",
    PaymentMethod,
    account_key(),
    Column("wanted", JSONB(), key="open_request"),
    Column("expiry_told", Text(), key="expiry_announced"),
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
    CheckConstraint("blocked_code IS NULL OR NOT is_default", name="blocked_is_no_default"),
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
payment_method_holds = table(
    "payment_method_holds",
    PaymentMethodHold,
    tenant_key("payment_method_id", "payment_methods"),
    key=("account_id", "payment_method_id", "holder_kind", "holder_id"),
)
