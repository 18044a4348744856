"""The address book's table."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text

from billing_api.db.base import account_key, table


@dataclass(frozen=True, slots=True)
class Address:
    """One address; at most one of an account is its default for billing, and one for shipping."""

    account_id: UUID
    id: UUID
    label: str | None
    recipient: str
    line1: str
    line2: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str
    phone: str | None
    phone_extension: str | None
    default_billing: bool
    default_shipping: bool
    created_at: datetime
    updated_at: datetime
    version: int


addresses = table(
    "addresses",
    Address,
    account_key(),
    Index("uq_addresses_default_billing", "account_id", unique=True, postgresql_where=text("default_billing")),
    Index("uq_addresses_default_shipping", "account_id", unique=True, postgresql_where=text("default_shipping")),
)
