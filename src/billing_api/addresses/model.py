"""The address book's table."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from billing_api.db.base import TenantRow, account_key


class Address(TenantRow):
    """One address; at most one of an account is its default for billing, and one for shipping."""

    __tablename__ = "addresses"
    __table_args__ = (
        account_key(),
        Index("uq_addresses_default_billing", "account_id", unique=True, postgresql_where=text("default_billing")),
        Index("uq_addresses_default_shipping", "account_id", unique=True, postgresql_where=text("default_shipping")),
    )

    label: Mapped[str | None]
    recipient: Mapped[str]
    line1: Mapped[str]
    line2: Mapped[str | None]
    city: Mapped[str | None]
    region: Mapped[str | None]
    postal_code: Mapped[str | None]
    country: Mapped[str]
    phone: Mapped[str | None]
    phone_extension: Mapped[str | None]
    default_billing: Mapped[bool]
    default_shipping: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int]
