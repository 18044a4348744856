"""The tables of profiles, and of the new addresses that wait to be confirmed."""

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
    """A profile with its account's currency and terms, and the address that waits to be confirmed."""

    currency: str
    net_days: int
    discount_basis_points: int
    discount_days: int
    discount_includes_tax: bool
    pending_email: str | None
    pending_requested_at: datetime | None
    pending_expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class EmailChange:
    """A new address of a profile that its mailbox has yet to confirm: at most one for each account."""

    account_id: UUID
    id: UUID
    email: str
    token_hash: bytes | None  # none until the worker has made the token
    requested_at: datetime
    expires_at: datetime


profiles = table("profiles", Profile, account_key(), key=("account_id",))
email_changes = table("email_changes", EmailChange, account_key(), key=("account_id",))
