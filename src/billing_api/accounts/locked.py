"""An account under its lock, as a value: who has one may change the account's books."""

from dataclasses import dataclass
from uuid import UUID

from billing_api.accounts.schemas import Terms


@dataclass(frozen=True, slots=True)
class LockedAccount:
    """An account whose lock this transaction holds until it ends; `Accounts.lock` and `Accounts.create` make one.

    Posting, applying, reserving and holding take it as an argument, so that they happen one by one for each account.
    """

    id: UUID
    name: str
    status: str
    currency: str
    terms: Terms
    credit_limit: int | None
    version: int
