"""The profile's table."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing_api.db.base import account_key, table


@dataclass(frozen=True, slots=True)
class Profile:
    """The names and contact details of an account: one row for each."""

    account_id: UUID
    company_name: str
    contact_name: str | None
    phone: str | None
    phone_extension: str | None
    email: str | None
    locale: str
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class ProfileDetail(Profile):
    """A profile with its account's currency and terms."""

    currency: str
    net_days: int
    discount_basis_points: int
    discount_days: int
    discount_includes_tax: bool


profiles = table("profiles", Profile, account_key(), key=("account_id",))
